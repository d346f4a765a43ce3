"""Runners are excused on the dates of their breaks, and breaks are read as spans of dates."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.support.builders import make_runner
from webapp.db import db
from webapp.models.breaks import RunnerBreak
from webapp.privacy.break_queries import break_spans, excused
from webapp.rulebook.breaks import BreakSpan

pytestmark = pytest.mark.both_databases

DAY = date(2026, 11, 12)
A_DAY = timedelta(days=1)


def test_those_are_excused_whose_break_includes_the_date(app: Flask) -> None:
    ana, ben, caro, dora = (make_runner(name).id for name in ("Ana", "Ben", "Caro", "Dora"))
    for runner_id, first, last in ((ana, DAY, None), (ben, DAY - A_DAY, DAY), (caro, DAY + A_DAY, None)):
        db.session.add(RunnerBreak(runner_id=runner_id, starts_on=first, ends_on=last))
    db.session.commit()
    assert excused([ana, ben, caro, dora], DAY) == {ana, ben}
    assert excused([ben], DAY + A_DAY) == frozenset() == excused([], DAY)


def test_spans_are_cut_to_the_dates_that_are_asked_for(app: Flask) -> None:
    ana, ben = (make_runner(name).id for name in ("Ana", "Ben"))
    week = (DAY - 3 * A_DAY, DAY + 3 * A_DAY)
    for first, last in ((DAY - 30 * A_DAY, week[0]), (DAY, DAY + A_DAY), (week[1], None)):
        db.session.add(RunnerBreak(runner_id=ana, starts_on=first, ends_on=last))
    db.session.add(RunnerBreak(runner_id=ben, starts_on=DAY - 9 * A_DAY, ends_on=DAY - 4 * A_DAY))
    db.session.commit()
    found = break_spans([ana, ben], *week)
    assert found == {
        ana: [BreakSpan(week[0], week[0]), BreakSpan(DAY, DAY + A_DAY), BreakSpan(week[1], week[1])],
    }
    assert not BreakSpan(DAY, DAY).touches(DAY + A_DAY, DAY + A_DAY) and BreakSpan(DAY, DAY).covers(DAY)

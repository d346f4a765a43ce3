"""Tallies of a run, counted at once, are what its answers say one by one."""

from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.support.builders import NOON, make_group
from tests.support.group_runs import group_run, pace_group
from tests.support.rsvps import IN, MAYBE, OUT, WAITING, members, rsvp
from webapp.db import db
from webapp.models.group_runs import PaceGroup
from webapp.models.rsvps import Rsvp
from webapp.rsvps.answer_queries import first_answers
from webapp.rsvps.queries import counts_of, places_needed

NAMES = ("Ana", "Ben", "Cleo", "Dina", "Emil")
one_answer = st.tuples(st.sampled_from([IN, MAYBE, OUT, WAITING]), st.integers(0, 2), st.integers(0, 3), st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(one_answer, max_size=len(NAMES)), st.tuples(*[st.none() | st.integers(0, 4)] * 4))
def test_a_tally_is_the_sum_of_its_answers(
    app: Flask, said: list[tuple[object, int, int, bool]], led: tuple[int | None, ...]
) -> None:
    db.session.execute(delete(Rsvp))
    db.session.execute(delete(PaceGroup))
    group = make_group()
    run, runners = group_run(group), members(group, NAMES)
    leaders = [None if place is None else runners[place] for place in led]
    groups = [
        pace_group(run, "One", leader_id=leaders[0], back_marker_id=leaders[1]),
        pace_group(run, "Two", leader_id=leaders[2], back_marker_id=leaders[3]),
    ]
    for runner_id, (answer, place, guests, is_offered) in zip(runners, said, strict=False):
        until = NOON + timedelta(hours=1) if is_offered and answer == WAITING else None
        chosen = groups[place].id if place < 2 else None
        rsvp(run, runner_id, answer, pace_group_id=chosen, guests=guests, offered_until=until)  # type: ignore[arg-type]  # an answer
    needed = select(Rsvp.answer, Rsvp.pace_group_id, Rsvp.guests, places_needed(), Rsvp.offered_until)
    rows = db.session.execute(needed.where(Rsvp.run_id == run.id)).all()
    counts = counts_of([run.id], NOON)[run.id]
    for tally, mine in [
        (counts, rows),
        *((counts.of(one), [row for row in rows if row[1] == one]) for one in (groups[0].id, groups[1].id, None)),
    ]:
        inside = [row for row in mine if row[0] == IN]
        assert tally.going == len(inside) and tally.guests == sum(row[2] for row in inside)
        assert tally.taken == sum(row[3] for row in inside)
        assert tally.held == sum(row[3] for row in mine if row[0] == WAITING and row[4])
        assert tally.waiting == len([row for row in mine if row[0] == WAITING])


def test_the_first_to_answer_are_listed_by_name(app: Flask) -> None:
    group = make_group()
    run, runners = group_run(group), members(group, ("Zoe", "Ben", "Ana"))
    for runner_id in runners:
        rsvp(run, runner_id, IN)
    assert [one.name for one in first_answers(run, IN, 0, 2)] == ["Ben", "Zoe"]

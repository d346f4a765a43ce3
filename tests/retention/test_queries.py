"""What challenges ask of reading: how far back runs are needed, and what is to be read before they are frozen."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.support.builders import freeze, make_challenge, make_entry, make_group, make_runner
from webapp.retention.queries import stored_from, stored_from_of

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 11, 12)
LAST_DAYS = date(2026, 11, 6)


def month(number: int) -> dict[str, Any]:
    return {"starts_on": date(2026, number, 1), "ends_on": date(2026, number, 28)}


def test_runs_are_stored_for_the_earliest_challenge_that_is_not_frozen(app: Flask) -> None:
    group, ana = make_group(), make_runner()
    march, october = make_challenge(group, **month(3)), make_challenge(group, **month(10))
    for challenge in (march, october, make_challenge(group), make_challenge(group, **month(12))):
        make_entry(challenge, ana)
    assert stored_from(ana.id, TODAY, 6) == date(2026, 2, 28)
    freeze(march)
    assert stored_from(ana.id, TODAY, 6) == date(2026, 9, 30)
    freeze(october)
    assert stored_from(ana.id, TODAY, 6) == date(2026, 10, 31)


def test_the_last_days_of_a_runner_in_no_challenge_are_stored(app: Flask) -> None:
    ana, ben = make_runner("Ana Ruiz"), make_runner("Ben Okafor")
    make_entry(make_challenge(make_group()), ben)
    assert stored_from_of([ana.id, ben.id], TODAY, 6) == {ana.id: LAST_DAYS, ben.id: date(2026, 10, 31)}

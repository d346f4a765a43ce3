"""A Strava that brings nothing for hours: pauses that grow and differ, then the list of those given up, and a click."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from tests.support.browser import signed_in, words
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs
from tests.support.wrong_strava import WrongStrava, wrong_strava
from tests.sync.acts import let_a_round_work
from tests.sync.conftest import Connect, connection_of, rest_of, stored
from webapp.clock import Clock
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.sync import rules

HTML = b"<html>Strava is down for maintenance</html>"


@pytest.fixture
def broken(app: Flask) -> Iterator[WrongStrava]:
    """A Strava whose API is out of order; its tokens are the simulator's."""
    with wrong_strava() as strava, with_settings(app, strava_api_base=strava.base):
        yield strava


@pytest.fixture
def two(simulator: Simulator, connect: Connect, athlete_id: int) -> list[int]:
    return [connect(athlete_id), connect(int(simulator.athletes()[1]["id"]))]


def pauses_of(app: Flask, clock: Clock, runners: list[int]) -> dict[int, list[float]]:
    """Let round after round fail until both are given up, and return how long each was left alone, in seconds."""
    pauses: dict[int, list[float]] = {runner: [] for runner in runners}
    while waiting := [runner for runner in runners if connection_of(runner).gave_up_at is None]:
        if pauses[runners[0]]:
            clock.set(now=min(rest_of(runner) for runner in waiting) + timedelta(seconds=1), speed=0)
        asked_at = clock.now()
        let_a_round_work(app)
        for runner in runners:
            if rules.MAX_FAILURES >= connection_of(runner).failures > len(pauses[runner]):
                pauses[runner].append((rest_of(runner) - asked_at).total_seconds())
    return pauses


@pytest.mark.parametrize("answer", [(200, HTML), None], ids=["broken JSON", "time-out"])
def test_pauses_grow_and_differ_until_they_are_given_up_and_a_click_tries_again(
    app: Flask, clock: Clock, broken: WrongStrava, two: list[int], athlete_id: int, answer: Any
) -> None:
    if answer:
        broken.answer(*answer)
        pauses = pauses_of(app, clock, two)
    else:
        broken.hang()
        with with_settings(app, strava_timeout=0.05):
            pauses = pauses_of(app, clock, two)
    for runner in two:
        assert len(pauses[runner]) == rules.MAX_FAILURES
        longest = rules.MAX_FAILURE_REST.total_seconds()
        assert all(later > 1.2 * pause or later > 0.75 * longest for pause, later in pairwise(pauses[runner]))
        assert "not answering" in (connection_of(runner).problem or "")
    ours, theirs = (pauses[runner] for runner in two)
    assert all(abs(one - other) > 0.01 * one for one, other in zip(ours[:-1], theirs[:-1], strict=True)), "they differ"
    calls = broken.calls
    let_a_round_work(app)
    # It stands still, so that however long the rest takes nobody's pause is over.
    clock.set(now=min(rest_of(runner) for runner in two) - timedelta(seconds=5), speed=0)
    let_a_round_work(app)
    assert broken.calls == calls, "who is given up is left alone for hours"

    operator = signed_in(app, db.session.get_one(Runner, two[0]))
    with with_settings(app, operators=(str(athlete_id),), strava_api_base=""):
        page = words(operator.get("/operator"))
        assert all(f"Runner {runner}<" in page for runner in two)
        operator.post(f"/operator/runners/{two[1]}/again")
        assert process_jobs(app) == []
        connection = connection_of(two[1])
        assert (connection.failures, connection.gave_up_at, connection.problem) == (0, None, None)
        assert stored(two[1]) and not stored(two[0])

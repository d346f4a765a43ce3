"""The burst in small, told to the application one event after the other: no wrong board, and no read too many."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.load.burst.mix import Mix, burst
from tests.load.burst.scene import EVENING, SUBSCRIPTION, Scene, do_actions, set_up, wrong
from tests.support.servers import free_port
from tests.support.simulator import simulator_for
from tests.support.worker import process_jobs
from webapp.clock import Clock
from webapp.extensions import budget, settings
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.redis import redis_client

MIX = Mix(
    uploads=6, retyped=1, hidden=1, deleted=1, titled_again=3, titled=5, unknown=4, twice=4, forged=4
)  # fmt: skip
SECONDS = 60.0


def use_half_of_the_budget(clock: Clock) -> None:
    """Say that half of each window is used: a new title is read at once only while most of it is free."""
    used = {"X-ReadRateLimit-Limit": "600,6000", "X-ReadRateLimit-Usage": "300,3000"}
    budget().learn(used, clock.now())


@pytest.fixture
def scene(app: Flask, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A town with a Strava of its own, on a Tuesday evening."""
    ours = settings().model_copy(update={"sim_port": free_port()})
    monkeypatch.setitem(app.extensions, "settings", ours)
    clock.set(now=EVENING, speed=0)
    with simulator_for(ours, athletes=MIX.runners, store=tmp_path / "simulator.sqlite3") as simulator:
        yield set_up(simulator, MIX)


def test_after_a_burst_every_board_is_right_and_nothing_was_read_twice(
    app: Flask, client: FlaskClient, clock: Clock, scene: Scene
) -> None:
    actions, held = do_actions(scene, MIX)
    redis_client().flushall()
    use_half_of_the_budget(clock)
    path = f"/webhooks/strava/{settings().webhook_secret}"
    answers: dict[int, int] = {}
    for event in burst(MIX, actions, held, SUBSCRIPTION, SECONDS):
        clock.set(now=EVENING + timedelta(seconds=event.at), speed=0)
        told = int((EVENING + timedelta(seconds=event.told)).timestamp())
        status = client.post(path, json=event.body | {"event_time": told}).status_code
        answers[status] = answers.get(status, 0) + 1
        enqueue(Job.PLAN_SYNCS)
        assert process_jobs(app, delayed=False) == []
    clock.set(now=EVENING + timedelta(seconds=SECONDS + 3), speed=0)
    assert process_jobs(app) == []
    assert answers == {200: MIX.events, 400: MIX.forged // 2, 404: MIX.forged // 2}
    assert wrong(scene) == []
    assert scene.reads() == {"activities": MIX.uploads + MIX.retyped + MIX.hidden, "one_activity": MIX.deleted}

"""Run the burst on both databases, print a table, write `build/burst.json`. Exit 1 where a board is wrong.

`python -m tests.load.burst [sqlite|postgresql ...]`

Everything is as `make run` has it: gunicorn with its default workers, two job workers, the schedule, Redis, and the
simulator as a process of its own, with the limits of a reviewed application. Only the events are posted by the burst
itself, so that their pace is exact; what they tell of was put into the simulator's store before.
"""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask_migrate import upgrade
from rq import Worker
from rq.registry import ScheduledJobRegistry, StartedJobRegistry
from sqlalchemy import func, select

from tests.load.bench.stage import ROOT, Stage, stage
from tests.load.burst.mix import Mix, Sent, burst
from tests.load.burst.report import Report, of_answers, of_boards, table
from tests.load.burst.scene import EVENING, SUBSCRIPTION, Scene, do_actions, set_up, wrong
from tests.load.burst.sender import Answered, send
from tests.load.burst.watch import Watch
from tests.support.simulator import Simulator
from webapp import queue
from webapp.clock import Clock
from webapp.db import db
from webapp.factory import create_app
from webapp.models.challenges import Challenge
from webapp.models.scoring import Standing
from webapp.models.sync import StoredEvent
from webapp.redis import redis_client

DATABASES = ("sqlite", "postgresql")
SECONDS = 60.0
DRAIN_S = 180.0
JOB_WORKERS = 2
# When each board of a runner showed the new total, by runner; None: never.
Seen = dict[int, list[float | None]]
OUT = ROOT / "build" / "burst.json"


def main() -> int:
    found = {name: _burst(name, Mix()) for name in _asked()}
    OUT.parent.mkdir(exist_ok=True)
    told = {name: one.as_json() for name, one in found.items()}
    OUT.write_text(json.dumps({**told, "mix": asdict(Mix()), "cores": os.cpu_count()}, indent=2) + "\n")
    sys.stdout.write(table(Mix(), found))
    return 1 if any(one.wrong for one in found.values()) else 0


def _asked() -> list[str]:
    parser = argparse.ArgumentParser(
        prog="tests.load.burst", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", nargs="*", help=f"{' or '.join(DATABASES)}; both where none is said")
    asked: list[str] = parser.parse_args().database
    if unknown := set(asked) - set(DATABASES):
        parser.error(f"no such database: {', '.join(sorted(unknown))}")
    return asked or list(DATABASES)


def _burst(name: str, mix: Mix) -> Report:
    values = {"SIM_ATHLETES": str(mix.runners), "SIM_SPEED": "0", "SIM_TIER": "reviewed", "QUIET_SECONDS": "2"}
    with stage(name, **values) as made:
        clock = Clock(made.settings.clock_file)
        made.settings.home.mkdir(parents=True, exist_ok=True)
        clock.set(now=EVENING.replace(hour=19, minute=1))
        made.start_simulator()
        app = create_app(made.settings)
        with app.app_context():
            upgrade()
            scene = set_up(Simulator(made.settings.simulator_address), mix)
            actions, held = do_actions(scene, mix)
            redis_client().flushall()
            clock.set(now=EVENING)
            events = burst(mix, actions, held, SUBSCRIPTION, SECONDS)
            found = _under_way(made, scene, events, clock)
            db.session.remove()
            db.engine.dispose()
        return found


def _under_way(made: Stage, scene: Scene, events: list[Sent], clock: Clock) -> Report:
    made.start_web("wsgi:app")
    made.start_jobs()
    made.start_schedule()
    _wait(lambda: len(Worker.all(redis_client())) >= JOB_WORKERS, "job workers")
    scene.simulator.control("DELETE", "counters")
    path = f"/webhooks/strava/{made.settings.webhook_secret}"
    before, begun = made.cpu_seconds(), time.monotonic()
    with Watch(db.engine, scene.expected(scene.listed())) as watch:
        answers = send(made.settings.port, path, events, clock.now().timestamp())
        _wait(_is_done, "everything to be processed", DRAIN_S)
        drained = time.monotonic() - begun
    spent = {name: round(after - before[name], 1) for name, after in made.cpu_seconds().items()}
    return Report(
        **of_answers(answers),
        **of_boards(*_uploads(scene, answers, watch)),
        drained_s=round(drained, 1),
        reads=scene.reads(),
        **_jobs(),
        cpu=spent,
        wrong=wrong(scene),
    )


def _uploads(
    scene: Scene, answers: list[Answered], watch: Watch
) -> tuple[dict[int, float], dict[int, list[float | None]]]:
    """Return by runner when an upload that scores was told of, and when each board of theirs showed it."""
    runner_of = {one.athlete_id: one.runner_id for one in scene.residents}
    sent = {runner_of[one.event.body["owner_id"]]: one.due for one in answers if one.event.kind == "upload"}
    seen: Seen = defaultdict(list)
    for place in watch.expected:
        when = watch.seen.get(place)
        # What a board showed before the upload was told of is the total of somebody whose upload does not score.
        if place.runner_id in sent and (when is None or when > sent[place.runner_id]):
            seen[place.runner_id].append(when)
    return sent, seen


def _jobs() -> dict[str, Any]:
    workers = Worker.all(redis_client())
    return {
        "jobs": sum(worker.successful_job_count for worker in workers),
        "jobs_failed": sum(worker.failed_job_count for worker in workers),
    }


def _is_done() -> bool:
    """Return whether nothing is left to do: no event, no mark on a board, no job that waits or runs."""
    db.session.rollback()
    undone = db.session.scalar(select(func.count()).where(StoredEvent.done_at.is_(None)))
    dirty = db.session.scalar(select(func.count()).where(Standing.dirty_from.is_not(None)))
    settling = db.session.scalar(select(func.count()).where(Challenge.overtakes_from.is_not(None)))
    db.session.rollback()
    waiting = queue.job_queue(redis_client())
    later: Any = ScheduledJobRegistry(queue=waiting)  # type: ignore[no-untyped-call]  # RQ's
    registries = (StartedJobRegistry(queue=waiting), later)
    return not any((undone, dirty, settling, waiting.count, *(len(registry) for registry in registries)))


def _wait(holds: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            sys.stderr.write(f"waited in vain for {what}\n")
            return
        time.sleep(0.05)


sys.exit(main())

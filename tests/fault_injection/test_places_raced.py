"""Hundreds want the twenty places of a group run, and some are killed midway: each place goes to the next, once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.fault_injection.fork_server import ForkServer, kill
from tests.support.builders import NOON, make_group
from tests.support.group_runs import group_run
from tests.support.rsvps import told
from webapp.clock import Clock
from webapp.db import db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

pytestmark = pytest.mark.both_databases

ANSWER = "tests.fault_injection.acts.answer_group_run"
ACCEPT = "tests.fault_injection.acts.accept_place"
EVERYBODY, PLACES, AT_ONCE = 200, 20, 25
SIGKILL = 9


@pytest.fixture
def run(app: Flask) -> GroupRun:
    """A run of twenty places, in a group of two hundred."""
    made = group_run(make_group(), max_runners=PLACES)
    ids = db.session.scalars(
        insert(Runner).returning(Runner.id), [{"name": f"Runner {n}", "created_at": NOON} for n in range(EVERYBODY)]
    ).all()
    of_group = [{"group_id": made.group_id, "runner_id": one} for one in ids]
    db.session.execute(insert(Membership), [{**one, "role": "member", "joined_at": NOON} for one in of_group])
    names = {"text_version": GROUP_CONSENT_VERSION, "given_at": NOON}
    shown = [{"shown_name": f"Runner {n}", "search_name": f"runner {n}"} for n in range(EVERYBODY)]
    db.session.execute(insert(Consent), [{**one, **names, **name} for one, name in zip(of_group, shown, strict=True)])
    db.session.commit()
    return made


class Crowd:
    """Members who answer a run at once, each in a process of their own, and try again when it was killed."""

    def __init__(self, fork_server: ForkServer, run_id: int) -> None:
        self._fork_server, self._run_id = fork_server, run_id

    def answer(self, runner_ids: Sequence[int], answer: str) -> None:
        """Let them answer, in crowds. Of each, some are killed before a step of theirs, and others at any moment."""
        for number, start in enumerate(range(0, len(runner_ids), AT_ONCE)):
            some = runner_ids[start : start + AT_ONCE]
            self._killed_at_a_step(some[:3], answer, 1 + number % 2)
            self._fork_server.start_each(ANSWER, self._orders(some[:3], answer))
            assert {one.signal for one in self._fork_server.ended()} == {0}
            pids = self._fork_server.start_each(ANSWER, self._orders(some[3:], answer))
            for pid in pids[::8]:
                kill(pid)
            ended = self._fork_server.ended()
            again = [one for one, end in zip(some[3:], ended, strict=True) if end.signal == SIGKILL]
            assert all(end.result in set(RsvpAnswer) for end in ended if end.signal == 0)
            self._fork_server.start_each(ANSWER, self._orders(again, answer))
            assert all(end.result in set(RsvpAnswer) for end in self._fork_server.ended())

    def _killed_at_a_step(self, runner_ids: Iterable[int], answer: str, step: int) -> None:
        self._fork_server.start_each(ANSWER, self._orders(runner_ids, answer), die_at=step)
        assert SIGKILL in {one.signal for one in self._fork_server.ended()}

    def _orders(self, runner_ids: Iterable[int], answer: str) -> list[tuple[int | str, ...]]:
        return [(self._run_id, one, answer) for one in runner_ids]


def with_answer(run: GroupRun, answer: RsvpAnswer) -> list[int]:
    """Return the runners who gave an answer; those who wait in their order."""
    db.session.rollback()
    mine = select(Rsvp.runner_id).where(Rsvp.run_id == run.id, Rsvp.answer == answer)
    return list(db.session.scalars(mine.order_by(Rsvp.queued_at, Rsvp.id)))


def test_two_hundred_want_twenty_places_and_each_freed_one_goes_to_the_next(
    fork_server: ForkServer, run: GroupRun
) -> None:
    everybody = list(db.session.scalars(select(Runner.id).order_by(Runner.id)))
    crowd = Crowd(fork_server, run.id)
    crowd.answer(everybody, "in")
    first, queue = with_answer(run, RsvpAnswer.IN), with_answer(run, RsvpAnswer.WAITING)
    assert (len(first), len(queue), told(run)) == (PLACES, EVERYBODY - PLACES, [])
    assert sorted(first + queue) == everybody

    crowd.answer(first, "out")
    fork_server.run(Job.PLACES_SWEEP, times=3)
    assert sorted(with_answer(run, RsvpAnswer.IN)) == sorted(queue[:PLACES]), "the first of those who waited"
    assert with_answer(run, RsvpAnswer.WAITING) == queue[PLACES:], "and the others wait in their order"
    assert told(run) == [(one, False) for one in queue[:PLACES]], "each was told once, in their order"


def test_on_the_day_the_freed_places_are_offered_once_each(
    fork_server: ForkServer, run: GroupRun, clock: Clock
) -> None:
    everybody = list(db.session.scalars(select(Runner.id).order_by(Runner.id)))[:50]
    crowd = Crowd(fork_server, run.id)
    crowd.answer(everybody, "in")
    first, queue = with_answer(run, RsvpAnswer.IN), with_answer(run, RsvpAnswer.WAITING)
    clock.set(now=run.starts_at - timedelta(hours=8))
    crowd.answer(first[:10], "out")
    fork_server.run(Job.PLACES_SWEEP, times=3)
    assert told(run) == [(one, True) for one in queue[:10]]

    # Half of them take it, all at once and twice each; the others let it go by.
    pids = fork_server.start_each(ACCEPT, [(run.id, one) for one in queue[:5] * 2])
    kill(pids[0])
    fork_server.ended()
    assert sorted(with_answer(run, RsvpAnswer.IN)) == sorted(first[10:] + queue[:5])
    clock.set(now=run.starts_at - timedelta(hours=5))
    fork_server.run(Job.PLACES_SWEEP, times=6, die_at=2)
    fork_server.run(Job.PLACES_SWEEP, times=6)
    asked = sorted(told(run))
    assert asked == sorted((one, True) for one in queue[10:15]), "the next were asked, and nobody twice"
    assert len(with_answer(run, RsvpAnswer.IN)) == PLACES - 5

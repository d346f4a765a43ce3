"""Which group runs of the coming week a digest names, and what it leaves out on a break."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from jobs.digests import weekly_digests
from tests.support.boards import Made, make_board, publish, set_total
from tests.support.builders import make_group, make_member, make_runner
from tests.support.group_runs import group_run
from tests.support.inbox import messages_to
from tests.support.statements import asked
from tests.support.told_runs import answered
from webapp.db import db
from webapp.extensions import clock
from webapp.models.breaks import RunnerBreak
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications.message_queries import messages_of

MORNING = datetime(2026, 11, 16, 8, tzinfo=UTC)
MONDAY, TUESDAY, THURSDAY, SUNDAY = (date(2026, 11, day) for day in (16, 17, 19, 22))
DIGEST = FactKind.WEEKLY_DIGEST


@pytest.fixture
def group(app: Flask) -> Group:
    clock().set(now=MORNING)
    return make_group()


@pytest.fixture
def ana(group: Group) -> int:
    return make_member(group, make_runner("Ana Ruiz")).runner_id


@pytest.fixture
def runs(group: Group) -> list[GroupRun]:
    """Runs on Tuesday, Thursday and Sunday, and one that is cancelled."""
    runs = [group_run(group, day, title=f"{day:%A} run") for day in (TUESDAY, THURSDAY, SUNDAY)]
    group_run(group, MONDAY, title="Monday run", status="cancelled")
    db.session.commit()
    return runs


def lines_to(runner_id: int, now: datetime = MORNING) -> tuple[str, ...]:
    """Return what a digest says, () for none."""
    weekly_digests()
    found = messages_to(runner_id, now, DIGEST)
    return found[0].text_lines if found else ()


def test_it_names_the_runs_that_i_answered(runs: list[GroupRun], ana: int) -> None:
    for run, answer in zip(runs, ("out", "maybe", "in"), strict=True):
        answered(run, ana, answer)
    db.session.commit()
    assert lines_to(ana)[1:] == (
        "Thu 19 Nov, 18:30: Thursday run, Morning Milers. You said maybe.",
        "Sun 22 Nov, 18:30: Sunday run, Morning Milers. You are in.",
    )


@pytest.mark.both_databases
def test_one_who_answered_none_reads_the_first_two_of_their_group(runs: list[GroupRun], ana: int) -> None:
    assert lines_to(ana) == (
        "No runs in these seven days. A new week has begun.",
        "Tue 17 Nov, 18:30: Tuesday run, Morning Milers. Are you in?",
        "Thu 19 Nov, 18:30: Thursday run, Morning Milers. Are you in?",
    )


def test_what_is_over_next_week_or_in_an_archived_group_is_not_named(group: Group, ana: int) -> None:
    for day in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=8)):
        group_run(group, day)
    archived = make_group("Old Milers", archived_at=MORNING)
    make_member(archived, make_runner("Ben"))
    group_run(archived, TUESDAY)
    db.session.commit()
    assert lines_to(ana) == ()
    assert db.session.scalars(select(Fact.id)).all() == []


def test_on_a_break_it_suggests_no_run_and_says_to_take_the_time(runs: list[GroupRun], ana: int) -> None:
    db.session.add(RunnerBreak(runner_id=ana, starts_on=MONDAY))
    db.session.commit()
    assert lines_to(ana) == ()
    answered(runs[2], ana)
    db.session.execute(update(RunnerBreak).values(starts_on=MONDAY + timedelta(days=1)))
    db.session.commit()
    weekly_digests()
    db.session.execute(update(RunnerBreak).values(starts_on=MONDAY))
    db.session.commit()
    assert lines_to(ana) == (
        "You are on a break. Take the time you need.",
        "Sun 22 Nov, 18:30: Sunday run, Morning Milers. You are in.",
    )


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=MORNING)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"])
    set_total(made, dict(zip(made.entries, (9000, 6000, 4000), strict=True)), day=date(2026, 11, 11))
    publish(made)
    return made


def test_on_a_break_it_has_no_chase_and_nothing_that_would_have_nagged(made: Made) -> None:
    ana = made.runners[0]
    fact = Fact(kind=FactKind.CHALLENGE_BEGINS, key="1", happened_at=MORNING, data={}, challenge_id=made.challenge.id)
    fact.group_id = made.group.id
    db.session.add(fact)
    db.session.commit()
    messages_to(ana, MORNING)
    mine = db.session.scalars(select(Notification).where(Notification.runner_id == ana)).one()
    left = {"state": DeliveryState.LEFT_TO_DIGEST, "finished_at": MORNING, "due_at": MORNING, "attempts": 0}
    db.session.add(Delivery(notification_id=mine.id, runner_id=ana, channel=Channel.MAIL, reason="", **left))
    db.session.commit()
    awake = lines_to(ana)
    assert any("closest chase" in line for line in awake) and any(line.startswith("Also new") for line in awake)
    db.session.add(RunnerBreak(runner_id=ana, starts_on=MONDAY))
    db.session.commit()
    assert lines_to(ana) == (
        "You are on a break. Take the time you need.",
        "Morning Milers: 3 of you ran 19.0 km together.",
    )


def test_many_readers_take_as_many_statements_as_one(runs: list[GroupRun], group: Group, ana: int) -> None:
    others = [make_member(group, make_runner(f"Runner {n}")).runner_id for n in range(4)]
    lines_to(ana)
    numbers = db.session.scalars(select(Notification.id).order_by(Notification.id)).all()
    assert len(numbers) == 1 + len(others)
    with asked() as one:
        messages_of(numbers[:1], MORNING)
    with asked() as all_of_them:
        messages_of(numbers, MORNING)
    assert len(all_of_them) <= len(one)

"""Nothing nags a runner who is on a break; what they decide about, and what is about their data, still comes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.notifications import fan_out_facts, send_deliveries
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.facts import Postman, announce, sending_by, states
from tests.support.group_runs import group_run
from tests.support.told_runs import answered, happened
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.models.breaks import RunnerBreak
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import DeliveryState, FactKind
from webapp.notifications import choice_service
from webapp.notifications.kind_rules import KINDS, RESTING
from webapp.notifications.rest_queries import on_a_break

TODAY = NOON.date()
A_DAY = timedelta(days=1)


@pytest.fixture
def postman(app: Flask) -> Iterator[Postman]:
    clock().set(now=NOON)
    postman = Postman()
    with sending_by(push=postman):
        yield postman


@pytest.fixture
def group(postman: Postman) -> Group:
    return make_group()


@pytest.fixture
def ids(group: Group) -> list[int]:
    """Ana, who is injured, and Ben."""
    return [make_member(group, make_runner(name)).runner_id for name in ("Ana", "Ben")]


def rest(runner_id: int, starts_on: date = TODAY, ends_on: date | None = None) -> None:
    with write_transaction():
        db.session.add(RunnerBreak(runner_id=runner_id, starts_on=starts_on, ends_on=ends_on))


def kinds_told(runner_id: int) -> list[FactKind]:
    mine = select(Fact.kind).join(Notification).where(Notification.runner_id == runner_id)
    return sorted(db.session.scalars(mine))


def tell_everything(group: Group, ids: list[int]) -> None:
    """Record one fact of each kind for each of them alone."""
    with write_transaction():
        for kind in KINDS:
            for runner_id in ids:
                record_fact(kind, f"{kind}:{runner_id}", NOON, group_id=group.id, runner_id=runner_id)
    fan_out_facts()


@pytest.mark.both_databases
def test_what_nags_is_not_told_to_one_who_is_injured_and_all_else_is(group: Group, ids: list[int]) -> None:
    ana, ben = ids
    rest(ana)
    tell_everything(group, ids)
    assert kinds_told(ben) == sorted(KINDS)
    assert kinds_told(ana) == sorted(set(KINDS) - RESTING)


def test_urgent_matters_connections_reviews_and_roles_come_on_a_break_too() -> None:
    nagging = {FactKind.RUN_REMINDER, FactKind.NUDGE, FactKind.LEADER_NEEDED, FactKind.OVERTAKEN, FactKind.COME_BACK}
    assert nagging <= RESTING
    told = {FactKind.CONNECTION, FactKind.RUN_HELD_BACK, FactKind.REVIEW_DECIDED, FactKind.ROLE_GIVEN, FactKind.RECEIPT}
    assert not (told | {FactKind.RUN_CHANGED_SOON, FactKind.ANNOUNCEMENT}) & RESTING
    assert not any(KINDS[kind].is_urgent for kind in RESTING)


@pytest.mark.both_databases
def test_of_an_audience_only_those_who_rest_are_left_out(group: Group, ids: list[int]) -> None:
    run = group_run(group)
    for runner_id in ids:
        answered(run, runner_id)
    rest(ids[0])
    happened(FactKind.RUN_REMINDER, run, data={"starts_at": run.starts_at.isoformat()})
    happened(FactKind.RUN_CHANGED, run)
    fan_out_facts()
    assert kinds_told(ids[0]) == [FactKind.RUN_CHANGED]
    assert kinds_told(ids[1]) == [FactKind.RUN_CHANGED, FactKind.RUN_REMINDER]


def test_what_was_told_before_the_break_is_not_sent_in_it(group: Group, ids: list[int], postman: Postman) -> None:
    with write_transaction():
        record_fact(FactKind.OVERTAKEN, 1, NOON, group_id=group.id, runner_id=ids[0])
        record_fact(FactKind.OVERTAKEN, 2, NOON, group_id=group.id, runner_id=ids[1])
    announce(group, "word")
    fan_out_facts()
    rest(ids[0])
    send_deliveries("push")
    resting = select(Delivery.reason).where(Delivery.state == DeliveryState.WITHDRAWN, Delivery.runner_id == ids[0])
    assert db.session.scalars(resting).all()[0] == "on_break"
    assert len(states()) == 4


def test_what_was_left_out_in_a_break_is_not_told_after_it(group: Group, ids: list[int]) -> None:
    rest(ids[0], TODAY, TODAY)
    tell_everything(group, ids)
    clock().set(now=NOON + A_DAY)
    fan_out_facts()
    assert kinds_told(ids[0]) == sorted(set(KINDS) - RESTING)


def test_a_break_is_of_the_runners_own_calendar(group: Group, ids: list[int]) -> None:
    ana, ben = ids
    with write_transaction():
        choice_service.save_settings(ana, "Pacific/Auckland", 0, 0, urgent_in_quiet=True)
        choice_service.save_settings(ben, "America/Los_Angeles", 0, 0, urgent_in_quiet=True)
    for runner_id in ids:
        rest(runner_id, date(2026, 11, 13), date(2026, 11, 13))
    # One in the afternoon of the 12th in Auckland, in the evening of the 11th in Los Angeles, and so on.
    moments = [
        datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((12, 0), (12, 12), (13, 10), (13, 12), (14, 9))
    ]
    assert [on_a_break(ids, now) for now in moments] == [set(), {ana}, {ana, ben}, {ben}, set()]

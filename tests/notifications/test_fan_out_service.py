"""A fact is told to its readers, each exactly once, whatever happens to the job in between."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jobs.notifications import fan_out_facts
from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.facts import Postman, announce, sending_by, states, told
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact, withdraw_facts
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.groups import Consent, Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications import choice_service
from webapp.notifications.audience_queries import readers_of
from webapp.notifications.fan_out_service import tell_an_audience


@pytest.fixture
def group(app: Flask) -> Group:
    return make_group()


@pytest.fixture
def ids(group: Group) -> list[int]:
    """An organiser, a run leader and three members."""
    roles = ("organiser", "run_leader", "member", "member", "member")
    return [make_member(group, make_runner(f"Runner {n}"), role=role).runner_id for n, role in enumerate(roles)]


def kinds_told(runner_id: int) -> set[FactKind]:
    mine = select(Fact.kind).join(Notification).where(Notification.runner_id == runner_id)
    return set(db.session.scalars(mine))


@pytest.mark.both_databases
def test_members_are_told_whatever_they_show_and_whoever_did_it_is_not(group: Group, ids: list[int]) -> None:
    with write_transaction():
        db.session.execute(update(Consent).where(Consent.runner_id == ids[2]).values(level="hidden"))
        db.session.execute(update(Consent).where(Consent.runner_id == ids[3]).values(muted_at=NOON))
    make_runner("A stranger")
    fact_id = announce(group, by_id=ids[0]).id
    fan_out_facts()
    assert told() == [(fact_id, runner_id) for runner_id in ids[1:]]


def test_each_kind_is_told_to_its_audience(group: Group, ids: list[int]) -> None:
    challenge = make_challenge(group)
    for runner_id in ids[2:4]:
        make_entry(challenge, db.session.get_one(Runner, runner_id))
    where: dict[str, Any] = {"group_id": group.id, "challenge_id": challenge.id}
    with write_transaction():
        for kind in (FactKind.CHALLENGE_BEGINS, FactKind.NO_SUCCESSOR, FactKind.REQUEST_RECEIVED):
            record_fact(kind, 1, NOON, **where)
        record_fact(FactKind.CHALLENGE_FINAL, 1, NOON, **where)
        record_fact(FactKind.TURN_TO_PICK, 1, NOON, **where, runner_id=ids[4])
    fan_out_facts()
    begins, asks, final = FactKind.CHALLENGE_BEGINS, FactKind.REQUEST_RECEIVED, FactKind.CHALLENGE_FINAL
    expected = [{begins, asks, FactKind.NO_SUCCESSOR}, {begins, asks}, {begins, final}, {begins, final}]
    assert [kinds_told(runner_id) for runner_id in ids] == [*expected, {begins, FactKind.TURN_TO_PICK}]


@pytest.mark.both_databases
def test_a_fan_out_goes_on_where_it_was_and_tells_nobody_twice(group: Group, ids: list[int]) -> None:
    fact_id = announce(group).id
    with write_transaction():
        assert tell_an_audience(NOON, limit=2)
    with pytest.raises(ValueError), write_transaction():
        tell_an_audience(NOON, limit=2)
        raise ValueError  # killed before the commit
    assert told() == [(fact_id, runner_id) for runner_id in ids[:2]]
    for _ in range(4):
        with write_transaction():
            tell_an_audience(NOON, limit=2)
    fan_out_facts()
    assert told() == [(fact_id, runner_id) for runner_id in ids]
    assert db.session.get_one(Fact, fact_id).fanned_out_at is not None


def test_many_facts_of_one_reader_each_are_told_in_one_go(group: Group, ids: list[int]) -> None:
    with write_transaction():
        for runner_id in ids:
            record_fact(FactKind.OVERTAKEN, f"a{runner_id}", NOON, group_id=group.id, runner_id=runner_id)
            record_fact(FactKind.OVERTOOK, f"b{runner_id}", NOON, group_id=group.id, runner_id=runner_id)
    fan_out_facts()
    fan_out_facts()
    assert [kinds_told(runner_id) for runner_id in ids] == [{FactKind.OVERTAKEN, FactKind.OVERTOOK}] * len(ids)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 2 * len(ids)


def test_a_fact_withdrawn_before_it_is_told_reaches_nobody_until_it_is_true_again(group: Group, ids: list[int]) -> None:
    announce(group)
    with write_transaction():
        withdraw_facts(FactKind.ANNOUNCEMENT, [1], NOON)
    fan_out_facts()
    assert told() == []
    announce(group)
    fan_out_facts()
    assert len(told()) == len(ids)


@pytest.mark.both_databases
def test_deliveries_are_planned_for_those_who_want_them_and_can_be_reached(group: Group, ids: list[int]) -> None:
    with write_transaction():
        choice_service.choose(ids[2], FactKind.ANNOUNCEMENT, Channel.MAIL, is_wanted=False)
        choice_service.choose(ids[3], FactKind.OVERTOOK, Channel.MAIL, is_wanted=True)
    with sending_by(mail=Postman(away={ids[1]})):
        announce(group)
        with write_transaction():
            for runner_id in ids:
                record_fact(FactKind.OVERTOOK, runner_id, NOON, group_id=group.id, runner_id=runner_id)
        fan_out_facts()
        fan_out_facts()
    planned = select(Delivery.runner_id, Fact.kind).join(Notification, Notification.id == Delivery.notification_id)
    rows = db.session.execute(planned.join(Fact, Fact.id == Notification.fact_id))
    found = {(runner_id, kind) for runner_id, kind in rows}
    assert found == {(ids[n], FactKind.ANNOUNCEMENT) for n in (0, 3, 4)} | {(ids[3], FactKind.OVERTOOK)}
    assert states() == ["waiting"] * 4


def test_a_delivery_is_due_after_the_quiet_hours_of_its_reader(group: Group, ids: list[int]) -> None:
    with write_transaction():
        choice_service.save_settings(ids[0], "Asia/Tokyo", 20 * 60, 8 * 60, urgent_in_quiet=True)
    clock().set(now=NOON)
    with sending_by(push=Postman()):
        announce(group)
        fan_out_facts()
    due = dict(db.session.execute(select(Delivery.runner_id, Delivery.due_at)).all())
    # At noon in UTC it is nine in the evening in Tokyo.
    assert due.pop(ids[0]) == NOON + timedelta(hours=11)
    assert all(NOON <= moment < NOON + timedelta(minutes=1) for moment in due.values())


def test_what_was_withdrawn_before_it_was_sent_waits_again_and_what_was_sent_does_not(
    group: Group, ids: list[int]
) -> None:
    with sending_by(mail=Postman()):
        announce(group)
        fan_out_facts()
        with write_transaction():
            for state, runner_id in zip((DeliveryState.SENT, DeliveryState.WITHDRAWN), ids, strict=False):
                mine = update(Delivery).where(Delivery.runner_id == runner_id)
                db.session.execute(mine.values(state=state, finished_at=NOON))
            withdraw_facts(FactKind.ANNOUNCEMENT, [1], NOON)
        announce(group)
        fan_out_facts()
    assert states() == ["sent", *["waiting"] * 4]


def test_old_news_is_left_to_the_inbox(group: Group, ids: list[int]) -> None:
    announce(group)
    clock().set(now=clock().now() + timedelta(days=3))
    with sending_by(mail=Postman()):
        fan_out_facts()
    assert len(told()) == len(ids)
    assert states() == []


def test_readers_come_in_pages_by_id(group: Group, ids: list[int]) -> None:
    fact = announce(group)
    assert list(readers_of(fact, 0, 3)) == ids[:3]
    assert list(readers_of(fact, ids[2], 3)) == ids[3:]

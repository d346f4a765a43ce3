"""Asking to join a group, answering, and joining a group that lets one in."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from jobs.memberships import purge_joining
from tests.support.builders import NOON, make_challenge, make_group, make_member, make_runner
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.queries import consent_of, membership_of
from webapp.join_requests import service
from webapp.join_requests.queries import pending_page, request_of
from webapp.join_requests.rules import MAX_PENDING
from webapp.memberships.service import ShownAs, join_by_policy
from webapp.models.accounts import Runner
from webapp.models.challenges import Entry
from webapp.models.groups import Group
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinPolicy
from webapp.names import NameStyle
from webapp.paging import Page

pytestmark = pytest.mark.both_databases

FULL = ShownAs(NameStyle.FULL)
A_DAY = timedelta(days=1)


def asked(group: Group, name: str = "Stan Strange", message: str = "Hi") -> JoinRequest:
    runner = make_runner(name)
    service.ask(group.id, runner.id, message, NOON)
    db.session.commit()
    found = request_of(group.id, runner.id)
    assert found is not None
    return found


def test_requests_wait_in_the_order_of_asking_and_are_one_for_each_runner(app: Flask) -> None:
    group = make_group()
    first, _ = asked(group, "Ana Ruiz"), asked(group, "Ben Obi")
    service.ask(group.id, first.runner_id, "Changed", NOON + A_DAY)
    db.session.commit()
    found = pending_page(group.id, Page(1, 50))
    assert [(one.name, one.message, one.asked_at) for one in found] == [
        ("Ana Ruiz", "Changed", NOON),
        ("Ben Obi", "Hi", NOON),
    ]


def test_an_approved_runner_joins_with_their_own_consent_and_the_request_is_erased(app: Flask) -> None:
    group = make_group()
    organiser = make_member(group, role="organiser")
    make_challenge(group)
    mine = asked(group)
    runner = db.session.get_one(Runner, mine.runner_id)
    assert join_by_policy(group.id, runner, FULL, NOON) is None
    service.approve(group.id, mine.id, organiser.runner_id, NOON)
    assert consent_of(group.id, runner.id) is None
    assert join_by_policy(group.id, runner, FULL, NOON + A_DAY) is group
    assert join_by_policy(group.id, runner, FULL, NOON + A_DAY) is group
    db.session.commit()
    consent = consent_of(group.id, runner.id)
    assert consent and consent.given_at == NOON + A_DAY
    assert request_of(group.id, runner.id) is None
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 1


def test_a_request_is_answered_once(app: Flask) -> None:
    group = make_group()
    organiser, mine = make_member(group, role="organiser"), asked(group)
    service.decline(group.id, mine.id, "Full", organiser.runner_id, NOON)
    with pytest.raises(service.RequestNotOpen):
        service.approve(group.id, mine.id, organiser.runner_id, NOON)
    with pytest.raises(service.RequestNotOpen):
        service.approve(make_group().id, mine.id, organiser.runner_id, NOON)
    with pytest.raises(service.RequestNotOpen):
        service.decline(group.id, 9999, "Full", organiser.runner_id, NOON)
    db.session.refresh(mine)
    assert (mine.state, mine.reason) == ("declined", "Full")


def test_a_declined_runner_may_ask_again_after_a_week(app: Flask) -> None:
    group = make_group()
    organiser, mine = make_member(group, role="organiser"), asked(group)
    service.decline(group.id, mine.id, "Full", organiser.runner_id, NOON)
    assert not service.withdraw_request(group.id, mine.runner_id, NOON)
    with pytest.raises(service.AskedTooSoon):
        service.ask(group.id, mine.runner_id, "Please", NOON + 6 * A_DAY)
    service.ask(group.id, mine.runner_id, "Please", NOON + 7 * A_DAY)
    assert (mine.state, mine.message, mine.reason) == ("pending", "Please", "")


def test_a_runner_waits_for_ten_groups_at_most(app: Flask) -> None:
    runner, groups = make_runner(), [make_group() for _ in range(MAX_PENDING + 1)]
    for group in groups[:-1]:
        service.ask(group.id, runner.id, "", NOON)
    with pytest.raises(service.TooManyRequests):
        service.ask(groups[-1].id, runner.id, "", NOON)
    assert service.withdraw_request(groups[0].id, runner.id, NOON)
    service.ask(groups[-1].id, runner.id, "", NOON)


def test_an_open_group_lets_anyone_in_and_a_closed_one_nobody(app: Flask) -> None:
    runner = make_runner()
    group = make_group(join_policy=JoinPolicy.OPEN)
    assert join_by_policy(group.id, runner, FULL, NOON) is group
    assert membership_of(group.id, runner.id) is not None
    for policy in (JoinPolicy.REQUEST, JoinPolicy.INVITATION):
        assert join_by_policy(make_group(join_policy=policy).id, runner, FULL, NOON) is None
    assert join_by_policy(9999, runner, FULL, NOON) is None


def test_a_member_who_asks_stays_a_member_without_a_request(app: Flask) -> None:
    group = make_group()
    mine = make_member(group)
    service.ask(group.id, mine.runner_id, "Hi", NOON)
    assert request_of(group.id, mine.runner_id) is None


def test_answers_go_after_ninety_days_and_open_requests_stay(app: Flask) -> None:
    group = make_group()
    organiser, answered, _ = make_member(group, role="organiser"), asked(group), asked(group, "Ben Obi")
    service.decline(group.id, answered.id, "Full", organiser.runner_id, NOON)
    db.session.commit()
    clock().set(now=NOON + 91 * A_DAY)
    purge_joining()
    assert [one.name for one in pending_page(group.id, Page(1, 50))] == ["Ben Obi"]
    assert db.session.scalar(select(func.count()).select_from(JoinRequest)) == 1

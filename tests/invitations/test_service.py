"""Invite links: their limits, what is counted, and the places held for runners waiting for a seat."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from jobs.memberships import purge_joining
from tests.support.builders import NOON, invite_of, make_group, make_invitation, make_member, make_runner
from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.groups.queries import membership_of
from webapp.invitations import service
from webapp.invitations.queries import listed_invitations, shared_link, state_for
from webapp.invitations.rules import MAX_OPEN, InvitationState, Limits
from webapp.memberships import service as memberships
from webapp.memberships.service import ShownAs
from webapp.models.accounts import Runner, SeatRequest
from webapp.models.groups import Group
from webapp.models.invitations import Invitation, InvitationUse
from webapp.models.words import Role
from webapp.names import NameStyle

pytestmark = pytest.mark.both_databases

FULL = ShownAs(NameStyle.FULL)
A_DAY = timedelta(days=1)


def join(token: str, runner: Runner | None = None) -> Group:
    group = memberships.join(token, runner or make_runner(), FULL, NOON)
    db.session.commit()
    return group


def waiting(path: str) -> SeatRequest:
    """Let somebody wait for a seat who was heading for `path`."""
    request = SeatRequest(digest=digest_of(path), name="Will", after=path, asked_at=NOON)
    db.session.add(request)
    db.session.flush()
    service.hold_place(path, request.id, NOON)
    db.session.commit()
    return request


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"revoked_at": NOON - A_DAY}, service.InvitationRevoked),
        ({"expires_at": NOON}, service.InvitationEnded),
        ({"expires_at": NOON - A_DAY, "revoked_at": NOON}, service.InvitationRevoked),
    ],
)
def test_a_link_says_why_it_lets_nobody_in(app: Flask, values: dict[str, object], refusal: type[Problem]) -> None:
    made = make_invitation(make_group(), **values)
    with pytest.raises(refusal):
        join(made.token)


def test_a_link_lets_in_as_many_as_it_was_made_for(app: Flask) -> None:
    made = make_invitation(make_group(), max_uses=2, expires_at=NOON + A_DAY)
    first, second = make_runner(), make_runner()
    join(made.token, first)
    join(made.token, first)  # who is in already uses no place
    join(made.token, second)
    with pytest.raises(service.InvitationUsedUp):
        join(made.token)
    assert db.session.scalar(select(func.count()).select_from(InvitationUse)) == 2


def test_a_place_stays_used_when_its_runner_leaves_or_is_erased(app: Flask) -> None:
    group, first, second = make_group(), make_runner(), make_runner()
    make_member(group, role="organiser")
    made = make_invitation(group, max_uses=2)
    for runner in (first, second):
        join(made.token, runner)
    memberships.leave(group.id, first.id, NOON)
    db.session.delete(second)
    db.session.commit()
    assert list(db.session.scalars(select(InvitationUse.runner_id))) == [None, None]
    with pytest.raises(service.InvitationUsedUp):
        join(made.token, first)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CAPTAIN, Role.COACH, Role.RUN_LEADER])
def test_a_link_gives_its_role(app: Flask, role: Role) -> None:
    group, runner = make_group(), make_runner()
    join(make_invitation(group, role=role).token, runner)
    mine = membership_of(group.id, runner.id)
    assert mine is not None and mine.role == role


def test_members_hand_on_the_latest_link_without_limits(app: Flask) -> None:
    group = make_group()
    first = invite_of(group)
    for limited in ({"max_uses": 3}, {"expires_at": NOON + A_DAY}, {"role": "coach"}, {"revoked_at": NOON}):
        make_invitation(group, **limited)
    assert invite_of(group) == first
    service.renew_shared_link(group.id, make_runner().id, NOON)
    db.session.commit()
    assert invite_of(group) != first
    with pytest.raises(service.InvitationRevoked):
        join(first)


def test_a_group_without_such_a_link_gets_none_by_renewing_it(app: Flask) -> None:
    group = make_group()
    assert (link := shared_link(group.id)) and service.revoke_invitation(group.id, link.id, NOON)
    assert not service.revoke_invitation(group.id, link.id, NOON + A_DAY)
    assert not service.revoke_invitation(make_group().id, link.id, NOON)
    service.renew_shared_link(group.id, make_runner().id, NOON)
    assert shared_link(group.id) is None and link.revoked_at == NOON


def test_a_group_has_so_many_open_links_and_those_that_ended_long_ago_go(app: Flask) -> None:
    group, runner, limits = make_group(), make_runner(), Limits(Role.MEMBER, NOON + A_DAY, 1)
    for _ in range(MAX_OPEN - 1):
        service.make_invitation(group.id, limits, runner.id, NOON)
    with pytest.raises(service.TooManyInvitations):
        service.make_invitation(group.id, limits, runner.id, NOON)
    later = NOON + timedelta(days=40)
    service.make_invitation(group.id, replace(limits, expires_at=later + A_DAY), runner.id, later)
    assert len(listed_invitations(group.id, later)) == MAX_OPEN + 1
    much_later = NOON + timedelta(days=100)
    assert len(listed_invitations(group.id, much_later)) == 2
    clock().set(now=much_later)
    purge_joining()
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 2


def test_a_place_is_held_for_somebody_who_waits_for_a_seat_and_is_theirs_when_it_comes(app: Flask) -> None:
    made = make_invitation(make_group(), max_uses=1)
    waits = waiting(f"/join/{made.token}")
    with pytest.raises(service.InvitationUsedUp):
        join(made.token)
    assert state_for(made, NOON, seat_ticket=waits.digest) == InvitationState.OPEN
    assert state_for(made, NOON, seat_ticket="another") == InvitationState.USED_UP
    runner = make_runner("Will Able")
    service.hand_place_on(waits.id, runner.id)
    db.session.delete(waits)
    db.session.commit()
    with pytest.raises(service.InvitationUsedUp):
        join(made.token)
    join(made.token, runner)
    assert [(one.used, one.held) for one in listed_invitations(made.group_id, NOON)] == [(1, 0), (0, 0)]


def test_a_held_place_is_free_again_when_its_request_goes_or_heads_elsewhere(app: Flask) -> None:
    made = make_invitation(make_group(), max_uses=1)
    waits = waiting(f"/join/{made.token}")
    service.hold_place("/groups/new", waits.id, NOON)
    assert state_for(made, NOON) == InvitationState.OPEN
    service.hold_place(f"/join/{made.token}", waits.id, NOON)
    assert state_for(made, NOON) == InvitationState.USED_UP
    db.session.delete(waits)
    db.session.commit()
    assert state_for(made, NOON) == InvitationState.OPEN


def test_no_more_places_are_held_than_the_link_has(app: Flask) -> None:
    made = make_invitation(make_group(), max_uses=1)
    waiting(f"/join/{made.token}")
    service.hold_place(f"/join/{made.token}", waiting("/home").id, NOON)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(InvitationUse)) == 1


def test_a_held_place_ends_with_the_link(app: Flask) -> None:
    made = make_invitation(make_group(), max_uses=1, expires_at=NOON + A_DAY)
    waits = waiting(f"/join/{made.token}")
    assert state_for(made, NOON + A_DAY, seat_ticket=waits.digest) == InvitationState.ENDED

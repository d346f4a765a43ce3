"""Deciding about an organiser: two of three or more, or the operator where there are only two."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import words
from tests.support.builders import NOON, make_connection, make_group, make_member, make_runner
from tests.support.cast import Cast, make_cast
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.groups.queries import membership_of
from webapp.memberships import service as memberships
from webapp.memberships import vote_service as service
from webapp.memberships.rules import VOTES_AFTER, VoteOutcome
from webapp.memberships.vote_queries import open_cases
from webapp.models.groups import Group, Membership
from webapp.models.organiser_votes import OrganiserVote
from webapp.models.words import Role
from webapp.paging import Page


def organisers(count: int) -> tuple[Group, list[Membership]]:
    group = make_group()
    return group, [make_member(group, make_runner(f"Org {number}"), role="organiser") for number in range(count)]


def test_two_organisers_make_a_third_a_member_and_the_log_has_who(app: Flask) -> None:
    group, (ana, ben, kim) = organisers(3)
    for _ in range(2):  # said twice, it is one vote
        assert service.vote(group.id, kim.runner_id, ana.runner_id, NOON) == VoteOutcome.WAITS
    assert service.vote(group.id, kim.runner_id, ben.runner_id, NOON) == VoteOutcome.AGREED
    db.session.commit()
    assert (kim.role, kim.notice) == ("member", "demoted")
    assert db.session.scalars(select(OrganiserVote.id)).all() == []
    assert [line.sentence for line in log_page(group.id, Page(1, 9))] == [
        "Two organisers agreed: Org 2 is no longer an organiser",
        "Org 1 voted to make Org 2 a plain member",
        "Org 0 voted to make Org 2 a plain member",
    ]
    memberships.remove_member(group, kim.runner_id, NOON)


def test_a_vote_ends_when_either_leaves_or_steps_down(app: Flask) -> None:
    group, (ana, ben, kim, lea) = organisers(4)
    service.vote(group.id, kim.runner_id, ana.runner_id, NOON)
    service.vote(group.id, lea.runner_id, ben.runner_id, NOON)
    service.vote(group.id, ben.runner_id, ana.runner_id, NOON)
    db.session.commit()
    memberships.leave(group.id, ana.runner_id, NOON)
    db.session.commit()
    assert list(db.session.scalars(select(OrganiserVote.voter_id))) == [ben.runner_id]
    memberships.step_down(group, lea.runner_id)
    assert service.vote(group.id, kim.runner_id, ben.runner_id, NOON) == VoteOutcome.OPERATOR


@pytest.mark.both_databases
def test_a_vote_is_taken_back(app: Flask) -> None:
    group, (ana, ben, kim) = organisers(3)
    service.vote(group.id, kim.runner_id, ana.runner_id, NOON)
    assert service.undo_vote(group.id, kim.runner_id, ana.runner_id, NOON)
    assert not service.undo_vote(group.id, kim.runner_id, ana.runner_id, NOON)
    taken_back, voted = log_page(group.id, Page(1, 9))
    assert voted.sentence == "Org 0 voted to make Org 2 a plain member"
    assert taken_back.sentence == "Org 0 took back the vote to make Org 2 a plain member"
    assert service.vote(group.id, kim.runner_id, ben.runner_id, NOON) == VoteOutcome.WAITS


def test_votes_are_among_organisers_about_another_one(app: Flask) -> None:
    group, (ana, ben, _) = organisers(3)
    member = make_member(group)
    for subject, voter in ((ana, ana), (member, ana), (ben, member)):
        with pytest.raises(service.NotAmongOrganisers):
            service.vote(group.id, subject.runner_id, voter.runner_id, NOON)


@pytest.mark.both_databases
@pytest.mark.parametrize(("agrees", "role"), [(True, Role.MEMBER), (False, Role.ORGANISER)])
def test_of_two_organisers_the_operator_decides(app: Flask, agrees: bool, role: Role) -> None:
    group, (ana, ben) = organisers(2)
    assert service.vote(group.id, ben.runner_id, ana.runner_id, NOON) == VoteOutcome.OPERATOR
    (case,) = open_cases(clock().now())
    assert (case.group, case.voter, case.subject) == (group.name, "Org 0", "Org 1")
    assert service.decide(case.vote_id, agrees=agrees, now=NOON)
    assert not service.decide(case.vote_id, agrees=agrees, now=NOON)
    assert ben.role == role and open_cases(clock().now()) == []


def test_the_operator_decides_no_more_once_there_is_a_third_organiser(app: Flask) -> None:
    group, (ana, ben) = organisers(2)
    service.vote(group.id, ben.runner_id, ana.runner_id, NOON)
    (case,) = open_cases(clock().now())
    third = make_member(group, role="organiser")
    assert open_cases(clock().now()) == [] and not service.decide(case.vote_id, agrees=True, now=NOON)
    assert service.vote(group.id, ben.runner_id, third.runner_id, NOON) == VoteOutcome.AGREED


def test_an_organiser_who_was_just_named_has_no_vote_for_two_weeks(app: Flask) -> None:
    group, (ana, ben) = organisers(2)
    friend = make_member(group)
    memberships.name_organiser(group, friend.runner_id, NOON)
    assert service.vote(group.id, ben.runner_id, ana.runner_id, NOON) == VoteOutcome.OPERATOR
    almost = NOON + VOTES_AFTER - timedelta(seconds=1)
    with pytest.raises(service.NoVoteYet):
        service.vote(group.id, ben.runner_id, friend.runner_id, almost)
    assert len(open_cases(almost)) == 1 and open_cases(NOON + VOTES_AFTER) == []
    assert service.vote(group.id, ben.runner_id, friend.runner_id, NOON + VOTES_AFTER) == VoteOutcome.AGREED


def test_two_others_decide_about_one_who_was_just_named(app: Flask) -> None:
    group, (ana, ben) = organisers(2)
    new = make_member(group)
    memberships.name_organiser(group, new.runner_id, NOON)
    assert service.vote(group.id, new.runner_id, ana.runner_id, NOON) == VoteOutcome.WAITS
    assert service.vote(group.id, new.runner_id, ben.runner_id, NOON) == VoteOutcome.AGREED


def test_the_pages_lead_through_it(app: Flask) -> None:
    cast: Cast = make_cast(app)
    mia, organiser = cast.runners["member"], cast.browsers["organiser"]
    organiser.post(f"{cast.home}/members/{mia.id}/organiser")
    assert "Make Mia Meyer a plain member?" in words(organiser.get(f"{cast.home}/members/{mia.id}/vote"))
    organiser.post(f"{cast.home}/members/{mia.id}/vote")
    page = words(organiser.get(f"{cast.home}/members/{mia.id}"))
    assert "One organiser wants Mia Meyer to be a plain member." in page and "Take my vote back" in page
    organiser.post(f"{cast.home}/members/{mia.id}/vote/undo")
    assert "Take my vote back" not in words(organiser.get(f"{cast.home}/members/{mia.id}"))
    organiser.post(f"{cast.home}/members/{mia.id}/vote")
    stranger = cast.browsers["stranger"]
    assert stranger.get("/operator/organisers").status_code == 404
    connection = make_connection(cast.runners["stranger"])
    with with_settings(app, operators=(str(connection.athlete_id),)):
        assert "Olga Orlova wants Mia Meyer to be a plain member" in words(stranger.get("/operator/organisers"))
        (case,) = open_cases(clock().now())
        assert stranger.post(f"/operator/organisers/{case.vote_id}/agree").status_code == 302
        assert stranger.post(f"/operator/organisers/{case.vote_id}/keep").status_code == 404
    db.session.rollback()
    member = membership_of(cast.group.id, mia.id)
    assert member and member.role == Role.MEMBER
    assert "no longer an organiser" in words(cast.browsers["member"].get(cast.home))

"""Handing a group over, and looking at it as a member does."""

import pytest
from flask import Flask

from tests.support.browser import words
from tests.support.builders import NOON, make_challenge
from tests.support.cast import Cast, make_cast
from webapp.db import db
from webapp.groups.audit_queries import log_page
from webapp.memberships.service import name_organiser, remove_member, step_down
from webapp.models.words import JoinPolicy, Role
from webapp.paging import Page


def test_the_only_organiser_hands_the_group_over_in_one_act(cast: Cast) -> None:
    organiser, mia = cast.browsers["organiser"], cast.runners["member"].id
    assert "Hand over to Mia Meyer?" in words(organiser.get(f"{cast.home}/members/{mia}/hand-over"))
    organiser.post(f"{cast.home}/members/{mia}/hand-over")
    assert (cast.role_of("organiser"), cast.role_of("member")) == (Role.MEMBER, Role.ORGANISER)
    assert "You are an organiser of this group now" in words(cast.browsers["member"].get(cast.home))
    assert organiser.get(f"{cast.home}/members").status_code == 404
    assert [line.sentence for line in log_page(cast.group.id, Page(1, 9))] == [
        "Olga Orlova handed the group over to Mia Meyer"
    ]


def test_nobody_hands_over_to_themselves(cast: Cast) -> None:
    olga = cast.runners["organiser"].id
    assert cast.browsers["organiser"].post(f"{cast.home}/members/{olga}/hand-over").status_code == 404
    assert cast.role_of("organiser") == Role.ORGANISER


def test_an_organiser_sees_the_group_as_a_member_does_and_changes_nothing(cast: Cast) -> None:
    organiser, member = cast.browsers["organiser"], cast.browsers["member"]
    challenge = make_challenge(cast.group)
    organiser.post(f"{cast.home}/as-member")
    page = words(organiser.get(cast.home))
    assert "You see this group as a member does." in page and "Settings" not in page and "Manage" not in page
    for path in ("", "/settings", "/members", "/invitations", "/log", f"/c/{challenge.id}/edit", f"/c/{challenge.id}"):
        assert organiser.get(cast.home + path).status_code == member.get(cast.home + path).status_code, path
    for path in ("/leave", "/me", "/settings", f"/members/{cast.runners['member'].id}/remove"):
        refused = organiser.post(cast.home + path, {"name_style": "full"})
        assert refused.status_code == 409 and "You are only looking" in words(refused), path
    assert cast.role_of("organiser") == Role.ORGANISER
    organiser.post(f"{cast.home}/as-member/end")
    assert "Settings" in words(organiser.get(cast.home))


def test_another_group_and_other_readers_are_as_ever_meanwhile(app: Flask, cast: Cast) -> None:
    other = make_cast(app)
    browser = cast.browsers["organiser"]
    browser.post(f"{cast.home}/as-member")
    assert "You see this group" not in words(browser.get("/home"))
    assert other.browsers["organiser"].get(f"{other.home}/settings").status_code == 200
    assert cast.browsers["member"].post(f"{cast.home}/as-member").status_code == 404
    assert cast.browsers["stranger"].post(f"{cast.home}/as-member/end").status_code == 404


@pytest.mark.parametrize("removed", [False, True])
def test_the_view_ends_with_the_organisers_role_so_that_nothing_stays_blocked(cast: Cast, removed: bool) -> None:
    browser, olga = cast.browsers["organiser"], cast.runners["organiser"]
    browser.post(f"{cast.home}/as-member")
    name_organiser(cast.group, cast.runners["member"].id, NOON)
    step_down(cast.group, olga.id)
    if removed:
        remove_member(cast.group, olga.id, NOON)
        cast.group.join_policy = JoinPolicy.REQUEST
    db.session.commit()
    page = browser.get(f"{cast.home}/ask" if removed else cast.home)
    assert page.status_code == 200 and "You see this group as a member does" not in words(page)
    assert browser.post(f"{cast.home}/ask" if removed else f"{cast.home}/leave").status_code == 302

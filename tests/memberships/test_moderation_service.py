"""Muting members and banning runners: what reaches whom, and who can tell."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.browser import Browser, words
from tests.support.builders import NOON, invite_of, make_invitation
from tests.support.cast import Cast, make_cast
from tests.support.html import shown
from webapp.db import db, write_transaction
from webapp.groups.audit_queries import log_page
from webapp.groups.moderation_queries import heard, is_banned, is_muted
from webapp.groups.queries import consent_of, membership_of
from webapp.join_requests.queries import request_of
from webapp.memberships.moderation_service import ban
from webapp.memberships.service import follow_name
from webapp.models.accounts import Runner
from webapp.models.bans import GroupBan
from webapp.models.words import JoinPolicy, Role
from webapp.paging import Page


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app, join_policy=JoinPolicy.REQUEST)


def post(cast: Cast, path: str, fields: dict[str, str] | None = None) -> int:
    status = cast.browsers["organiser"].post(f"{cast.home}/{path}", fields).status_code
    db.session.rollback()
    return status


def ban_mia(cast: Cast, reason: str = "Shouts at people") -> int:
    mia = cast.runners["member"].id
    assert post(cast, f"members/{mia}/ban", {"reason": reason, "renew_invite": "y"}) == 302
    assert "Mia Meyer is banned." in words(cast.browsers["organiser"].get(f"{cast.home}/bans"))
    return db.session.scalars(select(GroupBan.id)).one()


def test_a_muted_member_is_told_and_their_words_reach_nobody(cast: Cast) -> None:
    mia, member = cast.runners["member"].id, cast.browsers["member"]
    assert heard(cast.group.id, mia, "Please look") == "Please look"
    for _ in range(2):
        post(cast, f"members/{mia}/mute")
    assert "An organiser has muted you" in words(member.get(cast.home))
    assert heard(cast.group.id, mia, "Please look") == ""
    assert "Muted" in words(cast.browsers["organiser"].get(f"{cast.home}/members"))
    post(cast, f"members/{mia}/unmute")
    assert not is_muted(cast.group.id, mia)
    assert "An organiser has muted you" not in words(member.get(cast.home))
    assert [line.sentence for line in log_page(cast.group.id, Page(1, 9))] == [
        "Olga Orlova unmuted Mia Meyer",
        "Olga Orlova muted Mia Meyer",
    ]


def test_a_muted_member_keeps_their_name_and_chooses_none_of_their_own(cast: Cast) -> None:
    mia, member = cast.runners["member"].id, cast.browsers["member"]
    member.post(f"{cast.home}/me", {"name_style": "alias", "alias": "Miau"})
    post(cast, f"members/{mia}/mute")
    refused = member.post(f"{cast.home}/me", {"name_style": "alias", "alias": "Olga is mean"})
    assert refused.status_code == 200 and "or keep the name that you have" in words(refused)
    assert member.post(f"{cast.home}/me", {"name_style": "alias", "alias": "Miau"}).status_code == 302
    assert member.post(f"{cast.home}/me", {"name_style": "initial"}).status_code == 302
    db.session.rollback()
    consent = consent_of(cast.group.id, mia)
    assert consent and consent.shown_name == "Miau", "the name of an account is written by its runner too"


@pytest.mark.parametrize(("style", "kept"), [("full", "Mia Meyer"), ("initial", "Mia M.")])
def test_another_account_name_is_not_shown_while_its_runner_is_muted(cast: Cast, style: str, kept: str) -> None:
    mia, member = cast.runners["member"].id, cast.browsers["member"]
    member.post(f"{cast.home}/me", {"name_style": style})
    post(cast, f"members/{mia}/mute")

    def named(saved_as: str | None = None) -> str:
        if saved_as:
            assert member.post(f"{cast.home}/me", {"name_style": saved_as}).status_code == 302
        return name_of(cast, mia)

    with write_transaction():
        runner = db.session.get_one(Runner, mia)
        runner.name = "Olga Is Mean"
        follow_name(runner, NOON)
    assert named() == kept == named(style)
    assert named("initial") == "Mia M."
    post(cast, f"members/{mia}/unmute")
    assert named() == "Olga M."
    assert named("full") == "Olga Is Mean"


def test_an_organiser_is_neither_muted_nor_banned(cast: Cast) -> None:
    olga = cast.runners["organiser"].id
    assert post(cast, f"members/{olga}/mute") == 409
    assert post(cast, f"members/{olga}/ban", {"reason": "Oops"}) == 409
    assert membership_of(cast.group.id, olga) is not None and not is_banned(cast.group.id, olga)


def test_a_banned_runner_loses_access_and_cannot_tell_by_what_they_ask(cast: Cast) -> None:
    mia, stranger = cast.browsers["member"], cast.browsers["stranger"]
    ban_mia(cast)
    assert mia.get(cast.home).status_code == 404
    for browser in (mia, stranger):
        browser.post(f"{cast.home}/ask", {"message": "Let me in"})
    seen = ((mia, "Mia Meyer"), (stranger, "Stan Strange"))
    told = [shown(browser.get(f"{cast.home}/ask").text, "main").replace(name, "X") for browser, name in seen]
    assert told[0] == told[1] and "Waiting for an answer" in told[0]
    assert "Waiting for an answer" in words(mia.get("/home"))
    page = words(cast.browsers["organiser"].get(f"{cast.home}/requests"))
    assert "Stan Strange" in page and "Mia Meyer" not in page
    assert "Requests to join (1)" in words(cast.browsers["organiser"].get(cast.home))
    mine = request_of(cast.group.id, cast.runners["member"].id)
    assert mine is not None
    assert post(cast, f"requests/{mine.id}/approve") == 409
    assert cast.browsers["organiser"].get(f"{cast.home}/requests/{mine.id}").status_code == 409


@pytest.mark.parametrize("policy", list(JoinPolicy))
def test_every_way_in_leads_a_banned_runner_to_a_request(cast: Cast, policy: JoinPolicy) -> None:
    ban_mia(cast)
    link = f"/join/{make_invitation(cast.group).token}"
    cast.group.join_policy = policy
    db.session.commit()
    mia: Browser = cast.browsers["member"]
    ways = [mia.get(link), mia.post(link, {"name_style": "full"})]
    ways += [mia.get(f"{cast.home}/join")] if policy == JoinPolicy.OPEN else []
    assert {way.headers["Location"] for way in ways} == {f"{cast.home}/ask"}
    assert "Ask to join" in words(mia.get(f"{cast.home}/ask"))
    mia.post(f"{cast.home}/join", {"name_style": "full"})
    assert membership_of(cast.group.id, cast.runners["member"].id) is None


def test_a_lifted_ban_shows_the_request_that_waits(cast: Cast) -> None:
    ban_id = ban_mia(cast)
    page = words(cast.browsers["organiser"].get(f"{cast.home}/bans"))
    assert "Mia Meyer" in page and "Shouts at people" in page
    cast.browsers["member"].post(f"{cast.home}/ask", {"message": "Sorry"})
    assert post(cast, f"bans/{ban_id}/lift") == 302
    assert post(cast, f"bans/{ban_id}/lift") == 404
    assert "Sorry" in words(cast.browsers["organiser"].get(f"{cast.home}/requests"))
    link = f"/join/{invite_of(cast.group)}"
    assert cast.browsers["member"].get(link).status_code == 200


def test_a_ban_needs_a_reason_and_leaves_no_trace_in_the_runners_copy(cast: Cast) -> None:
    mia = cast.runners["member"].id
    refused = cast.browsers["organiser"].post(f"{cast.home}/members/{mia}/ban", {"reason": " "})
    assert refused.status_code == 200 and "Please give a reason" in words(refused)
    ban_mia(cast, "Secret reason")
    copy = cast.browsers["member"].get("/account/export.json").text
    assert "Secret reason" not in copy
    assert [line.sentence for line in log_page(cast.group.id, Page(1, 1))] == ["Olga Orlova renewed the invite link"]


def test_a_ban_goes_with_the_account_of_its_runner_and_stays_without_that_of_the_organiser(cast: Cast) -> None:
    ban_mia(cast)
    db.session.delete(cast.runners["organiser"])
    db.session.commit()
    assert db.session.scalars(select(GroupBan.banned_by)).one() is None
    db.session.delete(cast.runners["member"])
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(GroupBan)) == 0


def test_two_organisers_who_ban_a_runner_at_once_ban_them_once(cast: Cast) -> None:
    olga, mia = cast.runners["organiser"].id, cast.runners["member"].id
    for _ in range(2):
        ban(cast.group, mia, "Shouts at people", olga, NOON)
    db.session.commit()
    assert db.session.scalars(select(GroupBan.known_as)).all() == ["Mia Meyer"]


def test_leaving_and_coming_back_is_no_way_to_be_heard_again(cast: Cast) -> None:
    mia, member, link = cast.runners["member"].id, cast.browsers["member"], f"/join/{invite_of(cast.group)}"
    post(cast, f"members/{mia}/mute")
    member.post(f"{cast.home}/leave")
    refused = words(member.post(link, {"name_style": "alias", "alias": "Loud words"}))
    assert "Choose your full name" in refused
    assert member.post(link, {"name_style": "full"}).status_code == 302
    assert is_muted(cast.group.id, mia) and "An organiser has muted you" in words(member.get(cast.home))
    assert name_of(cast, mia) == "A runner"
    member.post(f"{cast.home}/me", {"name_style": "initial"})
    assert name_of(cast, mia) == "A runner"
    post(cast, f"members/{mia}/unmute")
    assert not is_muted(cast.group.id, mia) and name_of(cast, mia) == "Mia M."


def name_of(cast: Cast, runner_id: int) -> str:
    db.session.rollback()
    consent = consent_of(cast.group.id, runner_id)
    assert consent
    return consent.shown_name


def test_a_member_who_becomes_an_organiser_is_heard_again(cast: Cast) -> None:
    mia = cast.runners["member"].id
    post(cast, f"members/{mia}/mute")
    post(cast, f"members/{mia}/organiser")
    assert not is_muted(cast.group.id, mia)


def test_a_muted_successor_is_heard_again(cast: Cast) -> None:
    mia = cast.runners["member"].id
    post(cast, f"members/{mia}/mute")
    post(cast, "leave")
    member = membership_of(cast.group.id, mia)
    assert member and member.role == Role.ORGANISER and not is_muted(cast.group.id, mia)


def test_a_banned_runner_is_not_invited_again(cast: Cast) -> None:
    mia = cast.runners["member"].id
    post(cast, f"members/{mia}/remove")
    ban(cast.group, mia, "Shouts at people", cast.runners["organiser"].id, NOON)
    db.session.commit()
    assert post(cast, f"members/{mia}/invite-again") == 409
    assert "You can join" not in words(cast.browsers["member"].get("/home"))

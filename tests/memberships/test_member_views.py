"""The console's pages of members."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browser import words
from tests.support.builders import make_connection, make_member, make_runner
from tests.support.cast import Cast
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.groups.queries import consent_of
from webapp.groups.rules import Change
from webapp.memberships.queries import MemberSearch, managed_count, managed_page
from webapp.models.accounts import Runner
from webapp.models.words import ConnectionState, Role
from webapp.paging import Page


def test_members_are_found_by_name_and_role_a_page_at_a_time(cast: Cast) -> None:
    for number in range(60):
        make_member(cast.group, make_runner(f"Runner {number:02}"), role="coach" if number < 3 else "member")
    page = words(cast.browsers["organiser"].get(f"{cast.home}/members"))
    assert "62 members." in page and "Runner 10" in page and "Runner 59" not in page
    assert "Runner 59" in words(cast.browsers["organiser"].get(f"{cast.home}/members?page=2"))
    found = words(cast.browsers["organiser"].get(f"{cast.home}/members?q=RÚNNER 5&role=member"))
    assert "10 members found" in found and "Runner 55" in found and "Runner 49" not in found
    assert [one.name for one in managed_page(cast.group.id, 0, MemberSearch(role=Role.COACH), Page(1, 50))] == [
        "Runner 00", "Runner 01", "Runner 02",
    ]  # fmt: skip
    for odd in ("?q=%25", "?q=_", "?role=king", "?page=x", "?q=%E2%80%AE"):
        assert cast.browsers["organiser"].get(f"{cast.home}/members{odd}").status_code == 200
    assert managed_count(cast.group.id, MemberSearch("%")) == 0


def test_the_month_of_joining_is_that_of_the_group(cast: Cast) -> None:
    cast.group.tz = "Asia/Kuala_Lumpur"
    make_member(cast.group, make_runner("Nia New"), joined_at=datetime(2026, 9, 30, 20, tzinfo=UTC))
    assert "since October 2026" in words(cast.browsers["organiser"].get(f"{cast.home}/members?q=Nia"))


def test_a_hidden_runner_is_not_found_by_their_name(cast: Cast) -> None:
    hidden = make_runner("Hugo Hidden")
    make_member(cast.group, hidden)
    make_connection(hidden, state=ConnectionState.DEAUTHORISED)
    organiser = cast.browsers["organiser"]
    assert "Nobody found" in words(organiser.get(f"{cast.home}/members?q=Hugo"))
    page = words(organiser.get(f"{cast.home}/members"))
    assert "A hidden runner" in page and "Hugo" not in page


def test_an_organiser_changes_a_role_and_the_log_has_both(cast: Cast) -> None:
    mia = cast.runners["member"].id
    for _ in range(2):
        cast.browsers["organiser"].post(f"{cast.home}/members/{mia}/role", {"role": "run_leader"})
    assert cast.role_of("member") == Role.RUN_LEADER
    assert "Run leader" in words(cast.browsers["member"].get(cast.home))
    lines = log_page(cast.group.id, Page(1, 9))
    assert [(line.sentence, line.change) for line in lines] == [
        ("Olga Orlova changed the role of Mia Meyer", Change("Member", "Run leader"))
    ]


@pytest.mark.parametrize("role", ["organiser", "king", ""])
def test_no_other_role_is_given(cast: Cast, role: str) -> None:
    answer = cast.browsers["organiser"].post(f"{cast.home}/members/{cast.runners['member'].id}/role", {"role": role})
    assert answer.status_code == 400 and cast.role_of("member") == Role.MEMBER


def test_an_organiser_is_no_plain_member_by_a_tap(cast: Cast) -> None:
    answer = cast.browsers["organiser"].post(
        f"{cast.home}/members/{cast.runners['organiser'].id}/role", {"role": "member"}
    )
    assert answer.status_code == 409 and cast.role_of("organiser") == Role.ORGANISER


def test_a_removed_member_can_be_invited_again_for_ten_minutes_and_agrees_again(cast: Cast) -> None:
    organiser, member, mia = cast.browsers["organiser"], cast.browsers["member"], cast.runners["member"].id
    assert "Remove Mia Meyer?" in words(organiser.get(f"{cast.home}/members/{mia}/remove"))
    organiser.post(f"{cast.home}/members/{mia}/remove", {"renew_invite": "y"})
    assert "Was it a mistake?" in words(organiser.get(f"{cast.home}/members"))
    organiser.post(f"{cast.home}/members/{mia}/invite-again")
    assert organiser.post(f"{cast.home}/members/{mia}/invite-again").status_code == 404
    consent = consent_of(cast.group.id, mia)
    assert cast.role_of("member") is None and consent is not None and consent.withdrawn_at is not None
    assert "You can join" in words(member.get("/home"))
    assert member.post(f"{cast.home}/join", {"name_style": "initial"}).headers["Location"] == cast.home


def test_after_ten_minutes_nobody_is_invited_again_by_a_tap(cast: Cast) -> None:
    organiser, mia = cast.browsers["organiser"], cast.runners["member"].id
    assert organiser.post(f"{cast.home}/members/{mia}/invite-again").status_code == 404
    organiser.post(f"{cast.home}/members/{mia}/remove")
    clock().set(now=clock().now() + timedelta(minutes=10))
    assert "Was it a mistake?" not in words(organiser.get(f"{cast.home}/members"))
    assert organiser.post(f"{cast.home}/members/{mia}/invite-again").status_code == 404


def test_a_removed_runner_who_erased_their_account_is_not_invited_again(cast: Cast) -> None:
    organiser, mia = cast.browsers["organiser"], cast.runners["member"].id
    organiser.post(f"{cast.home}/members/{mia}/remove")
    db.session.delete(db.session.get_one(Runner, mia))
    db.session.commit()
    assert organiser.post(f"{cast.home}/members/{mia}/invite-again").status_code == 404

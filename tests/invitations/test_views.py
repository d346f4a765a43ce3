"""The console's page of invite links."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.browser import words
from tests.support.builders import invite_of, make_invitation
from tests.support.cast import Cast, make_cast
from tests.support.html import elements
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.invitations.queries import listed_invitations


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app, tz="Asia/Tokyo")


def test_the_page_is_for_organisers(cast: Cast) -> None:
    assert cast.statuses(f"{cast.home}/invitations") == [200, 404, 404, 302]
    assert cast.statuses(f"{cast.home}/invitations/1") == [200, 404, 404, 302]


def test_an_organiser_makes_a_link_with_limits_and_takes_it_back(cast: Cast) -> None:
    organiser, stranger = cast.browsers["organiser"], cast.browsers["stranger"]
    today = clock().today("Asia/Tokyo")
    fields = {"role": "run_leader", "ends_on": (today + timedelta(days=2)).isoformat(), "max_uses": "3"}
    answer = organiser.post(f"{cast.home}/invitations", fields)
    made = listed_invitations(cast.group.id, clock().now())[0]
    assert answer.headers["Location"].endswith(f"/invitations#link-{made.id}")
    assert made.expires_at and made.expires_at.isoformat() == f"{today + timedelta(days=2)}T15:00:00+00:00"
    page = organiser.get(f"{cast.home}/invitations")
    assert f"/join/{made.token}" in page.text
    assert "Joins as run leader · 0 of 3 joined" in words(page)
    assert "You join as a run leader." in words(stranger.get(f"/join/{made.token}"))
    assert "You join as" not in words(stranger.get(f"/join/{invite_of(cast.group)}"))
    organiser.post(f"{cast.home}/invitations/{made.id}/revoke")
    answer = stranger.get(f"/join/{made.token}")
    assert answer.status_code == 410 and "This invite link was taken back" in words(answer)
    assert f"/join/{made.token}" not in organiser.get(f"{cast.home}/invitations").text
    assert organiser.get(f"{cast.home}/invitations/{made.id}").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("role", "organiser", "Not a valid choice"),
        ("ends_on", "2020-01-01", "today or a later day"),
        ("ends_on", "9999-12-31", "today or a later day"),
        ("ends_on", "soon", "Not a valid date"),
        ("max_uses", "0", "Between 1 and 500"),
        ("max_uses", "9" * 40, "Between 1 and 500"),
        ("max_uses", "many", "Not a valid integer"),
    ],
)
def test_a_wrong_limit_is_named_where_it_was_entered(cast: Cast, field: str, value: str, said: str) -> None:
    answer = cast.browsers["organiser"].post(f"{cast.home}/invitations", {"role": "member", field: value})
    assert answer.status_code == 200 and said in words(answer)
    assert len(listed_invitations(cast.group.id, clock().now())) == 1


def test_a_link_has_a_code_to_print_that_asks_nobody_else(cast: Cast) -> None:
    page = cast.browsers["organiser"].get(f"{cast.home}/invitations/1").text
    (code,) = elements(page, ".poster__code svg")
    assert code.attributes["viewbox"] if "viewbox" in code.attributes else code.attributes["viewBox"]
    assert f"/join/{invite_of(cast.group)}" in page
    assert "style=" not in page


def test_a_used_up_or_ended_link_says_so(cast: Cast) -> None:
    used_up, ended = (make_invitation(cast.group, max_uses=1), make_invitation(cast.group, expires_at=clock().now()))
    form = {"name_style": "full"}
    assert cast.browsers["stranger"].post(f"/join/{used_up.token}", form).status_code == 302
    visitor = cast.browsers["visitor"]
    assert "This invite link is used up" in words(visitor.get(f"/join/{used_up.token}"))
    assert "This invite link has ended" in words(visitor.get(f"/join/{ended.token}"))
    # A member is led to the group by any link, as ever.
    assert cast.browsers["member"].get(f"/join/{ended.token}").headers["Location"] == cast.home


def test_a_member_sees_the_link_to_hand_on_and_no_other(cast: Cast) -> None:
    limited = make_invitation(cast.group, max_uses=1)
    page = cast.browsers["member"].get(cast.home).text
    assert f"/join/{invite_of(cast.group)}" in page and limited.token not in page


def test_guessing_links_is_limited(app: Flask, cast: Cast) -> None:
    limiter.enabled = True
    try:
        browser = cast.browsers["visitor"]
        answers = [browser.get(f"/join/guess-{number}").status_code for number in range(301)]
    finally:
        limiter.enabled = False
    assert answers[0] == 404 and answers[-1] == 429
    db.session.rollback()

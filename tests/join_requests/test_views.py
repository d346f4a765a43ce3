"""Pages of asking to join a group and of answering."""

import pytest
from flask import Flask

from tests.support.browser import words
from tests.support.builders import invite_of, make_challenge
from tests.support.cast import Cast, make_cast
from webapp.db import db, write_transaction
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.groups.queries import membership_of
from webapp.join_requests.queries import request_of
from webapp.models.groups import Membership
from webapp.models.words import JoinPolicy, Role


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app, join_policy=JoinPolicy.REQUEST)


def request_id(cast: Cast) -> int:
    found = request_of(cast.group.id, cast.runners["stranger"].id)
    assert found is not None
    return found.id


def test_a_runner_asks_is_approved_and_joins(cast: Cast) -> None:
    stranger, organiser = cast.browsers["stranger"], cast.browsers["organiser"]
    make_challenge(cast.group)
    page = words(stranger.get(f"{cast.home}/ask"))
    assert "Ask to join" in page and "Stan Strange" in page
    assert stranger.get(f"{cast.home}/join").status_code == 404
    stranger.post(f"{cast.home}/ask", {"message": "I run with Mia"})
    assert "Waiting for an answer" in words(stranger.get(f"{cast.home}/ask"))
    assert "Waiting for an answer" in words(stranger.get("/home"))
    assert "Requests to join (1)" in words(organiser.get(cast.home))
    assert "Requests to join" not in words(cast.browsers["member"].get(cast.home))
    assert "I run with Mia" in words(organiser.get(f"{cast.home}/requests"))
    assert "I run with Mia" in words(organiser.get(f"{cast.home}/requests/{request_id(cast)}"))
    organiser.post(f"{cast.home}/requests/{request_id(cast)}/approve")
    assert "You can join" in words(stranger.get("/home"))
    page = words(stranger.get(f"{cast.home}/join"))
    assert "never see a single run" in page and "</b> is under way" in page
    answer = stranger.post(f"{cast.home}/join", {"name_style": "alias", "alias": "Speedy"})
    assert answer.headers["Location"] == cast.home
    assert "Speedy" in stranger.get(cast.home).text
    assert stranger.get(f"{cast.home}/ask").headers["Location"] == cast.home


@pytest.mark.parametrize(("policy", "page"), [(JoinPolicy.REQUEST, "ask"), (JoinPolicy.OPEN, "join")])
def test_the_text_of_a_group_is_for_those_whom_it_lets_find_it(cast: Cast, policy: JoinPolicy, page: str) -> None:
    cast.group.join_policy, cast.group.text = policy, "Tea after every run"
    db.session.commit()
    stranger, invitation = cast.browsers["stranger"], f"/join/{invite_of(cast.group)}"
    make_challenge(cast.group, name="Secret November")
    unlisted = words(stranger.get(f"{cast.home}/{page}"))
    assert cast.group.name in unlisted and "Tea after" not in unlisted and "Secret" not in unlisted
    assert page == "ask" or "A challenge is under way." in unlisted
    assert "Tea after every run" in words(stranger.get(invitation))
    with write_transaction():
        save_profile(db.session.merge(cast.group), Profile(listed=True), "Tea after every run")
    assert "Tea after every run" in words(stranger.get(f"{cast.home}/{page}"))
    assert "Members 4" not in unlisted + words(stranger.get(invitation)), "nobody outside reads how many they are"


def test_a_declined_runner_reads_why(cast: Cast) -> None:
    stranger, organiser = cast.browsers["stranger"], cast.browsers["organiser"]
    stranger.post(f"{cast.home}/ask", {"message": ""})
    path = f"{cast.home}/requests/{request_id(cast)}"
    assert "Please give a reason" in words(organiser.post(f"{path}/decline", {"reason": " "}))
    organiser.post(f"{path}/decline", {"reason": "We are full <b>until</b> May"})
    page = stranger.get(f"{cast.home}/ask")
    assert "We are full &lt;b&gt;until&lt;/b&gt; May" in page.text and "a week after" in words(page)
    again = organiser.post(f"{path}/approve")
    assert again.status_code == 409 and "no longer open" in words(again)
    assert organiser.get(path).status_code == 409


def test_a_run_leader_answers_requests_and_does_nothing_else_of_an_organiser(cast: Cast) -> None:
    mia = db.session.get_one(Membership, membership_of(cast.group.id, cast.runners["member"].id).id)  # type: ignore[union-attr]  # she is a member
    mia.role = Role.RUN_LEADER
    db.session.commit()
    cast.browsers["stranger"].post(f"{cast.home}/ask", {"message": "Hi"})
    assert cast.statuses(f"{cast.home}/requests") == [200, 200, 404, 302]
    assert cast.statuses(f"{cast.home}/settings") == [200, 404, 404, 302]
    cast.browsers["member"].post(f"{cast.home}/requests/{request_id(cast)}/approve")
    assert cast.browsers["stranger"].get(f"{cast.home}/join").status_code == 200


def test_a_runner_withdraws_a_request_and_nothing_of_it_is_kept(cast: Cast) -> None:
    stranger = cast.browsers["stranger"]
    stranger.post(f"{cast.home}/ask", {"message": "Hi"})
    stranger.post(f"{cast.home}/ask/withdraw")
    assert request_of(cast.group.id, cast.runners["stranger"].id) is None
    assert "Nobody is waiting" in words(cast.browsers["organiser"].get(f"{cast.home}/requests"))


@pytest.mark.parametrize(
    ("message", "said"), [("x" * 281, "At most 280"), ("a\u202eb", "cannot be shown"), ("a\x00b", "cannot be shown")]
)
def test_a_message_that_cannot_stand_on_a_page_is_named_and_kept_in_the_form(
    cast: Cast, message: str, said: str
) -> None:
    answer = cast.browsers["stranger"].post(f"{cast.home}/ask", {"message": message})
    assert answer.status_code == 200 and said in words(answer)
    assert request_of(cast.group.id, cast.runners["stranger"].id) is None


def test_an_organiser_chooses_how_runners_join(cast: Cast) -> None:
    organiser, stranger = cast.browsers["organiser"], cast.browsers["stranger"]
    statuses = {}
    for policy in JoinPolicy:
        organiser.post(f"{cast.home}/settings/joining", {"join_policy": policy})
        statuses[policy] = [stranger.get(f"{cast.home}/{page}").status_code for page in ("join", "ask")]
    assert statuses == {"open": [200, 404], "request": [404, 200], "invitation": [404, 404]}
    assert organiser.post(f"{cast.home}/settings/joining", {"join_policy": "maybe"}).status_code == 400
    assert cast.browsers["member"].post(f"{cast.home}/settings/joining", {"join_policy": "open"}).status_code == 404


def test_a_member_is_led_to_the_group(cast: Cast) -> None:
    for page in ("join", "ask"):
        assert cast.browsers["member"].get(f"{cast.home}/{page}").headers["Location"] == cast.home


def test_an_approved_runner_reads_that_the_group_was_archived_since(cast: Cast) -> None:
    stranger = cast.browsers["stranger"]
    stranger.post(f"{cast.home}/ask", {"message": ""})
    cast.browsers["organiser"].post(f"{cast.home}/requests/{request_id(cast)}/approve")
    cast.browsers["organiser"].post(f"{cast.home}/archive")
    for answer in (stranger.get(f"{cast.home}/join"), stranger.post(f"{cast.home}/join", {"name_style": "full"})):
        assert answer.status_code == 409 and "This group is archived" in words(answer)
    assert cast.browsers["visitor"].get(f"{cast.home}/join").status_code == 302


def test_nobody_asks_a_group_that_was_archived_since(cast: Cast) -> None:
    stranger = cast.browsers["stranger"]
    stranger.post(f"{cast.home}/ask", {"message": "First"})
    cast.browsers["organiser"].post(f"{cast.home}/archive")
    answer = stranger.post(f"{cast.home}/ask", {"message": "Second"})
    assert answer.status_code == 409 and "This group is archived" in words(answer)
    assert "First" in stranger.get(f"{cast.home}/ask").text
    assert stranger.post(f"{cast.home}/ask/withdraw").status_code == 302

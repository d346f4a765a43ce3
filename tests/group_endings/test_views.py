"""The pages on which a group is archived or deleted, and what its members see of that."""

import pytest
from flask import Flask

from tests.support.browser import words
from tests.support.builders import invite_of
from tests.support.cast import Cast, make_cast
from tests.support.html import shown
from webapp.models.words import JoinPolicy


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app, join_policy=JoinPolicy.REQUEST)


def test_it_is_for_organisers(cast: Cast) -> None:
    assert cast.statuses(f"{cast.home}/ending") == [200, 404, 404, 302]
    for path in ("archive", "unarchive", "deletion", "deletion/stop"):
        for who in ("member", "stranger"):
            assert cast.browsers[who].post(f"{cast.home}/{path}").status_code == 404


def test_members_see_the_day_and_organisers_stop_it(cast: Cast) -> None:
    organiser, member = cast.browsers["organiser"], cast.browsers["member"]
    assert "would be deleted on" in shown(organiser.get(f"{cast.home}/ending").text)
    organiser.post(f"{cast.home}/deletion")
    group, home = shown(member.get(cast.home).text), shown(member.get("/home").text)
    assert "This group will be deleted on" in group and "Keep the group" not in group
    assert "will be deleted on" in home
    assert "Keep the group" in shown(organiser.get(cast.home).text)
    assert "Any organiser can stop it until then" in shown(organiser.get(f"{cast.home}/ending").text)
    organiser.post(f"{cast.home}/deletion/stop")
    assert "will be deleted" not in shown(member.get(cast.home).text)


def test_an_archived_group_says_so_and_keeps_what_can_be_read(cast: Cast) -> None:
    organiser, member = cast.browsers["organiser"], cast.browsers["member"]
    organiser.post(f"{cast.home}/archive")
    assert "This group is archived" in shown(member.get(cast.home).text)
    seen = shown(organiser.get(cast.home).text)
    assert "Bring it back" in seen and "Start a challenge" not in seen and "Announce" not in seen
    for path in ("settings", "announcements/new", "challenges/new", "invitations", "profile"):
        answer = organiser.get(f"{cast.home}/{path}")
        assert answer.status_code == 409 and "This group is archived" in words(answer), path
    assert organiser.post(f"{cast.home}/announcements/new", {"title": "Hi", "text": "There"}).status_code == 409
    for path in ("", "/log", "/members", "/announcements", "/ending", "/me"):
        assert organiser.get(cast.home + path).status_code == 200, path
    assert cast.browsers["stranger"].get(f"{cast.home}/ask").status_code == 404
    assert cast.browsers["stranger"].get(f"/join/{invite_of(cast.group)}").status_code == 409
    assert cast.browsers["stranger"].get(f"{cast.home}/settings").status_code == 404
    assert "archived" in shown(member.get("/home").text)
    organiser.post(f"{cast.home}/unarchive")
    assert organiser.get(f"{cast.home}/settings").status_code == 200
    assert member.post(f"{cast.home}/leave").status_code == 302

"""Pages on which organisers put members into teams."""

import pytest
from flask import Flask

from tests.support.browser import words
from tests.support.builders import make_entry, make_member, make_runner
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_pages import entry_of, path_of, running
from webapp.db import db
from webapp.extensions import clock

OK = 200


def test_members_are_put_into_teams_and_the_board_follows(app: Flask, cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    red, blue = (team.id for team in challenge.teams)
    mine, theirs = entry_of(cast, "organiser"), entry_of(cast, "member")
    browser, path = cast.browsers["organiser"], path_of(cast, challenge, "fix-teams")
    page = browser.get(path).text
    assert f'name="team-{mine.id}"' in page and "Mia Meyer" in page
    browser.post(path, {f"team-{theirs.id}": str(blue), f"team-{mine.id}": str(red)})
    run_jobs(app)
    today = clock().today(cast.group.tz)
    db.session.expire_all()
    assert [(stint.team_id, stint.from_date) for stint in theirs.stints] == [(red, challenge.starts_on), (blue, today)]
    assert len(mine.stints) == 1
    shown = cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}/board.json").json
    assert shown and {"Mia Meyer": "Blue"}.items() <= {row["name"]: row["team"] for row in shown["runners"]}.items()


@pytest.mark.parametrize(("name", "value"), [("team-x", "1"), ("team-1", "x"), ("team-", ""), ("team-1", "9" * 12)])
def test_a_form_with_odd_ids_is_refused(cast: Cast, name: str, value: str) -> None:
    challenge = running(cast, "Red")
    assert cast.browsers["organiser"].post(path_of(cast, challenge, "fix-teams"), {name: value}).status_code == 400


def test_the_page_of_teams_comes_fifty_a_page_and_saves_one_at_a_time(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for number in range(55):
        runner = make_runner(f"Runner {number:02}")
        make_member(cast.group, runner)
        make_entry(challenge, runner)
    path = path_of(cast, challenge, "fix-teams")
    first, second = (cast.browsers["organiser"].get(f"{path}?page={page}").text for page in (1, 2))
    assert "Page 1 of 2" in first and "Runner 54" in second and "Runner 54" not in first
    answer = cast.browsers["organiser"].post(f"{path}?page=2", {})
    assert answer.headers["Location"] == f"{path}?page=2"


def test_teams_are_renamed_and_added(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    red, blue = (team.id for team in challenge.teams)
    browser = cast.browsers["organiser"]
    browser.post(path_of(cast, challenge, "team-names"), {f"name-{red}": "Blue", f"name-{blue}": "<u>Red</u>"})
    browser.post(path_of(cast, challenge, "team-more"), {"new_team": "Green"})
    db.session.expire_all()
    assert [team.name for team in challenge.teams] == ["Blue", "<u>Red</u>", "Green"]
    page = browser.get(path_of(cast, challenge, "fix-teams")).text
    assert "<u>" not in page and "&lt;u&gt;Red&lt;/u&gt;" in page


def test_bad_names_of_teams_are_refused_beside_the_fields(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    red = challenge.teams[0].id
    browser = cast.browsers["organiser"]
    wrong = browser.post(path_of(cast, challenge, "team-names"), {f"name-{red}": "blue"})
    assert "appears twice" in words(wrong) and 'value="blue"' in wrong.text
    for name, said in (("", "needs a name"), ("RED", "appears twice"), ("a\u202e", "cannot be shown")):
        wrong = browser.post(path_of(cast, challenge, "team-more"), {"new_team": name})
        assert wrong.status_code == OK and said in words(wrong)
    db.session.expire_all()
    assert [team.name for team in challenge.teams] == ["Red", "Blue"]


def test_a_challenge_without_teams_may_get_some_later(cast: Cast) -> None:
    challenge = running(cast)
    browser, path = cast.browsers["organiser"], path_of(cast, challenge, "fix-teams")
    assert "No teams yet" in words(browser.get(path))
    browser.post(path_of(cast, challenge, "team-more"), {"new_team": "Green"})
    assert "Who runs where" in words(browser.get(path))

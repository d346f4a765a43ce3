"""Pages on which organisers change and delete challenges, as each kind of visitor finds them."""

from flask import Flask
from sqlalchemy import func, select

from tests.support.browser import words
from tests.support.builders import invite_of, make_challenge, make_group
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_pages import closed, entry_of, path_of, running
from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Team, TeamStint

OUT, NONE, OK = 302, 404, 200


def test_each_page_opens_to_organisers_alone(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for page in ("edit", "delete", "fix-teams"):
        assert cast.statuses(path_of(cast, challenge, page)) == [OK, NONE, NONE, OUT]


def test_what_an_organiser_does_is_not_there_for_others(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for page in ("edit", "delete", "fix-teams", "team-names", "team-more"):
        for who, status in (("member", NONE), ("stranger", NONE), ("visitor", OUT)):
            assert cast.browsers[who].post(path_of(cast, challenge, page)).status_code == status
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 1


def test_a_challenge_of_another_group_is_not_reached_through_ones_own(cast: Cast) -> None:
    other = make_challenge(make_group())
    for page in ("edit", "delete", "fix-teams"):
        assert cast.browsers["organiser"].get(path_of(cast, other, page)).status_code == NONE
    assert cast.browsers["organiser"].post(path_of(cast, other, "delete")).status_code == NONE


def test_name_and_grace_can_be_changed_until_it_is_closed(cast: Cast) -> None:
    challenge, browser = running(cast), cast.browsers["organiser"]
    browser.post(path_of(cast, challenge, "edit"), {"name": "Movember", "grace_hours": "48"})
    db.session.refresh(challenge)
    assert (challenge.name, challenge.grace_hours, challenge.version) == ("Movember", 48, 1)
    wrong = browser.post(path_of(cast, challenge, "edit"), {"name": "", "grace_hours": "48"})
    assert wrong.status_code == OK and "A challenge needs a name." in words(wrong)


def test_a_closed_challenge_refuses_changes_and_may_be_deleted(cast: Cast) -> None:
    challenge, browser = closed(cast, "Red", "Blue"), cast.browsers["organiser"]
    entry = entry_of(cast, "member")
    assert "This challenge is finished" in words(browser.get(path_of(cast, challenge, "edit")))
    assert "Its teams stay as they are." in words(browser.get(path_of(cast, challenge, "fix-teams")))
    for page, form in (
        ("edit", {"name": "Other", "grace_hours": "168"}),
        ("fix-teams", {f"team-{entry.id}": ""}),
        ("team-names", {f"name-{challenge.teams[0].id}": "Green"}),
        ("team-more", {"new_team": "Green"}),
    ):
        answer = browser.post(path_of(cast, challenge, page), form)
        assert answer.status_code == 409 and "finished" in words(answer)
    db.session.expire_all()
    assert [team.name for team in challenge.teams] == ["Red", "Blue"] and len(entry.stints) == 1
    assert browser.post(path_of(cast, challenge, "delete")).headers["Location"] == cast.home
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0


def test_someone_who_joins_is_not_entered_in_a_closed_challenge(app: Flask, cast: Cast) -> None:
    past, now = closed(cast), running(cast)
    cast.browsers["stranger"].post(f"/join/{invite_of(cast.group)}", {"name_style": "full"})
    mine = select(Entry.challenge_id).where(Entry.runner_id == cast.runners["stranger"].id)
    assert set(db.session.scalars(mine)) == {now.id}
    assert past.id != now.id


def test_deleting_asks_first_and_takes_all_of_it(app: Flask, cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    browser, path = cast.browsers["organiser"], path_of(cast, challenge, "delete")
    page = words(browser.get(path))
    assert "Delete November?" in page and "all 2 runners" in page
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 1
    browser.post(path)
    for model in (Challenge, Team, Entry, TeamStint):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    assert browser.get(path_of(cast, challenge, "edit")).status_code == NONE
    run_jobs(app)

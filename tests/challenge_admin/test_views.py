"""Pages on which organisers change and delete challenges, as each kind of visitor finds them."""

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import func, select

from tests.support.browser import words
from tests.support.builders import invite_of, make_challenge, make_group
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_pages import closed, entry_of, path_of, running
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.rulebook.lifecycle import days_end_at

OUT, NONE, OK = 302, 404, 200


def test_each_page_opens_to_organisers_alone(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for page in ("edit", "close", "delete", "fix-teams"):
        assert cast.statuses(path_of(cast, challenge, page)) == [OK, NONE, NONE, OUT]


def test_what_an_organiser_does_is_not_there_for_others(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for page in ("edit", "close", "delete", "fix-teams", "team-names", "team-more"):
        for who, status in (("member", NONE), ("stranger", NONE), ("visitor", OUT)):
            assert cast.browsers[who].post(path_of(cast, challenge, page)).status_code == status
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 1


def test_a_challenge_of_another_group_is_not_reached_through_ones_own(cast: Cast) -> None:
    other = make_challenge(make_group())
    for page in ("edit", "close", "delete", "fix-teams"):
        assert cast.browsers["organiser"].get(path_of(cast, other, page)).status_code == NONE
    assert cast.browsers["organiser"].post(path_of(cast, other, "delete")).status_code == NONE


def test_name_and_grace_can_be_changed_until_it_is_closed(cast: Cast) -> None:
    challenge, browser = running(cast), cast.browsers["organiser"]
    browser.post(path_of(cast, challenge, "edit"), {"name": "Movember", "grace_hours": "48"})
    db.session.refresh(challenge)
    assert (challenge.name, challenge.grace_hours, challenge.version) == ("Movember", 48, 1)
    wrong = browser.post(path_of(cast, challenge, "edit"), {"name": "", "grace_hours": "48"})
    assert wrong.status_code == OK and "A challenge needs a name." in words(wrong)


def test_a_grace_time_that_is_over_closes_nothing(cast: Cast) -> None:
    challenge = running(cast)
    clock().set(now=days_end_at(challenge.ends_on) + timedelta(hours=2))
    answer = cast.browsers["organiser"].post(
        path_of(cast, challenge, "edit"), {"name": challenge.name, "grace_hours": "1"}
    )
    assert answer.status_code == OK and "That time is already over." in words(answer)
    db.session.refresh(challenge)
    assert challenge.grace_hours > 2


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


def test_closing_asks_first_and_is_done_once(app: Flask, cast: Cast) -> None:
    ended = running(cast, ends_on=date(2026, 11, 2), starts_on=date(2026, 11, 1), grace_hours=168)
    clock().set(now=days_end_at(ended.ends_on) + timedelta(hours=2))
    browser, path = cast.browsers["organiser"], path_of(cast, ended, "close")
    assert path in browser.get(path_of(cast, ended, "edit")).text
    assert "Late runs count until Tue 10 Nov" in words(browser.get(path)) and ended.closed_at is None
    moments: list[datetime | None] = []
    for _ in range(2):
        assert browser.post(path).status_code == OUT
        db.session.refresh(ended)
        moments.append(ended.closed_at)
    assert moments[0] and moments[0] == moments[1] == ended.closes_at
    assert words(browser.get(f"{cast.home}/log")).count("closed November before its time for late runs was over") == 1
    assert "It is closed already" in words(browser.get(path))
    assert path not in browser.get(path_of(cast, ended, "edit")).text


def test_a_challenge_under_way_is_not_closed(cast: Cast) -> None:
    challenge, browser = running(cast), cast.browsers["organiser"]
    page = words(browser.get(path_of(cast, challenge, "close")))
    assert "Not yet" in page and "Until then it is left to run, or deleted" in page
    answer = browser.post(path_of(cast, challenge, "close"))
    assert answer.status_code == 409 and "Its days are not over yet" in words(answer)
    db.session.refresh(challenge)
    assert challenge.closed_at is None


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

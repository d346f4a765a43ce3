"""Pages of what renews, of a runner's own part, and of captains: who may come, and what hostile forms get."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.challenges import mileage_sweep, renew_sweep
from tests.support.browser import words
from tests.support.builders import make_challenge, make_entry
from tests.support.cast import Cast, make_cast, run_jobs
from tests.support.derived import read_in
from tests.support.forms import form_with
from tests.support.runs import reported
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry, Series, SeriesChoice, SeriesSkip
from webapp.models.groups import AuditLine
from webapp.models.scoring import Standing, TeamShare
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Frame, next_window, window_of

OUT, NONE, OK, LATE, BAD = 302, 404, 200, 409, 400


def running(cast: Cast, *teams: str, days_ago: int = 3, **values: object) -> Challenge:
    today = clock().today(cast.group.tz)
    window = {"starts_on": today - timedelta(days=days_ago), "ends_on": today + timedelta(days=20)}
    made = {"created_at": clock().now(), **window, **values}
    challenge = make_challenge(cast.group, teams=teams, **made)
    for who in ("organiser", "member"):
        make_entry(challenge, cast.runners[who])
    return challenge


def make_series(cast: Cast, **values: object) -> Series:
    today = clock().today(cast.group.tz)
    usual = {"name": "Club", "frame": "month", "rules": RuleSet(), "created_at": clock().now()}
    upcoming = next_window(Frame.MONTH, window_of(Frame.MONTH, today)).starts_on
    series = Series(**{"group_id": cast.group.id, "next_on": upcoming, "lead_days": 28, **usual, **values})
    db.session.add(series)
    db.session.commit()
    return series


def target_of(cast: Cast, who: str) -> int | None:
    db.session.rollback()
    return db.session.scalars(select(Entry.target).where(Entry.runner_id == cast.runners[who].id)).one()


def test_each_page_opens_to_those_it_is_for(cast: Cast) -> None:
    challenge, series = running(cast, "Red", "Blue", team_mode="picked"), make_series(cast)
    for page in (f"c/{challenge.id}/mine", f"c/{challenge.id}/baselines", f"c/{challenge.id}/draft", "series"):
        assert cast.statuses(f"{cast.home}/{page}") == [OK, OK, NONE, OUT]
    assert cast.statuses(f"{cast.home}/series/{series.id}") == [OK, NONE, NONE, OUT]


def test_a_member_cannot_change_what_renews(cast: Cast) -> None:
    series = make_series(cast)
    for page in ("", "/skip", "/end"):
        answer = cast.browsers["member"].post(f"{cast.home}/series/{series.id}{page}", {"starts_on": "2027-01-01"})
        assert answer.status_code == NONE
    db.session.refresh(series)
    assert series.ended_at is None


def test_a_series_of_another_group_is_not_there(app: Flask, cast: Cast) -> None:
    other = make_cast(app)
    series = make_series(other)
    for page in ("", "/skip", "/end", "/choose"):
        answer = cast.browsers["organiser"].post(f"{cast.home}/series/{series.id}{page}", {"enters": "no"})
        assert answer.status_code == NONE


def test_the_sweep_makes_the_next_month_for_those_who_want_to_be_in_it(app: Flask, cast: Cast) -> None:
    series = make_series(cast, lead_days=28)
    today = clock().today(cast.group.tz)
    series.next_on = window_of(Frame.MONTH, today).starts_on
    db.session.commit()
    answer = cast.browsers["member"].post(f"{cast.home}/series/{series.id}/choose", {"enters": "no"})
    assert answer.status_code == OUT
    assert "Enter me every time" in words(cast.browsers["member"].get(f"{cast.home}/series"))
    for _ in range(2):
        renew_sweep()
        run_jobs(app)
    first = db.session.scalars(select(Challenge).order_by(Challenge.starts_on)).first()
    assert first
    assert first.starts_on == window_of(Frame.MONTH, today).starts_on
    entered = db.session.scalars(select(Entry.runner_id).where(Entry.challenge_id == first.id)).all()
    assert entered == [cast.runners["organiser"].id]
    starts = db.session.scalars(select(Challenge.starts_on)).all()
    assert len(starts) == len(set(starts))


def test_what_is_said_twice_stands_in_the_log_once(app: Flask, cast: Cast) -> None:
    series, browser = make_series(cast, lead_days=0), cast.browsers["organiser"]
    later = next_window(Frame.MONTH, window_of(Frame.MONTH, series.next_on)).starts_on.isoformat()
    skip = f"{cast.home}/series/{series.id}/skip"
    for more in ({"again": "1"}, {}, {}, {"again": "1"}, {"again": "1"}):
        assert browser.post(skip, {"starts_on": later, **more}).status_code == OUT
    db.session.rollback()
    lines = db.session.scalars(select(AuditLine.action).order_by(AuditLine.id)).all()
    assert lines == ["series_skipped", "series_unskipped"]


def test_an_organiser_changes_skips_and_ends_a_series(app: Flask, cast: Cast) -> None:
    series, browser = make_series(cast, lead_days=0), cast.browsers["organiser"]
    path = f"{cast.home}/series/{series.id}"
    form = {"name": "Night", "team_mode": "drawn", "lead_days": "3", "grace_hours": "48", "rules_of": ""}
    assert browser.post(path, form).status_code == OUT
    db.session.refresh(series)
    assert (series.name, series.team_mode, series.lead_days, series.keeps_teams) == ("Night", "drawn", 3, False)
    later = next_window(Frame.MONTH, window_of(Frame.MONTH, series.next_on)).starts_on.isoformat()
    assert browser.post(f"{path}/skip", {"starts_on": later}).status_code == OUT
    assert "Skipped" in words(browser.get(path))
    assert browser.post(f"{path}/skip", {"starts_on": later, "again": "1"}).status_code == OUT
    db.session.rollback()
    assert db.session.scalars(select(SeriesSkip.starts_on)).all() == []
    assert browser.post(f"{path}/end").status_code == OUT
    assert "It has ended" in words(browser.get(path))


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "9999-12-32", "\x00"])
def test_a_month_that_is_none_is_refused(cast: Cast, text: str) -> None:
    series = make_series(cast)
    answer = cast.browsers["organiser"].post(f"{cast.home}/series/{series.id}/skip", {"starts_on": text})
    assert answer.status_code == BAD


@pytest.mark.parametrize(
    "wrong", [{"lead_days": "29"}, {"lead_days": ""}, {"grace_hours": "-1"}, {"team_mode": "x"}, {"rules_of": "4711"}]
)
def test_what_no_series_does_is_said_where_it_happened(cast: Cast, wrong: dict[str, str]) -> None:
    series = make_series(cast)
    form = {"name": "Night", "team_mode": "drawn", "lead_days": "3", "grace_hours": "48", "rules_of": "", **wrong}
    answer = cast.browsers["organiser"].post(f"{cast.home}/series/{series.id}", form)
    assert answer.status_code == OK
    assert "Almost there" in words(answer)


@pytest.mark.parametrize("enters", ["", "maybe", "YES"])
def test_a_choice_that_is_none_is_refused(cast: Cast, enters: str) -> None:
    series = make_series(cast)
    answer = cast.browsers["member"].post(f"{cast.home}/series/{series.id}/choose", {"enters": enters})
    assert answer.status_code == BAD
    assert db.session.scalars(select(SeriesChoice)).all() == []


def test_a_member_sets_their_own_target_and_nobody_else_s(cast: Cast) -> None:
    challenge = running(cast, rules=RuleSet(shape="target_share"))
    board, page = f"{cast.home}/c/{challenge.id}", f"{cast.home}/c/{challenge.id}/mine"
    assert "you have not set yours yet" in words(cast.browsers["member"].get(board))
    form = {"target": "120", "runner_id": str(cast.runners["organiser"].id)}
    assert cast.browsers["member"].post(page, form).status_code == OUT
    assert (target_of(cast, "member"), target_of(cast, "organiser")) == (120_000, None)
    assert cast.browsers["stranger"].post(page, {"target": "5"}).status_code == NONE
    assert "you have not set yours yet" not in words(cast.browsers["member"].get(board))
    assert "120.0 km" not in words(cast.browsers["organiser"].get(board))


@pytest.mark.parametrize(("shape", "is_optional"), [("target_share", False), ("plain", True)])
def test_a_target_is_called_optional_only_where_nobody_asks_for_it(cast: Cast, shape: str, is_optional: bool) -> None:
    challenge = running(cast, rules=RuleSet(shape=shape))
    page = cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}/mine").get_data(as_text=True)
    assert "My target" in page
    assert (">optional<" in page) == is_optional


@pytest.mark.parametrize("text", ["far", "-1", "0", "1e9", "9" * 300, "<b>"])
def test_what_is_no_target_comes_back_with_words(cast: Cast, text: str) -> None:
    challenge = running(cast)
    answer = cast.browsers["member"].post(f"{cast.home}/c/{challenge.id}/mine", {"target": text})
    assert answer.status_code == OK
    assert "please" in words(answer)
    assert target_of(cast, "member") is None


def test_a_member_leaves_one_challenge_and_comes_back(app: Flask, cast: Cast) -> None:
    challenge, browser = running(cast), cast.browsers["member"]
    path = f"{cast.home}/c/{challenge.id}"
    assert browser.post(f"{path}/step-out").status_code == OUT
    assert "You are not in this challenge" in words(browser.get(f"{path}/mine"))
    assert browser.post(f"{path}/enter").status_code == OUT
    run_jobs(app)
    assert target_of(cast, "member") is None


def test_someone_who_leaves_and_comes_back_takes_nothing_that_was_run_to_another_team(app: Flask, cast: Cast) -> None:
    challenge, browser = running(cast, "Red", "Blue", team_mode="named"), cast.browsers["member"]
    runner, today = cast.runners["member"], clock().today(cast.group.tz)
    read_in(
        runner.id, [reported("1", local_date=today - timedelta(days=1), start_utc=clock().now() - timedelta(days=1))]
    )
    path = f"{cast.home}/c/{challenge.id}"
    browser.post(f"{path}/step-out")
    assert "what you run from today on counts for your team" in words(browser.get(f"{path}/mine"))
    browser.post(f"{path}/enter")
    assert "You are in. Everything you have run since" in (page := words(browser.get(f"{path}/mine")))
    assert "what you run from today on counts for your team" in page
    db.session.rollback()
    entry = db.session.scalars(select(Entry).where(Entry.runner_id == runner.id)).one()
    assert [stint.from_date for stint in entry.stints] == [today]
    assert db.session.get_one(Standing, entry.id).total > 0
    assert db.session.scalars(select(TeamShare.entry_id)).all() == []
    read_in(runner.id, [reported("2", local_date=today, start_utc=clock().now())])
    assert db.session.scalars(select(TeamShare.entry_id)).all() == [entry.id]


def test_someone_who_comes_in_when_the_days_are_run_is_told_that_it_is_for_no_team(cast: Cast) -> None:
    yesterday = clock().today(cast.group.tz) - timedelta(days=1)
    challenge = running(cast, "Red", team_mode="named", ends_on=yesterday)
    cast.browsers["member"].post(f"{cast.home}/c/{challenge.id}/step-out")
    assert "nothing counts for a team any more." in words(
        cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}/mine")
    )


def test_only_captains_and_organisers_pick_and_only_organisers_name_captains(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue", team_mode="picked", days_ago=-3)
    path, red = f"{cast.home}/c/{challenge.id}", challenge.teams[0].id
    form = {f"captain-{red}": str(cast.runners["organiser"].id)}
    assert cast.browsers["member"].post(f"{path}/captains", form).status_code == NONE
    assert cast.browsers["organiser"].post(f"{path}/captains", form).status_code == OUT
    mileage_sweep()
    entry = db.session.scalars(select(Entry.id).where(Entry.runner_id == cast.runners["member"].id)).one()
    pick = {"number": "1", "entry": str(entry)}
    assert cast.browsers["member"].post(f"{path}/draft", pick).status_code == LATE
    assert "Pick 1" in words(cast.browsers["organiser"].get(f"{path}/draft"))
    assert cast.browsers["organiser"].post(f"{path}/draft", pick).status_code == OUT
    assert cast.browsers["organiser"].post(f"{path}/draft", pick).status_code == LATE
    for wrong in ({}, {"number": "x", "entry": "1"}, {"number": "2", "entry": "9" * 30}, {"number": "²", "entry": "1"}):
        assert cast.browsers["organiser"].post(f"{path}/draft", wrong).status_code == BAD
    assert "Everybody has a team" in words(cast.browsers["member"].get(f"{path}/draft"))


def test_a_challenge_without_captains_has_no_draft(cast: Cast) -> None:
    challenge = running(cast)
    assert cast.statuses(f"{cast.home}/c/{challenge.id}/draft") == [NONE, NONE, NONE, OUT]


def test_the_weeks_are_only_shown_to_their_runner(cast: Cast) -> None:
    challenge = running(cast, rules=RuleSet(shape="improvement"))
    page = words(cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}/baselines"))
    assert "Only you see these weeks" in page
    assert "Olga Orlova" in page


def test_during_grace_both_boards_are_reached_from_the_group(cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    old = running(cast, name="Old", starts_on=today - timedelta(days=30), ends_on=today - timedelta(days=2),
                  grace_hours=168)  # fmt: skip
    new = running(cast, name="New", days_ago=1)
    page = cast.browsers["member"].get(cast.home).text
    for challenge in (old, new):
        assert f'href="{cast.home}/c/{challenge.id}"' in page
    assert "Last uploads coming in" in page
    assert page.index("New</a>") < page.index("Old</a>")


def test_a_challenge_is_built_so_that_it_goes_on_by_itself(cast: Cast) -> None:
    form = form_with(cast.browsers["organiser"].get(f"{cast.home}/challenges/new/distance").text, "frame")
    answer = cast.browsers["organiser"].post(
        f"{cast.home}/challenges/new/distance", {**form.filled, "frame": "month", "name": "Club", "renews": "y"}
    )
    assert answer.status_code == OUT, words(answer)
    series = db.session.scalars(select(Series)).one()
    assert (series.name, series.frame) == ("Club", "month")


@pytest.mark.parametrize("text", ["9999-12-27", "9999-12-31", "9999-12-01", "0001-01-01"])
@pytest.mark.parametrize("frame", ["month", "week"])
def test_a_date_beyond_all_calendars_is_refused(cast: Cast, frame: str, text: str) -> None:
    series = make_series(cast, frame=frame)
    for more in ({}, {"again": "1"}):
        answer = cast.browsers["organiser"].post(f"{cast.home}/series/{series.id}/skip", {"starts_on": text, **more})
        assert answer.status_code == BAD


ENDING = datetime(2026, 11, 25, 12, tzinfo=UTC)


def november(cast: Cast, **values: object) -> Challenge:
    clock().set(now=ENDING)
    window = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30), "name": "November 2026"}
    challenge = make_challenge(cast.group, created_at=ENDING, **{**window, **values})  # type: ignore[arg-type]  # any column
    for who in ("organiser", "member"):
        make_entry(challenge, cast.runners[who])
    return challenge


def asked(cast: Cast, who: str) -> list[bool]:
    """Say on which of home and group page one is asked to go on."""
    return ["Nothing follows" in words(cast.browsers[who].get(path)) for path in ("/home", cast.home)]


def test_a_week_before_the_end_organisers_are_asked_to_go_on_and_one_tap_does_it(app: Flask, cast: Cast) -> None:
    challenge = november(cast)
    assert asked(cast, "organiser") == [True, True]
    assert asked(cast, "member") == [False, False]
    path = f"{cast.home}/c/{challenge.id}/go-on"
    assert [cast.browsers[who].post(path).status_code for who in ("member", "stranger")] == [NONE, NONE]
    assert cast.browsers["organiser"].post(path).status_code == OUT
    assert cast.browsers["organiser"].post(path).status_code == OUT
    db.session.rollback()
    series = db.session.scalars(select(Series)).one()
    assert (series.name, series.frame, series.next_on) == ("", "month", date(2027, 1, 1))
    names = db.session.scalars(select(Challenge.name).where(Challenge.series_id == series.id).order_by(Challenge.id))
    assert list(names) == ["November 2026", "December 2026"]
    assert asked(cast, "organiser") == [False, False]


@pytest.mark.parametrize(
    ("now", "follows", "is_asked"),
    [
        (ENDING - timedelta(days=2), False, False),
        (ENDING - timedelta(days=1), False, True),
        (datetime(2026, 12, 2, 0, tzinfo=UTC), False, True),
        (ENDING, True, False),
    ],
)
def test_organisers_are_asked_while_nothing_follows(cast: Cast, now: datetime, follows: bool, is_asked: bool) -> None:
    november(cast)
    if follows:
        make_challenge(cast.group, created_at=ENDING, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31))
    clock().set(now=now)
    assert asked(cast, "organiser") == [is_asked, is_asked]


def test_other_dates_cannot_repeat_and_lead_to_a_new_challenge(cast: Cast) -> None:
    challenge = november(cast, starts_on=date(2026, 11, 2))
    page = cast.browsers["organiser"].get(cast.home)
    assert "Nothing follows" in words(page) and "go-on" not in page.text
    answer = cast.browsers["organiser"].post(f"{cast.home}/c/{challenge.id}/go-on")
    assert answer.status_code == LATE and "Only a whole month or a whole week" in answer.text

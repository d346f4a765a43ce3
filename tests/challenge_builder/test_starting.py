"""Starting a challenge: from which page, by which form, with which teams, and what a wrong form says."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from tests.support.browser import words
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_forms import form, new, post
from tests.support.challenge_pages import path_of
from tests.support.forms import form_with
from tests.support.html import elements
from webapp.accounts.service import change_account
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry, TeamStint
from webapp.models.scoring import LedgerDay, Standing
from webapp.rulebook.lifecycle import month_name, month_window
from webapp.rulebook.ruleset import Eligibility, RuleSet

OUT, NONE, OK = 302, 404, 200


def start(cast: Cast, **fields: Any) -> Any:
    return post(cast, new(cast), form(RuleSet(), **fields))


def test_the_pages_are_for_organisers_alone(cast: Cast) -> None:
    gallery = f"{cast.home}/challenges/new"
    assert cast.statuses(gallery) == [OK, NONE, NONE, OUT]
    assert cast.browsers["member"].post(gallery, {"month": "2026-11"}).status_code == NONE


def test_starting_a_month_enters_everybody_and_puts_the_board_up(app: Flask, cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    answer = start(cast, month=f"{today:%Y-%m}")
    challenge = db.session.scalars(select(Challenge)).one()
    assert answer.headers["Location"] == path_of(cast, challenge, "rules")
    assert challenge.name == month_name(today.year, today.month)
    assert (challenge.starts_on, challenge.ends_on) == month_window(today.year, today.month)
    assert challenge.grace_hours == 24 and challenge.rules == RuleSet()
    run_jobs(app)
    page = words(cast.browsers["member"].get(cast.home))
    assert challenge.name in page and "Olga Orlova" in page and "being put together" not in page
    assert db.session.scalar(select(func.count()).select_from(Standing)) == 2


def test_a_past_or_a_coming_month_can_be_started_too(app: Flask, cast: Cast) -> None:
    browser = cast.browsers["organiser"]
    for month in ("2026-01", "2031-02"):
        typed = {"month": month, "name": f"Mine {month}", "grace_hours": "48"}
        assert start(cast, allow_private=True, allow_manual=True, **typed).status_code == OUT
    past, coming = db.session.scalars(select(Challenge).order_by(Challenge.starts_on)).all()
    assert (past.name, past.grace_hours) == ("Mine 2026-01", 48)
    assert past.rules.counts == Eligibility(private=True, manual=True)
    assert f"{coming.ends_on}" == "2031-02-28"
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 4
    run_jobs(app)
    page = words(browser.get(cast.home))
    assert "Being closed" in page and "Starts soon" in page


def test_named_teams_are_written_one_a_line_and_everybody_has_one(cast: Cast) -> None:
    answer = start(cast, teams_mode="named", team_names=" Red \r\n\r\nBlue\r\n")
    challenge = db.session.scalars(select(Challenge)).one()
    assert answer.headers["Location"] == path_of(cast, challenge, "fix-teams")
    assert [team.name for team in challenge.teams] == ["Red", "Blue"]
    assert len(set(db.session.scalars(select(TeamStint.team_id)))) == 2


@pytest.mark.parametrize("ticked", [False, True])
def test_what_a_late_joiner_brings_to_a_team_is_chosen_at_the_start(cast: Cast, ticked: bool) -> None:
    start(cast, teams_mode="named", team_names="Red\nBlue", late_counts_whole=ticked)
    challenge = db.session.scalars(select(Challenge)).one()
    assert challenge.late_counts_whole is ticked


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"team_count": "3"}, ["Team 1", "Team 2", "Team 3"]),
        ({"team_names": "Foxes\nOwls"}, ["Foxes", "Owls"]),
        ({"team_names": "Foxes", "team_count": "2"}, ["Foxes", "Team 1"]),
    ],
)
def test_drawn_teams_are_counted_or_named(cast: Cast, fields: dict[str, str], names: list[str]) -> None:
    day = clock().today(cast.group.tz) - timedelta(days=3)
    for who, metres in (("organiser", 50_000), ("member", 30_000)):
        sums = {"distance_m": metres, "moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres}
        db.session.add(LedgerDay(runner_id=cast.runners[who].id, sport_class="run", local_date=day, **sums))
    db.session.commit()
    assert start(cast, teams_mode="drawn", **fields).status_code == OUT
    challenge = db.session.scalars(select(Challenge)).one()
    assert [team.name for team in challenge.teams] == names
    assert len(set(db.session.scalars(select(TeamStint.team_id)))) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"month": ""}, "Please enter a month such as 2026-11"),
        ({"month": "2026-13"}, "Please enter a month such as 2026-11"),
        ({"month": "a\x00"}, "cannot be shown"),
        ({"name": "x" * 81}, "80"),
        ({"name": "a\u202e"}, "cannot be shown"),
        ({"teams_mode": "lots"}, "Not a valid choice"),
        ({"teams_mode": "named"}, "At least two teams"),
        ({"teams_mode": "named", "team_names": "Red\nred"}, "appears twice"),
        ({"teams_mode": "named", "team_names": "Red\n" + "x" * 61}, "60 characters at most"),
        ({"teams_mode": "named", "team_names": "Red\na\x00b"}, "cannot be shown"),
        ({"teams_mode": "drawn"}, "How many teams?"),
        ({"teams_mode": "drawn", "team_count": "1"}, "Between 2 and 50"),
        ({"teams_mode": "drawn", "team_count": "two"}, "Not a valid integer"),
        ({"teams_mode": "drawn", "team_count": "2", "team_names": "a1\nb1\nc1"}, "more names than teams"),
        ({"grace_hours": "-1"}, "Between 0 and 168"),
        ({"grace_hours": "99999999999999999999"}, "Between 0 and 168"),
        ({"grace_hours": ""}, "Not a valid integer"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_the_rest(cast: Cast, fields: dict[str, str], said: str) -> None:
    answer = start(cast, **{"month": "2026-11", "name": "Movember", **fields})
    assert answer.status_code == OK
    assert said in words(answer) and "Almost there" in words(answer)
    assert ("Movember" if "name" not in fields else "2026-11") in answer.text
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0


def test_old_addresses_still_lead_to_the_form(cast: Cast) -> None:
    browser, old = cast.browsers["organiser"], f"{cast.home}/challenges/new"
    assert browser.get(f"{old}?template=streak").headers["Location"] == new(cast, "streak")
    for query, preset in (("", "distance"), ("?template=streak", "streak")):
        answer = browser.post(f"{old}{query}", {"month": "2031-02"})
        assert (answer.status_code, answer.headers["Location"]) == (307, new(cast, preset))
    kept = post(cast, new(cast), MultiDict({"month": "2031-03", "name": "Movember", "teams_mode": "none"}))
    assert kept.status_code == OK and 'value="2031-03"' in kept.text and 'value="Movember"' in kept.text


def test_what_was_changed_stays_open_after_a_preview(cast: Cast) -> None:
    for preset in ("distance", "even_teams"):
        shown = form_with(cast.browsers["organiser"].get(new(cast, preset)).text, "min_distance").filled
        for typed, is_open in (({}, False), ({"min_distance": "3"}, True), ({"name": "Movember"}, True)):
            page = post(cast, new(cast, preset), MultiDict({**shown, "preview": "1", **typed}))
            (fold,) = elements(page.text, "form details.more")
            assert ("open" in fold.attributes) == is_open


@pytest.mark.parametrize(
    "rules",
    [
        RuleSet(shape="daily_cap", params={"cap": 12_345}, counts=Eligibility(min_distance_m=3_210)),
        RuleSet(measure="climb", shape="weekly_cap", params={"cap": 1_234}),
        RuleSet(measure="points", shape="steps"),
    ],
)
def test_a_copy_has_the_same_amounts_in_whatever_unit_its_organiser_reads_them(cast: Cast, rules: RuleSet) -> None:
    post(cast, new(cast), form(rules, month="2031-02"))
    first = db.session.scalars(select(Challenge)).one()
    assert first.rules == rules
    change_account(cast.runners["organiser"].id, "mi")
    db.session.commit()
    shown = form_with(cast.browsers["organiser"].get(path_of(cast, first, "copy")).text, "team_names").filled
    assert post(cast, path_of(cast, first, "copy"), MultiDict({**shown, "month": "2031-03"})).status_code == OUT
    second = db.session.scalars(select(Challenge).order_by(Challenge.id.desc()).limit(1)).one()
    assert second.rules == rules


def test_a_challenge_is_copied_with_its_rules_and_teams(cast: Cast) -> None:
    rules = RuleSet(shape="daily_cap", params={"cap": 12_000}, counts=Eligibility(manual=True))
    named: dict[str, Any] = {"teams_mode": "named", "team_names": "Red\nBlue", "grace_hours": "48"}
    post(cast, new(cast), form(rules, month="2031-02", late_counts_whole=True, **named))
    first = db.session.scalars(select(Challenge)).one()
    copy = path_of(cast, first, "copy")
    assert cast.statuses(copy) == [OK, NONE, NONE, OUT]
    assert copy in cast.browsers["organiser"].get(path_of(cast, first, "edit")).text
    page = cast.browsers["organiser"].get(copy).text
    assert "Another February 2031" in page and "last month." not in page
    shown = form_with(page, "team_names").filled
    assert post(cast, copy, MultiDict({**shown, "month": "2031-03"})).status_code == OUT
    second = db.session.scalars(select(Challenge).order_by(Challenge.id.desc()).limit(1)).one()
    assert (second.name, second.rules, second.grace_hours, second.late_counts_whole) == ("March 2031", rules, 48, True)
    assert [team.name for team in second.teams] == ["Red", "Blue"]

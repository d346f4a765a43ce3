"""Building a challenge from a preset, and looking at last month first."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from tests.support.browser import words
from tests.support.builders import make_challenge, make_member, make_runner
from tests.support.cast import Cast
from tests.support.challenge_forms import form, new, post
from tests.support.challenge_pages import path_of
from tests.support.forms import form_with
from tests.support.html import elements
from tests.support.running_challenge import running
from webapp.db import db
from webapp.extensions import clock
from webapp.formatting import Units
from webapp.models.challenges import Challenge, Series, Team
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConsentLevel
from webapp.rulebook.explanations import sentences
from webapp.rulebook.presets import PRESETS
from webapp.rulebook.ruleset import Eligibility, RuleSet

OUT, NONE, OK = 302, 404, 200
CAPPED = RuleSet(shape="daily_cap", params={"cap": 12_000})


def the_challenge() -> Challenge:
    db.session.expire_all()
    return db.session.scalars(select(Challenge)).one()


def test_the_gallery_leads_to_a_form_for_each_template(cast: Cast) -> None:
    page = words(cast.browsers["organiser"].get(f"{cast.home}/challenges/new"))
    for preset in PRESETS:
        assert preset.name in page and preset.line in page
        built = cast.browsers["organiser"].get(new(cast, preset.key))
        assert built.status_code == OK and preset.name in words(built)


def test_someone_who_is_no_organiser_builds_nothing(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    assert cast.statuses(new(cast)) == [OK, NONE, NONE, OUT]
    assert cast.statuses(path_of(cast, challenge, "rules/edit")) == [OK, NONE, NONE, OUT]
    for path in (new(cast), path_of(cast, challenge, "rules/edit")):
        assert post(cast, path, form(CAPPED, reason="So"), "member").status_code == NONE
        assert post(cast, path, form(CAPPED, reason="So"), "stranger").status_code == NONE
    assert the_challenge().edition == 1


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_each_template_starts_as_it_stands(cast: Cast, preset: Any) -> None:
    teams = {"teams_mode": preset.team_mode, "team_names": "Foxes\nOwls" if preset.team_mode != "none" else ""}
    answer = post(cast, new(cast, preset.key), form(preset.rules, **teams))
    challenge = the_challenge()
    assert answer.headers["Location"] == path_of(
        cast, challenge, "fix-teams" if preset.team_mode == "named" else "rules"
    )
    assert challenge.rules == preset.rules
    assert challenge.team_mode == preset.team_mode
    assert db.session.scalar(select(func.count()).select_from(Team)) == (2 if preset.team_mode != "none" else 0)
    assert cast.browsers["member"].get(path_of(cast, challenge, "rules")).status_code == OK


def test_a_template_says_its_rules_in_sentences_and_keeps_the_rest_folded(cast: Cast) -> None:
    page = cast.browsers["organiser"].get(new(cast, "streak"))
    (folded,) = elements(page.text, "form details.more")
    rules = folded.html or ""
    assert "open" not in folded.attributes
    for said in sentences(RuleSet("distance", "streak", {"min_amount": 1000, "rest": 1}), "km", has_teams=False):
        assert said in words(page) and said not in rules
    assert 'id="streak_rest"' in rules and 'name="grace_hours"' in rules and 'name="name"' in rules
    for in_front in ("frame", "month", "renews", "teams_mode", "team_names"):
        assert f'name="{in_front}"' not in rules and f'name="{in_front}"' in page.text


@pytest.mark.parametrize(("typed", "opens"), [({"daily_cap_cap": "far"}, True), ({"month": "soon"}, False)])
def test_the_rest_opens_after_an_error_in_it(cast: Cast, typed: dict[str, str], opens: bool) -> None:
    untouched = form_with(cast.browsers["organiser"].get(new(cast, "even_teams")).text, "month").filled
    page = post(cast, new(cast, "even_teams"), MultiDict({**untouched, **typed}))
    (folded,) = elements(page.text, "form details.more")
    assert ("open" in folded.attributes) is opens


def test_the_sentences_are_those_of_what_was_typed(cast: Cast) -> None:
    fields = form(CAPPED, daily_cap_cap="9", teams_mode="drawn", month="soon")
    page = words(post(cast, new(cast, "even_teams"), fields))
    assert "At most 9 km per day count." in page and "A team’s score" in page.replace("'", "’")


@pytest.mark.both_databases
@pytest.mark.parametrize(("level", "goal"), [(ConsentLevel.TOTALS, "90 km"), (ConsentLevel.POINTS, "1,000 km")])
def test_a_goal_is_proposed_from_what_members_share_of_the_last_month(
    cast: Cast, level: ConsentLevel, goal: str
) -> None:
    third = make_runner("Third")
    make_member(cast.group, third)
    last = clock().today(cast.group.tz).replace(day=1) - timedelta(days=3)
    sums = {"sport_class": "run", "local_date": last, "moving_s": 9000, "climb_m": 0, "runs": 1, "longest_m": 30_000}
    for runner in (cast.runners["organiser"], cast.runners["member"], third):
        db.session.add(LedgerDay(runner_id=runner.id, distance_m=30_000, **sums))
    # With one who shows a place alone, too few share what they ran.
    db.session.scalars(select(Consent).where(Consent.runner_id == third.id)).one().level = level
    db.session.commit()
    page = words(cast.browsers["organiser"].get(new(cast, "group_goal")))
    assert f"one goal of the whole group: {goal}." in page
    assert ("comes from what your group ran last month" in page) is (level == ConsentLevel.TOTALS)


def test_a_challenge_whose_captains_pick_leads_on_to_them(cast: Cast) -> None:
    browser = cast.browsers["organiser"]
    answer = post(cast, new(cast), form(RuleSet(), teams_mode="picked", team_names="Owls\nFoxes"))
    challenge = the_challenge()
    assert answer.headers["Location"] == path_of(cast, challenge, "draft")
    page = browser.get(answer.headers["Location"])
    assert "First, name the captains" in words(page) and "You can take it back until the next pick" in words(page)
    assert path_of(cast, challenge, "draft") in browser.get(path_of(cast, challenge, "")[:-1]).text
    assert "Captains pick the teams" in words(browser.get(path_of(cast, challenge, "")[:-1]))


def test_with_few_days_left_the_next_month_is_proposed(cast: Cast) -> None:
    for day, month in ((24, "2026-11"), (25, "2026-12")):
        clock().set(now=datetime(2026, 11, day, 12, tzinfo=clock().now().tzinfo))
        cast.browsers["organiser"].sign_in_as(cast.runners["organiser"])
        assert f'value="{month}"' in cast.browsers["organiser"].get(new(cast)).text


def test_every_rule_may_be_another_than_the_templates(cast: Cast) -> None:
    counts = Eligibility(frozenset({"Walk"}), manual=True, min_distance_m=2500, slowest=600, stops_unusual=True)
    mine = RuleSet("moving_time", "weekly_cap", {"cap": 3 * 3600}, counts)
    when = {"frame": "dates", "starts_on": "2031-02-03", "ends_on": "2031-02-16", "name": "Walks", "grace_hours": "48"}
    post(cast, new(cast, "streak"), form(mine, **when))
    challenge = the_challenge()
    assert challenge.rules == mine
    assert (challenge.name, challenge.grace_hours) == ("Walks", 48)
    assert (f"{challenge.starts_on}", f"{challenge.ends_on}") == ("2031-02-03", "2031-02-16")


def test_a_week_is_that_from_monday_to_sunday_around_the_day(cast: Cast) -> None:
    post(cast, new(cast, "hills"), form(RuleSet("climb"), frame="week", week="2031-02-06"))
    challenge = the_challenge()
    assert (f"{challenge.starts_on}", f"{challenge.ends_on}") == ("2031-02-03", "2031-02-09")
    assert challenge.name == "Mon 3 Feb to Sun 9 Feb 2031"


def test_a_challenge_that_renews_begins_a_series(cast: Cast) -> None:
    post(cast, new(cast), form(CAPPED, renews="y", lead_days="3", keeps_teams="y"))
    series = db.session.scalars(select(Series)).one()
    assert (series.frame, series.lead_days, series.keeps_teams, f"{series.next_on}") == ("month", 3, True, "2031-03-01")
    assert the_challenge().series_id == series.id and series.rules == CAPPED


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"month": "2031-13"}, "Please enter a month such as 2026-11"),
        ({"frame": "year"}, "Not a valid choice"),
        ({"frame": "week"}, "Any day of the week"),
        ({"frame": "week", "week": "1492-10-12"}, "A year between"),
        ({"frame": "week", "week": "soon"}, "Not a valid date"),
        ({"frame": "dates", "starts_on": "2031-02-03"}, "The last day, please."),
        ({"frame": "dates", "starts_on": "2031-02-03", "ends_on": "2031-02-01"}, "comes after the first"),
        ({"frame": "dates", "starts_on": "2031-02-03", "ends_on": "2033-02-03"}, "At most 366 days"),
        ({"frame": "dates", "starts_on": "2031-02-03", "ends_on": "2031-02-05", "renews": "y"}, "can repeat"),
        ({"renews": "y", "lead_days": "99"}, "Between 0 and 28"),
        ({"teams_mode": "picked"}, "At least two teams"),
        ({"teams_mode": "drawn"}, "How many teams?"),
        ({"daily_cap_cap": "lots"}, "A number of km"),
        ({"slowest": "soon"}, "as in 5:30"),
        ({"grace_hours": "999"}, "Between 0 and 168"),
    ],
)
def test_a_form_says_what_is_wrong_and_loses_nothing_typed(cast: Cast, typed: dict[str, str], said: str) -> None:
    fields = form(CAPPED, name="Movember", min_distance="2.5", streak_rest="4")
    for name, value in typed.items():
        fields[name] = value
    for extra in ({}, {"preview": "1"}):
        answer = post(cast, new(cast), MultiDict([*fields.items(multi=True), *extra.items()]))
        assert answer.status_code == OK
        assert said in words(answer) and "Almost there" in words(answer)
        assert all(f'value="{kept}"' in answer.text for kept in ("Movember", "2.5", "4"))
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0


def test_last_month_is_seen_before_anything_is_saved(app: Flask, cast: Cast) -> None:
    last = clock().today(cast.group.tz).replace(day=1) - timedelta(days=3)
    sums = {"sport_class": "run", "local_date": last, "moving_s": 9000, "climb_m": 0, "runs": 1, "longest_m": 30_000}
    for who, metres in (("organiser", 30_000), ("member", 11_000)):
        db.session.add(LedgerDay(runner_id=cast.runners[who].id, distance_m=metres, **sums))
    db.session.commit()
    page = words(post(cast, new(cast), form(CAPPED, preview="1")))
    assert "Plain distance" in page and "At most 12 km per day count." in page
    for total in ("12.0 km", "30.0 km", "11.0 km"):
        assert total in page
    assert "2 of 2 would have scored" in page and "within reach of the top ten" in page
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0
    make_challenge(cast.group, name="Plain old", created_at=clock().now())
    assert "Plain old" in words(post(cast, new(cast), form(CAPPED, preview="1")))


def test_an_organiser_who_runs_in_miles_builds_in_miles(cast: Cast) -> None:
    cast.runners["organiser"].units = Units.MI
    db.session.commit()
    page = cast.browsers["organiser"].get(new(cast))
    assert "min/mi" in page.text and "min/km" not in page.text
    assert "feet of climb" in words(page)
    typed = {"min_distance": "1", "slowest": "15:00", "daily_cap_cap": "10"}
    post(cast, new(cast), form(CAPPED, own="mi", **typed))
    made = the_challenge()
    rules = made.rules
    assert (rules.params["cap"], rules.counts.min_distance_m, rules.counts.slowest) == (16_093, 1609, 559)
    edit = cast.browsers["organiser"].get(path_of(cast, made, "rules/edit")).text
    assert all(f'value="{shown}"' in edit for shown in ("1", "15:00", "10"))
    assert "At most 10 mi per day count." in words(cast.browsers["organiser"].get(path_of(cast, made, "rules")))


def test_a_challenge_begins_with_the_name_of_its_template(cast: Cast) -> None:
    names = {preset.key: preset.name for preset in PRESETS}
    for key, name in names.items():
        page = cast.browsers["organiser"].get(new(cast, key)).text
        assert (f'value="{name}"' in page) == (key != "distance")


def test_a_second_one_of_a_name_and_dates_is_refused_at_its_name_and_nothing_typed_is_lost(cast: Cast) -> None:
    fields = form(CAPPED, name="Movember", renews="y", min_distance="2.5")
    post(cast, new(cast), fields)
    again = post(cast, new(cast), fields)
    assert again.status_code == 409
    assert "of this name and these dates" in words(again)
    assert all(f'value="{kept}"' in again.text for kept in ("Movember", "2.5"))
    assert the_challenge().name == "Movember, February 2031"


def test_what_an_organiser_typed_in_feet_and_a_mile_is_what_members_in_miles_read(cast: Cast) -> None:
    for who in ("organiser", "member"):
        cast.runners[who].units = Units.MI
    db.session.commit()
    climb = RuleSet("climb", "daily_cap", {"cap": 500})
    post(cast, new(cast), form(climb, own="mi", daily_cap_cap="1,000", slowest="8:30"))
    page = words(cast.browsers["member"].get(path_of(cast, the_challenge(), "rules")))
    assert "At most 1,000 ft per day count." in page and "no slower than 8:30 min/mi" in page

"""Pages of the rules of a challenge: reading them, changing them, and what a change did."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from tests.support.browser import words
from tests.support.builders import make_challenge, make_group
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_forms import post, sent
from tests.support.challenge_pages import path_of
from tests.support.running_challenge import running
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import RuleChange
from webapp.rulebook.ruleset import Eligibility, RuleSet

OUT, NONE, OK = 302, 404, 200
CAPPED = RuleSet(shape="daily_cap", params={"cap": 12_000})


def test_the_rules_are_for_members(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    assert cast.statuses(path_of(cast, challenge, "rules")) == [OK, OK, NONE, OUT]
    assert cast.statuses(path_of(cast, challenge, "rules/changes")) == [NONE, NONE, NONE, OUT]
    other = make_challenge(make_group(), created_at=clock().now())
    assert cast.browsers["organiser"].get(path_of(cast, other, "rules")).status_code == NONE
    assert cast.browsers["organiser"].get(path_of(cast, other, "rules/edit")).status_code == NONE


def test_members_read_rules_dates_and_teams(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast, "Red", "Blue", rules=CAPPED, grace_hours=36)
    page = words(cast.browsers["member"].get(path_of(cast, challenge, "rules")))
    assert "At most 12 km per day count." in page
    assert "36 hours after the last day" in page and "What a day brings" in page
    assert "A team’s score" in page.replace("'", "’")
    assert "Change the rules" not in page
    assert "Change the rules" in words(cast.browsers["organiser"].get(path_of(cast, challenge, "rules")))
    assert path_of(cast, challenge, "rules") in cast.browsers["member"].get(path_of(cast, challenge, "")[:-1]).text


def test_a_change_is_announced_derived_and_shown_to_everybody(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    path = path_of(cast, challenge, "rules/edit")
    answer = post(cast, path, sent(CAPPED, reason="One long day\r\ndecided it"))
    assert answer.headers["Location"] == path_of(cast, challenge, "rules/changes")
    member = cast.browsers["member"]
    deriving = member.get(path_of(cast, challenge, "rules/changes"))
    assert "0 of 2" in words(deriving) and "<progress" in deriving.text
    part = member.get(path_of(cast, challenge, "rules/changes/part"))
    assert "X-Refresh" not in part.headers and "0 of 2" in words(part)
    assert "still being worked out" in words(cast.browsers["organiser"].get(path))
    assert post(cast, path, sent(RuleSet("climb"), reason="So")).status_code == 409
    db.session.rollback()  # of what was refused; a real request ends with it
    assert "New rules are being worked out" in words(member.get(path_of(cast, challenge, "")[:-1]))
    run_jobs(app)
    part = member.get(path_of(cast, challenge, "rules/changes/part"))
    assert part.headers["X-Refresh"] == "done"
    done = words(member.get(path_of(cast, challenge, "rules/changes")))
    assert "What it changed for you" in done and "place 2" in done and "place 1" in done
    assert "30.0 km" in done and "12.0 km" in done and "Olga Orlova" in done
    for page in (cast.home, path_of(cast, challenge, "")[:-1], path_of(cast, challenge, "rules")):
        news = words(member.get(page))
        assert "One long day decided it" in news
        assert "Every day counts in full" in news and "At most 12 km per day count." in news


def test_a_change_wants_a_reason_and_a_change(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    path = path_of(cast, challenge, "rules/edit")
    for reason in ("", "   ", "a\u202eb", "x" * 281):
        answer = post(cast, path, sent(CAPPED, reason=reason))
        assert answer.status_code == OK and "Almost there" in words(answer)
    same = post(cast, path, sent(RuleSet(), reason="So"))
    assert same.headers["Location"] == path
    assert "As they are now" in words(post(cast, path, sent(CAPPED, reason="So", preview="1")))
    assert db.session.scalar(select(func.count()).select_from(RuleChange)) == 0


def test_news_of_a_change_grows_old(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    post(cast, path_of(cast, challenge, "rules/edit"), sent(CAPPED, reason="One long day"))
    run_jobs(app)
    clock().set(now=clock().now() + timedelta(days=8))
    cast.browsers["member"].sign_in_as(cast.runners["member"])
    assert "One long day" not in words(cast.browsers["member"].get(path_of(cast, challenge, "")[:-1]))
    assert "One long day" in words(cast.browsers["member"].get(path_of(cast, challenge, "rules")))


def test_what_a_change_did_shows_who_shares_it_and_nobody_else(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    post(cast, path_of(cast, challenge, "rules/edit"), sent(RuleSet("longest_run"), reason="The long one"))
    run_jobs(app)
    page = words(cast.browsers["member"].get(path_of(cast, challenge, "rules/changes")))
    assert "What it changed for you" in page
    assert "30.0 km" not in page  # nobody agreed to have their longest run seen


def test_a_changed_bound_on_single_runs_shows_ones_own_totals_and_all_places(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    least = RuleSet(counts=Eligibility(min_distance_m=12_000))
    post(cast, path_of(cast, challenge, "rules/edit"), sent(least, reason="Long ones"))
    run_jobs(app)
    page = words(cast.browsers["organiser"].get(path_of(cast, challenge, "rules/changes")))
    assert "30.0 km" in page and "Mia Meyer" in page
    assert "22.0 km" not in page  # hers, beside what was left of it


def test_a_finished_challenge_keeps_its_rules(app: Flask, cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    challenge = running(app, cast, starts_on=today - timedelta(days=40), ends_on=today - timedelta(days=10))
    path = path_of(cast, challenge, "rules/edit")
    assert "This challenge is finished" in words(cast.browsers["organiser"].get(path))
    assert post(cast, path, sent(CAPPED, reason="So")).status_code == 409
    assert "Change the rules" not in words(cast.browsers["organiser"].get(path_of(cast, challenge, "rules")))


def test_odd_addresses_of_changes_are_no_pages_and_no_failures(app: Flask, cast: Cast) -> None:
    challenge = running(app, cast)
    post(cast, path_of(cast, challenge, "rules/edit"), sent(CAPPED, reason="So"))
    run_jobs(app)
    path = path_of(cast, challenge, "rules/changes")
    browser = cast.browsers["member"]
    assert browser.get(f"{path}?edition=99").status_code == NONE
    for query in ("?edition=2&page=0", "?page=99999999999999999999", "?edition=x", "?edition=2&page=-1"):
        assert browser.get(path + query).status_code == OK

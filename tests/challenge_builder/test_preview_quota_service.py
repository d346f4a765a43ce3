"""How many previews an organiser may ask for within a day, however many processes answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask

from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.cast import Cast, make_cast
from tests.support.challenge_forms import form, new, post
from webapp.accounts.service import erase_runner
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.sync import Connection
from webapp.paging import Page
from webapp.rulebook.ruleset import Eligibility, RuleSet

ALLOWED = 3
RULES = RuleSet(counts=Eligibility(min_distance_m=5_000))


@pytest.fixture
def cast(app: Flask) -> Iterator[Cast]:
    usual = app.extensions["settings"]
    app.extensions["settings"] = usual.model_copy(update={"previews_a_day": ALLOWED})
    yield make_cast(app)
    app.extensions["settings"] = usual


def is_shown(browser: Browser, path: str) -> bool:
    answer = browser.post(path, form(RULES, preview="1"))
    assert answer.status_code == 200
    assert ('id="preview"' in answer.text) != (f"{ALLOWED} previews within 24 hours" in words(answer))
    return 'id="preview"' in answer.text


def test_each_preview_is_in_the_groups_log_with_its_rules(cast: Cast) -> None:
    post(cast, new(cast), form(RULES, preview="1"))
    line = log_page(cast.group.id, Page(1, 10))[0]
    assert line.sentence == "Olga Orlova previewed a past month under other rules"
    assert "A run must have at least 5 km." in line.reason


def test_an_organiser_has_a_limit_of_previews_a_day_over_all_groups(cast: Cast) -> None:
    other, organiser = make_group(), cast.browsers["organiser"]
    make_member(other, cast.runners["organiser"], role="organiser")
    paths = [new(cast), f"/g/{other.slug}/challenges/new/distance"]
    assert [is_shown(organiser, paths[n % 2]) for n in range(ALLOWED + 1)] == [True] * ALLOWED + [False]
    make_member(other, cast.runners["member"], role="organiser")
    assert is_shown(cast.browsers["member"], paths[1])
    clock().set(now=NOON + timedelta(days=1, hours=1))
    assert is_shown(organiser, paths[0])


def test_a_challenge_over_past_days_with_bounds_on_runs_counts_as_a_preview(cast: Cast) -> None:
    connected(cast.runners["organiser"], 140_000_001)
    organiser, past = cast.browsers["organiser"], {"frame": "dates", "starts_on": "2026-10-01", "ends_on": "2026-10-31"}
    bounds = [replace(RULES, counts=Eligibility(min_distance_m=5_000 + 10 * step)) for step in range(ALLOWED + 1)]
    asked = [form(rules, name=f"Last month {number}", **past) for number, rules in enumerate(bounds)]
    assert [organiser.post(new(cast), fields).status_code for fields in asked[:ALLOWED]] == [302] * ALLOWED
    refused = organiser.post(new(cast), asked[ALLOWED])
    assert refused.status_code == 429
    assert f"{ALLOWED} previews within 24 hours" in words(refused)
    assert f'value="Last month {ALLOWED}"' in refused.text
    assert not is_shown(organiser, new(cast))
    from_today = {"frame": "dates", "starts_on": f"{NOON.date()}", "ends_on": "2026-12-31"}
    assert organiser.post(new(cast), form(RULES, name="From today", **from_today)).status_code == 302
    begun = {"frame": "dates", "starts_on": "2026-11-01", "ends_on": "2026-11-30"}
    plain = organiser.post(new(cast), form(RuleSet(), name="Plain", **begun))
    assert plain.status_code == 302
    changed = organiser.post(f"{plain.location}/edit", form(RULES, reason="Only long ones count"))
    assert changed.status_code == 429
    assert "Only long ones count" in changed.text


def connected(runner: Runner, athlete_id: int) -> None:
    tokens = {"access_token": "sealed", "refresh_token": "sealed", "expires_at": NOON, "scopes": "activity:read"}
    db.session.add(Connection(runner_id=runner.id, athlete_id=athlete_id, connected_at=NOON, **tokens))
    db.session.commit()


def organiser_of_a_new_group(app: Flask, runner: Runner) -> tuple[Browser, str, int]:
    """Return the browser of a runner who starts a group, the page of a new challenge there, and the group's id."""
    group, browser = make_group(), Browser(app)
    make_member(group, runner, role="organiser")
    browser.sign_in_as(runner)
    return browser, f"/g/{group.slug}/challenges/new/distance", group.id


def test_the_limit_outlives_the_group_and_the_account(app: Flask, cast: Cast) -> None:
    runner = make_runner("Ida Ibsen")
    connected(runner, 4711)
    for _ in range(ALLOWED):
        browser, path, group_id = organiser_of_a_new_group(app, runner)
        assert is_shown(browser, path)
        leave(group_id, runner.id, NOON)
        db.session.commit()
    browser, path, _ = organiser_of_a_new_group(app, runner)
    assert not is_shown(browser, path)
    erase_runner(runner.id, NOON)
    db.session.commit()
    again = make_runner("Ida Ibsen")
    connected(again, 4711)
    browser, path, _ = organiser_of_a_new_group(app, again)
    assert not is_shown(browser, path)
    clock().set(now=NOON + timedelta(days=1, hours=1))
    assert is_shown(browser, path)


def test_requests_at_once_are_counted_one_by_one(app: Flask, cast: Cast) -> None:
    browsers = [Browser(app) for _ in range(2 * ALLOWED)]
    for browser in browsers:
        browser.sign_in_as(cast.runners["organiser"])
    ready, path = Barrier(len(browsers)), new(cast)

    def send(browser: Browser) -> bool:
        ready.wait()
        return is_shown(browser, path)

    db.session.rollback()
    with ThreadPoolExecutor(len(browsers)) as threads:
        assert sum(threads.map(send, browsers)) == ALLOWED
    assert len(log_page(cast.group.id, Page(1, 20))) == ALLOWED

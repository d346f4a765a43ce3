"""All my runs: one's own, without verdicts, and the days whose runs are no longer kept."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from integrations.strava.types import ActivityRow
from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.groups import Group


@pytest.fixture
def ana(app: Flask) -> Runner:
    return make_runner()


@pytest.fixture
def browser(app: Flask, ana: Runner) -> Browser:
    return signed_in(app, ana)


def look(browser: Browser, path: str = "/my-runs/all") -> str:
    answer = browser.get(path)
    db.session.rollback()
    assert answer.status_code == 200
    return words(answer)


def run_on(source_id: str, day: date, **values: Any) -> ActivityRow:
    """Return a run at seven in the morning of a day."""
    start = datetime.combine(day, time(7), UTC)
    return reported(source_id, local_date=day, start_utc=start, **values)


def group_of(ana: Runner) -> Group:
    group = make_group()
    make_member(group, ana)
    return group


def test_runs_are_listed_by_pages_without_verdicts(browser: Browser, ana: Runner) -> None:
    days = [reported(str(day), title=f"Run {day}", local_date=date(2026, 9, 1 + day % 30)) for day in range(60)]
    read_in(ana.id, days)
    first, second = look(browser), look(browser, "/my-runs/all?page=2")
    assert "Page 1 of 2" in first and "Page 2 of 2" in second
    assert "Counts" not in first and "Does not count" not in first
    assert "5:00 /km" in first


def test_days_whose_runs_are_gone_are_shown_from_the_ledger(browser: Browser, ana: Runner) -> None:
    early = run_on("1", date(2026, 11, 7), distance_m=4_200)
    read_in(ana.id, [early, run_on("2", date(2026, 11, 12), title="Still here")])
    make_connection(ana, read_from=date(2026, 11, 10))
    db.session.execute(delete(Activity).where(Activity.local_date < date(2026, 11, 10)))
    db.session.commit()
    page = look(browser)
    assert "Still here" in page
    assert "Sat 7 Nov" in page and "1 run; details are no longer kept" in page and "4.2 km" in page


def test_with_days_but_no_runs_the_page_is_not_called_empty(browser: Browser, ana: Runner) -> None:
    read_in(ana.id, [run_on("1", date(2026, 11, 1))])
    make_connection(ana, read_from=date(2026, 11, 19))
    db.session.execute(delete(Activity))
    db.session.commit()
    page = look(browser)
    assert "No runs here yet" not in page
    assert "Sun 1 Nov" in page


def test_pages_go_from_runs_to_days_without_losing_any(browser: Browser, ana: Runner) -> None:
    old = [run_on(f"o{day}", date(2026, 9, day)) for day in range(1, 31)]
    new = [run_on(f"n{day}", date(2026, 10, day), title=f"New {day}") for day in range(1, 32)]
    read_in(ana.id, old + new)
    make_connection(ana, read_from=date(2026, 10, 1))
    db.session.execute(delete(Activity).where(Activity.local_date < date(2026, 10, 1)))
    db.session.commit()
    first, second = look(browser), look(browser, "/my-runs/all?page=2")
    assert all(f"New {day}<" in first for day in range(1, 32))
    shown = [day for day in range(1, 31) if f"{day} Sep" in first or f"{day} Sep" in second]
    assert len(shown) == 30
    assert "12 Sep" in first and "11 Sep" not in first and "11 Sep 2026" in second


def test_without_anything_the_page_says_what_to_do(browser: Browser) -> None:
    assert "No runs here yet" in look(browser)


def test_a_run_dated_ahead_is_not_among_the_runs_and_says_why(browser: Browser, ana: Runner) -> None:
    tomorrow = clock().now().date() + timedelta(days=1)
    read_in(ana.id, [run_on("1", tomorrow, title="In Kiritimati"), run_on("2", date(2026, 11, 29), title="From 2026")])
    page = look(browser)
    assert page.index("Dated ahead") < page.index("From 2026") < page.index("In Kiritimati")
    clock().set(now=datetime(2026, 11, 29, tzinfo=UTC))
    assert "From 2026" in look(browser) and "Dated ahead" not in look(browser)


def test_other_sports_are_kept_apart(browser: Browser, ana: Runner) -> None:
    read_in(ana.id, [reported("1", title="Commute", sport_type="Ride")])
    page = look(browser)
    assert "Other sports (1)" in page and "No runs here yet" in page


def test_runs_of_others_are_never_shown(browser: Browser) -> None:
    read_in(make_runner("Ben Okoro").id, [reported("1", title="Secret loop")])
    assert "Secret loop" not in look(browser)


def test_my_runs_leads_to_the_one_challenge_that_is_open(browser: Browser, ana: Runner) -> None:
    group = group_of(ana)
    challenge = make_challenge(group)
    make_entry(challenge, ana)
    answer = browser.get("/my-runs")
    assert answer.headers["Location"] == f"/g/{group.slug}/c/{challenge.id}/my-runs"


def test_my_runs_leads_to_all_runs_where_no_challenge_or_several_are_open(browser: Browser, ana: Runner) -> None:
    assert browser.get("/my-runs").headers["Location"] == "/my-runs/all"
    group = group_of(ana)
    for name in ("November", "Climb"):
        make_entry(make_challenge(group, name=name), ana)
    assert browser.get("/my-runs").headers["Location"] == "/my-runs/all"
    page = look(browser)
    assert "What counts in November" in page and "What counts in Climb" in page


def test_visitors_are_asked_to_sign_in(app: Flask) -> None:
    for path in ("/my-runs", "/my-runs/all"):
        assert Browser(app).get(path).headers["Location"].startswith("/connect")

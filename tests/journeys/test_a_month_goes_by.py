"""An organiser starts a challenge that goes on by itself: the month closes, and the next one is there."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jobs.challenges import begin_sweep, close_sweep, renew_sweep
from jobs.leaderboards import roll_over_days
from tests.journeys.conftest import OpenAs
from tests.support.cast import Cast, make_cast, run_jobs
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.rulebook.presets import PRESETS

pytestmark = pytest.mark.only_postgresql  # all pages of a month

MIDDLE = datetime(2026, 11, 10, 12, tzinfo=UTC)
WEEK_BEFORE = datetime(2026, 11, 26, 12, tzinfo=UTC)
# Wherever on earth, November is over; its late uploads still count for a while.
IN_GRACE = datetime(2026, 12, 1, 18, tzinfo=UTC)
AFTER_GRACE = IN_GRACE + timedelta(days=2)


def it_becomes(app: Flask, moment: datetime) -> None:
    """Let it be `moment`, and the schedule do its rounds until nothing more comes of them."""
    clock().set(now=moment)
    for _ in range(3):
        for work in (renew_sweep, begin_sweep, roll_over_days, close_sweep):
            work()
        run_jobs(app)


def months(cast: Cast) -> dict[str, str]:
    """Return the address of each challenge by the month of its first date."""
    found = db.session.scalars(select(Challenge).order_by(Challenge.id)).all()
    return {f"{one.starts_on:%B}": f"{cast.home}/c/{one.id}" for one in found}


def stands_as(page: Page, address: str, state: str) -> None:
    page.goto(address)
    expect(page.locator(".head__state")).to_have_text(state)


def test_the_month_closes_and_the_next_one_is_there(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=MIDDLE)
    cast = make_cast(app)
    olga, mia = (open_as(cast.runners[who]) for who in ("organiser", "member"))
    olga.goto(f"{cast.home}/challenges/new/{PRESETS[0].key}")
    expect(olga.locator("[name=renews]")).to_be_checked()
    olga.get_by_role("button", name="Start the challenge").click()
    expect(olga.get_by_text("every member is in it")).to_be_visible()

    it_becomes(app, MIDDLE + timedelta(hours=1))
    assert list(months(cast)) == ["November"]
    it_becomes(app, WEEK_BEFORE)
    assert list(months(cast)) == ["November", "December"]
    november, december = months(cast).values()
    stands_as(mia, december, "Starts soon")

    it_becomes(app, IN_GRACE)
    stands_as(mia, november, "Last uploads coming in")
    mia.goto(cast.home)
    for address in (november, december):
        expect(mia.locator(f"a[href='{address}']").first).to_be_visible()
    mia.goto(december)
    expect(mia.locator("#me").first).to_contain_text("Mia Meyer")

    it_becomes(app, AFTER_GRACE)
    stands_as(mia, november, "Final")
    olga.goto(f"{cast.home}/log")
    expect(olga.get_by_text("became final")).to_have_count(1)
    expect(olga.get_by_text("was created automatically, like the one before")).to_have_count(1)
    assert list(months(cast)) == ["November", "December"]

"""The morning after: a run came in at night, and the start page says whom it passed."""

from datetime import UTC, date, datetime

from flask import Flask
from playwright.sync_api import expect

from tests.journeys.conftest import OpenAs
from tests.support.builders import make_challenge, make_entry
from tests.support.cast import make_cast, run_jobs
from tests.support.derived import read_in
from tests.support.runs import reported
from tests.support.steps import tab
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.queue import enqueue

EVENING = datetime(2026, 11, 12, 18, tzinfo=UTC)
NIGHT = datetime(2026, 11, 12, 22, tzinfo=UTC)
MORNING = datetime(2026, 11, 13, 7, tzinfo=UTC)


def comes_in(app: Flask, runner: Runner, challenge_id: int, name: str, metres: int, day: int) -> None:
    """Let a run arrive, and the board and its overtakes follow."""
    began = datetime(2026, 11, day, 6, tzinfo=UTC)
    read_in(runner.id, [reported(name, distance_m=metres, local_date=date(2026, 11, day), start_utc=began)])
    enqueue(Job.PUBLISH_BOARD, challenge_id)
    run_jobs(app)


def test_the_start_page_says_in_the_morning_whom_i_passed_at_night(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=EVENING)
    cast = make_cast(app)
    challenge = make_challenge(cast.group)
    olga, mia = cast.runners["organiser"], cast.runners["member"]
    for runner, metres in ((olga, 12_000), (mia, 9_000)):
        make_entry(challenge, runner)
        comes_in(app, runner, challenge.id, f"first-{runner.id}", metres, 3)

    page = open_as(mia)
    with page.expect_response("**/home/visit") as told:
        page.goto("/home")
    assert told.value.status == 204
    card = page.locator(".morning")
    expect(card).to_contain_text("You are 2nd, chasing Olga Orlova")
    expect(card).not_to_contain_text("last here")

    clock().set(now=NIGHT)
    comes_in(app, mia, challenge.id, "night", 5_000, 12)
    clock().set(now=MORNING)
    page.goto("/home")
    expect(card).to_contain_text("You are in front")
    expect(card).to_contain_text("Since you were last here Thu 12 Nov")
    expect(card.get_by_role("listitem").filter(has_text="You passed Olga Orlova.")).to_be_visible()

    card.get_by_role("link", name="Chase", exact=True).click()
    expect(tab(page, "Chase")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("heading", name="Since you were last here")).to_be_visible()

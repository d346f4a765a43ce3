"""Showing up, in browsers: a run is planned and answered, one who is missed is written to, one is left in peace."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from jobs.notifications import fan_out_facts
from tests.journeys.conftest import OpenAs
from tests.support.builders import NOON, make_connected, make_group, make_member, make_runner
from tests.support.challenges import ran
from tests.support.consents import choose
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.missing import Nudge

A_DAY = timedelta(days=1)


@pytest.fixture
def group(app: Flask) -> Group:
    clock().set(now=NOON)
    return make_group(tz="Europe/Berlin")


def member(group: Group, name: str, role: str = "member") -> Runner:
    """Return a runner who joined long ago."""
    runner = make_runner(name)
    make_connected(runner)
    make_member(group, runner, role=role, joined_at=NOON - 90 * A_DAY)
    return runner


def read(page: Page, subject: str) -> None:
    """Find something in the inbox."""
    fan_out_facts()
    page.goto("/notifications")
    expect(page.get_by_role("heading", name=subject)).to_be_visible()


def test_a_silent_member_is_seen_by_the_captain_and_gets_one_kind_message(group: Group, open_as: OpenAs) -> None:
    captain, ana = member(group, "Olga Orlova", "captain"), member(group, "Ana Ruiz")
    choose(group.id, ana.id, missing=True, nudges=True)
    set_last_run(ana.id, 10)
    anas = open_as(ana)
    anas.goto(f"/g/{group.slug}/missing")
    anas.get_by_label("After how many days without a run").fill("7")
    anas.get_by_role("button", name="Save").click()

    page = open_as(captain)
    page.goto(f"/g/{group.slug}/missing")
    expect(page.get_by_text("Ana Ruiz").first).to_be_visible()
    page.get_by_role("link", name="Write").click()
    page.get_by_label("Message").fill("We missed you on Tuesday. Thursday is easy, Ben is in.")
    page.get_by_role("button", name="Send").click()
    page.goto(f"/g/{group.slug}/missing")
    expect(page.get_by_role("link", name="Write")).to_have_count(0)

    read(anas, "Olga Orlova thinks of you")
    expect(anas.get_by_text("“We missed you on Tuesday. Thursday is easy, Ben is in.”")).to_be_visible()
    expect(anas.get_by_role("heading", name="thinks of you")).to_have_count(1)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Nudge)) == 1


def set_last_run(runner_id: int, days_ago: int) -> None:
    """Let a runner have run last so many days ago."""
    ran(runner_id, NOON.date() - days_ago * A_DAY, 8000)
    db.session.commit()

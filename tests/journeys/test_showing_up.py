"""Showing up, in browsers: a run is planned and answered, one who is missed is written to, one is left in peace."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from jobs.facts import due_facts
from jobs.notifications import fan_out_facts
from tests.journeys.conftest import OpenAs
from tests.support.boards import make_board, publish, set_total
from tests.support.builders import NOON, make_connected, make_group, make_member, make_runner
from tests.support.challenges import ran
from tests.support.consents import choose
from tests.support.group_runs import group_run
from tests.support.told_runs import answered
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.missing import Nudge
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer
from webapp.notifications.inbox_queries import unread_count

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


def plan_tuesdays(page: Page, group: Group) -> None:
    """Plan Tuesdays with three pace groups, one of them for a single runner, without a leader for the fast one."""
    page.goto(f"/g/{group.slug}/run-series/new")
    page.get_by_label("Title").fill("Tuesday run")
    page.get_by_label("Day", exact=True).select_option("Tuesday")
    page.get_by_label("Time", exact=True).fill("18:30")
    page.get_by_label("What for").fill("Easy miles, and company.")
    page.get_by_label("Meeting place").fill("The fountain")
    paces = {"Chatty": ("7:00", "6:30"), "Steady": ("6:30", "6:00"), "Fast": ("5:30", "5:00")}
    for number, (name, (slow, fast)) in enumerate(paces.items()):
        fold = page.locator(".pace-edit").nth(number)
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()
        fold.get_by_label("Name").fill(name)
        fold.get_by_label("Slowest pace").fill(slow)
        fold.get_by_label("Fastest pace").fill(fast)
        if name == "Steady":
            fold.get_by_label("At most").fill("1")
        if name != "Fast":
            fold.get_by_label("Leads").select_option("Olga Orlova")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("Tuesday run").first).to_be_visible()


def answer(page: Page, address: str, pace_group: str, says: str) -> None:
    """Answer a run with one tap, in a pace group."""
    page.goto(address)
    page.get_by_role("radio", name=pace_group).check()
    page.get_by_role("button", name=says).click()


def expect_answer(page: Page, words: str) -> None:
    """Find the reader's answer on the page of a run."""
    expect(page.locator("#answer").get_by_text(words, exact=True)).to_be_visible()


def test_tuesdays_are_planned_members_answer_and_one_who_waits_moves_up(group: Group, open_as: OpenAs) -> None:
    olga, ana, ben = (member(group, *who) for who in (("Olga Orlova", "organiser"), ("Ana Ruiz",), ("Ben Ode",)))
    organiser = open_as(olga)
    plan_tuesdays(organiser, group)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(GroupRun)) == 8
    run = db.session.scalars(select(GroupRun).order_by(GroupRun.starts_at)).first()
    assert run and run.on_date.weekday() == 1
    address = f"/g/{group.slug}/runs/{run.id}"

    anas, bens = open_as(ana), open_as(ben)
    anas.goto(f"/g/{group.slug}/runs")
    expect(anas.get_by_text("needs a leader").first).to_be_visible()
    answer(anas, address, "Steady", "I’m in")
    expect_answer(anas, "You’re in")
    answer(bens, address, "Steady", "I’m in")
    expect_answer(bens, "1st on the waiting list")

    anas.get_by_role("button", name="I’m out").click()
    expect_answer(anas, "Not this time")
    bens.goto(address)
    expect_answer(bens, "You’re in")
    read(bens, "You are in: Tuesday run")
    bens.get_by_role("button", name="See the run").first.click()
    expect(bens.get_by_role("heading", name="Tuesday run")).to_be_visible()

    clock().set(now=run.starts_at - timedelta(hours=24))
    due_facts()
    read(bens, "Tomorrow, 18:30: Tuesday run")
    read(organiser, "Tuesday run, tomorrow 18:30, needs a leader")


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

    read(anas, "Olga Orlova is thinking of you")
    expect(anas.get_by_text("“We missed you on Tuesday. Thursday is easy, Ben is in.”")).to_be_visible()
    expect(anas.get_by_role("heading", name="is thinking of you")).to_have_count(1)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Nudge)) == 1


def set_last_run(runner_id: int, days_ago: int) -> None:
    """Let a runner have run last so many days ago."""
    ran(runner_id, NOON.date() - days_ago * A_DAY, 8000)
    db.session.commit()


def test_i_set_injured_and_nothing_nags_me(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, dict(zip(made.entries, (9000, 5000), strict=True)))
    publish(made)
    ana_id, ben_id = made.runners
    choose(made.group.id, ana_id, missing=True, nudges=True)
    run = group_run(made.group)
    answered(run, ana_id)
    db.session.commit()

    anas = open_as(db.session.get_one(Runner, ana_id))
    anas.goto("/account/break")
    anas.get_by_role("button", name="Injured").click()
    expect(anas.get_by_text("You are on a break until you end it.")).to_be_visible()
    db.session.rollback()
    assert db.session.scalar(select(Rsvp.answer).where(Rsvp.runner_id == ana_id)) == RsvpAnswer.OUT

    with write_transaction():
        for runner_id in made.runners:
            ids = {"group_id": made.group.id, "challenge_id": made.challenge.id, "runner_id": runner_id}
            record_fact(FactKind.OVERTAKEN, runner_id, NOON, **ids, data={"date": NOON.date().isoformat()})
    clock().set(now=run.starts_at - timedelta(hours=24))
    due_facts()
    fan_out_facts()
    anas.goto("/notifications")
    expect(anas.get_by_text("Nothing yet")).to_be_visible()
    assert unread_count(ana_id) == 0 and unread_count(ben_id) > 0
    assert db.session.scalar(select(func.count()).select_from(Fact).where(Fact.kind == FactKind.RUN_REMINDER)) == 1

    bens = open_as(db.session.get_one(Runner, ben_id))
    bens.goto(f"/g/{made.group.slug}/runs/{run.id}")
    expect(bens.get_by_text("Injured")).to_have_count(0)

    anas.goto("/account/break")
    anas.get_by_role("button", name="I am back").click()
    expect(anas.get_by_text("Good to have you back")).to_be_visible()

"""Tonight first: the next run on the start page and on the group's page."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.browser import signed_in
from tests.support.builders import make_connected, make_group, make_member
from tests.support.group_runs import group_run
from tests.support.html import elements, shown
from tests.support.rsvps import IN, OUT, rsvp
from tests.support.run_pages import TONIGHT, Evening, make_evening
from webapp.db import db
from webapp.models.words import RunStatus


@pytest.fixture
def evening(app: Flask) -> Evening:
    found = make_evening()
    make_connected(found.member)
    return found


def next_run(app: Flask, evening: Evening, path: str = "/home") -> str:
    page = signed_in(app, evening.member).get(path).text
    return shown(page, ".next-run") if elements(page, ".next-run") else ""


def test_the_group_says_so_on_its_page(app: Flask, evening: Evening) -> None:
    assert "Tuesday run" in next_run(app, evening, f"/g/{evening.group.slug}")


def test_a_run_that_i_will_miss_gives_way_to_the_next_one_of_any_group(app: Flask, evening: Evening) -> None:
    other = make_group("Hill Club")
    make_member(other, evening.member)
    group_run(other, TONIGHT + timedelta(days=2), title="Saturday hills")
    rsvp(evening.run, evening.member.id, OUT)
    assert "Saturday hills" in next_run(app, evening) and "Hill Club" in next_run(app, evening)
    assert "Tuesday run" in next_run(app, evening, f"/g/{evening.group.slug}")


def test_a_cancelled_run_is_said_today_to_those_who_wanted_to_come(app: Flask, evening: Evening) -> None:
    evening.run.status, evening.run.reason = RunStatus.CANCELLED, "Storm warning"
    db.session.commit()
    assert next_run(app, evening) == ""
    rsvp(evening.run, evening.member.id, IN)
    said = next_run(app, evening)
    assert "Cancelled" in said and "Storm warning" in said and "I’m in" not in said
    assert "Cancelled" in next_run(app, evening, f"/g/{evening.group.slug}")


def test_a_run_of_an_archived_group_is_not_next(app: Flask, evening: Evening) -> None:
    evening.group.archived_at = evening.run.created_at
    db.session.commit()
    assert next_run(app, evening) == ""


def test_a_run_next_month_or_over_is_not_next(app: Flask, evening: Evening) -> None:
    evening.run.closed_at = evening.run.starts_at
    group_run(evening.group, TONIGHT + timedelta(days=8), title="Next week")
    db.session.commit()
    app.extensions["clock"].set(now=evening.run.starts_at + timedelta(minutes=50))
    assert next_run(app, evening) == "" == next_run(app, evening, f"/g/{evening.group.slug}")


def test_my_start_page_begins_with_tonights_run_and_its_answers(app: Flask, evening: Evening) -> None:
    page = signed_in(app, evening.member).get("/home").text
    said = shown(page, ".next-run")
    for words in (
        "Tonight, 18:30",
        "Harbour Runners",
        "Tuesday run",
        "The fountain",
        "I’m in",
        "Maybe",
        "I’m out",
    ):
        assert words in said
    assert page.index("next-run") < page.index("mornings")


def test_the_chosen_answer_is_marked(app: Flask, evening: Evening) -> None:
    rsvp(evening.run, evening.member.id, IN)
    page = signed_in(app, evening.member).get("/home").text
    assert [one.attributes["value"] for one in elements(page, ".one-tap [aria-pressed=true]")] == ["in"]

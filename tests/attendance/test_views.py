"""Counting a run: what its leaders do and see, and what others see of who came."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.attendance import Evening, make_evening
from tests.support.browser import Browser, signed_in
from tests.support.html import elements, shown
from webapp.attendance.code_rules import RunnerKeys
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.attendance import Attendance
from webapp.models.words import AttendanceOutcome

CAME, LEFT, NOT_SEEN = AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY, AttendanceOutcome.NOT_SEEN


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


@pytest.fixture
def ana(app: Flask, evening: Evening) -> Browser:
    """The leader."""
    return signed_in(app, evening.runners["Ana"])


def key(evening: Evening, name: str) -> str:
    return RunnerKeys(evening.run.id, settings().secret_key).key_of(evening.id_of(name))


def press(browser: Browser, evening: Evening, name: str, outcome: str = "came") -> int:
    return browser.post(f"{evening.address}/attendance", {"tap": f"{key(evening, name)} {outcome}"}).status_code


def send(browser: Browser, evening: Evening, *taps: tuple[str, str, Any], sent_at: Any = None) -> Any:
    """Send taps that a phone kept: each the name, the outcome and the moment."""
    kept = [{"key": key(evening, name), "outcome": said, "at": ms(at)} for name, said, at in taps]
    body = json.dumps({"sent_at": ms(sent_at or clock().now()), "taps": kept})
    return browser.post(f"{evening.address}/attendance", {"taps": body, "part": "1"})


def ms(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


def noted(evening: Evening) -> dict[str, tuple[str, str]]:
    """Return the outcome and the source of everyone of whom something is noted."""
    db.session.rollback()
    rows = db.session.scalars(select(Attendance).where(Attendance.run_id == evening.run.id)).all()
    names = {runner.id: name for name, runner in evening.runners.items()}
    return {names[row.runner_id]: (row.outcome.value, row.source.value) for row in rows}


def test_the_leader_taps_who_is_there(ana: Browser, evening: Evening) -> None:
    page = ana.get(f"{evening.address}/attendance")
    listed = [row.text() for row in elements(page.text, ".tap__name")]
    assert listed == ["Ana Runner", "Ben Runner", "Caro Runner", "Dora Runner"]
    assert press(ana, evening, "Ben") == press(ana, evening, "Dora") == 303
    press(ana, evening, "Dora", "left_early")
    assert noted(evening) == {"Ben": ("came", "leader"), "Dora": ("left_early", "leader")}
    page = ana.get(f"{evening.address}/attendance")
    assert "The list says 4: 2 members and 2 guests, of whom 3 left early." in shown(page.text)
    press(ana, evening, "Dora", "nothing")
    assert noted(evening) == {"Ben": ("came", "leader")}

"""A day with a counting run is an active day, and on every page there are as many of them."""

import json
import re
from datetime import UTC, date, datetime

from flask import Flask

from tests.support.browser import signed_in
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.html import shown
from tests.support.runs import reported
from webapp.db import db
from webapp.groups.queries import month_so_far
from webapp.leaderboards.service import publish

TODAY = date(2026, 11, 12)
DAYS = r"\b(\d+) days\b(?! left)"


def at(day: int, hour: int) -> dict[str, object]:
    return {"local_date": date(2026, 11, day), "start_utc": datetime(2026, 11, day, hour, tzinfo=UTC)}


def first(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, text
    return int(found[1])


def test_every_page_counts_the_same_days(app: Flask) -> None:
    group, runner = make_group(), make_runner("Ana Ruiz")
    make_member(group, runner)
    challenge = make_challenge(group, teams=("Herons",))
    make_entry(challenge, runner, challenge.teams[0])
    read_in(
        runner.id,
        [
            reported("1", **at(3, 7)),
            reported("2", **at(3, 18), distance_m=300, moving_s=120),  # twice in a day, and a very short one
            reported("3", **at(5, 7), distance_m=400, moving_s=150),
            reported("4", **at(7, 7), manual=True),
            reported("5", **at(8, 7), sport_type="Ride"),
            reported("6", **at(9, 7), distance_m=0),
        ],
    )
    publish(challenge.id, TODAY)
    db.session.commit()
    browser = signed_in(app, runner)
    address = f"/g/{group.slug}/c/{challenge.id}"
    board = shown(browser.get(address).text)
    team = shown(browser.get(f"{address}/teams/{challenge.teams[0].id}").text)
    mine = shown(browser.get(f"{address}/my-runs").text)
    assert {
        "board": first(DAYS, board),
        "team": first(DAYS, team),
        "json": json.loads(browser.get(f"{address}/board.json").text)["runners"][0]["days"],
        "my runs": first(r"Active days\s+(\d+)", mine),
        "preview": month_so_far(runner.id, TODAY).active_days,
    } == dict.fromkeys(("board", "team", "json", "my runs", "preview"), 2)

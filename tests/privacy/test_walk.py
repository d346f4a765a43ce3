"""Every page and every JSON, walked as a member: nothing of another runner's single runs is on it."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.boards import NOON, Made, make_board, publish
from tests.support.every_page import pages, said
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.activities import Activity
from webapp.scoring.service import rederive_challenge

pytestmark = pytest.mark.both_databases

DAY = date(2026, 11, 5)
START = datetime.combine(DAY, datetime.min.time(), NOON.tzinfo) + timedelta(hours=4, minutes=53, seconds=7)
# What could only come from that one run, in the ways it could be written.
TRACES = (
    "Quarrel with the tide", "Forerunner", "4:53", "04:53", "20261105777", "1:17:31", "77:31", "4651", "5:29", "311 m",
    "14131", "strava.com/activities",
)  # fmt: skip


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana's totals come from two runs on two dates, so that no sum of hers is one run."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode"], teams=["Reds"], roles={1: "organiser"})
    for source_id, day, distance in (("20261105777", DAY, 14_131), ("20261106888", DAY, 3003)):
        db.session.add(_run(made.runners[0], source_id, day, distance))
    db.session.commit()
    begin_write()
    rederive_challenge(made.challenge.id, clock().now())
    db.session.commit()
    publish(made)
    return made


def _run(runner_id: int, source_id: str, day: date, distance: int) -> Activity:
    start = START + timedelta(hours=5 * (distance == 3003))
    what = {"title": "Quarrel with the tide", "device": "Garmin Forerunner 965", "sport_type": "Run"}
    figures = {"distance_m": distance, "moving_s": distance * 4651 // 14_131, "elapsed_s": 5000, "climb_m": 311}
    when = {"local_date": day, "start_utc": start, "utc_offset_s": 0}
    return Activity(runner_id=runner_id, source="strava", source_id=source_id, **what, **figures, **when)


def test_no_page_of_a_member_carries_anything_of_anothers_single_run(
    app: Flask, client: FlaskClient, made: Made
) -> None:
    seen = {}
    for address in pages(app, made):
        with client.session_transaction() as session:  # a page may have signed us out
            session["runner"], session["epoch"] = made.runners[1], 0
        seen[address] = said(client.get(address))
    assert any(address.endswith("/board.json") for address in seen)
    assert "17.1 km" in seen[f"/g/{made.group.slug}/c/{made.challenge.id}"]
    found = [(address, trace) for address, text in seen.items() for trace in TRACES if trace in text]
    assert found == []


def test_the_traces_would_be_found(client: FlaskClient, made: Made) -> None:
    with client.session_transaction() as session:
        session["runner"], session["epoch"] = made.runners[0], 0
    own = client.get(f"/g/{made.group.slug}/c/{made.challenge.id}/my-runs").text
    assert "Quarrel with the tide" in own
    assert "Quarrel with the tide" in said(client.get("/account/export.zip"))

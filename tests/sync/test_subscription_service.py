"""Commands subscribe to Strava's events, show the subscription, and end it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from jobs.sync import check_subscription
from tests.support.simulator import Simulator
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.sync import Subscription
from webapp.sync import queries


def test_one_command_subscribes_and_a_second_time_keeps_it(served_app: Flask, simulator: Simulator) -> None:
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "status"]).exit_code == 1
    for _ in range(2):
        done = cli.invoke(args=["strava", "subscribe"])
        assert done.exit_code == 0, done.output
    assert settings().webhook_secret not in done.output
    there = simulator.control("GET", "events")["subscription"]
    db.session.rollback()
    kept = db.session.scalars(select(Subscription)).one()
    assert (kept.id, kept.callback_url) == (there["id"], there["callback_url"])
    assert cli.invoke(args=["strava", "status"]).exit_code == 0
    assert cli.invoke(args=["strava", "unsubscribe"]).exit_code == 0
    assert simulator.control("GET", "events")["subscription"] is None
    assert queries.subscription() is None


def test_a_subscription_of_another_address_is_replaced(
    served_app: Flask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    before = simulator.control("GET", "events")["subscription"]
    moved = settings().model_copy(update={"public_url": f"http://localhost:{settings().port}"})
    monkeypatch.setitem(served_app.extensions, "settings", moved)
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    after = simulator.control("GET", "events")["subscription"]
    assert after["id"] != before["id"]
    assert after["callback_url"].startswith("http://localhost")
    assert [row.id for row in db.session.scalars(select(Subscription))] == [after["id"]]
    cli.invoke(args=["strava", "unsubscribe"])


def test_subscribing_says_in_one_line_when_strava_is_not_there(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    away = settings().model_copy(update={"strava_api_base": "http://127.0.0.1:9"})
    monkeypatch.setitem(app.extensions, "settings", away)
    done = app.test_cli_runner().invoke(args=["strava", "subscribe"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: Strava: ")
    assert len(done.output.splitlines()) == 1


def found() -> str | None:
    db.session.rollback()
    kept = queries.subscription()
    return kept.found if kept else None


def test_a_subscription_that_died_silently_is_found_by_the_daily_check(served_app: Flask, simulator: Simulator) -> None:
    check_subscription()
    assert found() is None, "there is none to check"
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    check_subscription()
    assert found() == "ours"
    simulator.faults(error_500=1.0)
    simulator.control("DELETE", "subscription")
    check_subscription()
    assert found() == "ours", "an error proves nothing"
    simulator.faults(error_500=0.0)
    check_subscription()
    assert found() == "gone"
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    check_subscription()
    assert found() == "ours"
    cli.invoke(args=["strava", "unsubscribe"])


@pytest.mark.parametrize("is_new", [False, True])
def test_subscribing_again_under_the_same_id_clears_what_was_found_before(
    served_app: Flask, simulator: Simulator, is_new: bool
) -> None:
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    made = simulator.control("GET", "events")["subscription"]["id"]
    long_ago = clock().now() - timedelta(days=30)
    old = {"found": "gone", "checked_at": long_ago, "subscribed_at": long_ago, "callback_url": "http://old.example.org"}
    if is_new:
        simulator.control("DELETE", "subscription")
        old["id"] = made + 1  # the id that the simulator gives next
    db.session.execute(update(Subscription).values(**old))
    db.session.commit()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    db.session.rollback()
    kept = db.session.scalars(select(Subscription)).one()
    assert (kept.id, kept.callback_url) == (made + is_new, settings().callback_url)
    assert (kept.found, kept.checked_at) == (None, None)
    assert (kept.subscribed_at == long_ago) is not is_new
    cli.invoke(args=["strava", "unsubscribe"])

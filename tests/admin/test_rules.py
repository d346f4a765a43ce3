"""What the operator's page says, and its charts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.strava.answers import Answer, error_of
from tests.support.builders import NOON
from webapp.admin.rules import HOUR, QUARTER, SystemHealth, alerts, gate_alert, is_alive, plot_of, reads_plot, starts
from webapp.models.words import SubscriptionState

HERE = "https://run.example.org/webhooks/strava/x"
WELL = SystemHealth(True, workers=2, sampled_at=NOON, subscribed_to=HERE, callback_url=HERE)


def titles(health: SystemHealth, speed: float = 1.0) -> list[str]:
    return [trouble.title for trouble in alerts(health, NOON, speed)]


def test_nothing_is_said_where_all_is_well() -> None:
    assert titles(WELL) == []


@pytest.mark.parametrize(
    ("changed", "title"),
    [
        ({"redis_answers": False, "workers": 0}, "Redis does not answer"),
        ({"workers": 0, "sampled_at": None}, "No worker is running"),
        ({"sampled_at": None}, "The schedule is not running"),
        ({"sampled_at": NOON - timedelta(minutes=6)}, "The schedule is not running"),
        ({"subscribed_to": None}, "Strava does not tell us about new runs"),
        ({"subscribed_to": "https://old.example.org/webhooks/strava/x"}, "Strava sends its events to another address"),
        ({"subscription_found": "gone"}, "Strava no longer tells us about new runs"),
        ({"subscription_found": "elsewhere"}, "Strava no longer tells us about new runs"),
        (
            {"subscription_found": "ours", "subscription_seen_at": NOON - timedelta(hours=73)},
            "The subscription has not been checked for three days",
        ),
        ({"failing_signatures": 1}, "No Strava signature matches STRAVA_WEBHOOK_KEY"),
        ({"failing": 1}, "A runner could not be read several times in a row"),
        ({"failing": 30}, "30 runners could not be read several times in a row"),
        ({"given_up": 1}, "A runner is given up"),
        ({"given_up": 3}, "3 runners are given up"),
        ({"keyless": 1}, "The key to a connection is missing"),
        ({"refused": 7, "excused_until": NOON}, "Strava refuses 7 connections all at once"),
        ({"unconfirmed": 40}, "A restored backup holds 40 connections that Strava has not confirmed yet"),
        ({"dead_jobs": 1}, "A job has failed for good"),
        ({"dead_jobs": 12}, "12 jobs have failed for good"),
        ({"oldest_resync": NOON - timedelta(hours=49)}, "Some runners have had no full resync for more than 48 hours"),
    ],
)
def test_each_trouble_has_its_words(changed: dict[str, Any], title: str) -> None:
    assert titles(replace(WELL, **changed)) == [title]


@pytest.mark.parametrize("found", [None, SubscriptionState.OURS])
def test_a_subscription_that_was_made_or_found_within_days_is_no_trouble(found: SubscriptionState | None) -> None:
    seen = replace(WELL, subscription_found=found, subscription_seen_at=NOON - timedelta(hours=71))
    assert titles(seen) == []
    assert titles(replace(seen, subscription_seen_at=NOON - timedelta(days=30)), speed=60.0) == [], "a fast clock"


def test_the_worst_comes_first() -> None:
    health = SystemHealth(True, closed_why="Strava's limit of requests is reached", dead_jobs=2)
    tones = [trouble.tone for trouble in alerts(health, NOON, 1.0)]
    assert tones == sorted(tones) and tones[0] == "bad"


@pytest.mark.parametrize(
    ("status", "body", "title"),
    [
        (403, {"errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}]}, "on hold"),
        (401, {"errors": [{"resource": "Application", "field": "", "code": "invalid"}]}, "does not know"),
        (400, {"errors": [{"resource": "Application", "field": "client_id", "code": "invalid"}]}, "does not know"),
        (429, None, "limit is reached"),
    ],
)
def test_why_the_gate_is_closed_is_told_from_what_strava_answered(status: int, body: object, title: str) -> None:
    why = str(error_of(Answer(status, {}, body), NOON))
    assert title in gate_alert(why, half_open=False).title


def test_a_half_open_gate_is_told_apart() -> None:
    why = "Strava has switched this application off"
    closed, half_open = (gate_alert(why, half_open=is_half) for is_half in (False, True))
    assert closed.title == half_open.title and "One test call goes first" in half_open.what_to_do


def test_the_schedule_is_judged_by_life_where_the_clock_runs_fast() -> None:
    hour_ago = NOON - timedelta(hours=1)
    assert not is_alive(hour_ago, NOON, 1.0) and is_alive(hour_ago, NOON, 60.0) and is_alive(NOON, NOON, 0.0)


# Plots ---------------------------------------------------------------------------------------------------------------


def quarters(*reads: dict[str, int]) -> list[tuple[datetime, dict[str, int]]]:
    return [(NOON + n * QUARTER, each) for n, each in enumerate(reads)]


def test_reads_are_drawn_by_reason_in_one_order() -> None:
    plot = reads_plot(quarters({"look": 1, "resync": 1, "event": 1}, {}, {"first": 5, "end": 0}))
    assert plot.keys == ("event", "first", "resync")
    assert [bar.parts for bar in plot.bars] == [(1, 0, 2), (0, 0, 0), (0, 5, 0)]
    assert plot.totals == (1, 5, 2) and plot.top == 5
    assert [(hour.start, hour.parts) for hour in plot.hours] == [(NOON, (1, 5, 2))]


def test_a_reason_that_nobody_has_named_is_drawn_with_the_others() -> None:
    plot = reads_plot(quarters({"other": 1, "by hand": 2}))
    assert (plot.names, plot.totals) == (("others",), (3,))


def test_a_day_without_a_read_is_an_empty_plot() -> None:
    plot = reads_plot(quarters({}, {}))
    assert plot.top == 0 and plot.totals == (0,)


def test_where_nobody_counted_there_is_no_bar() -> None:
    depth = {NOON: 7, NOON - QUARTER: 0}
    plot = plot_of("jobs", depth, NOON, QUARTER, missing=None)
    assert [bar.parts for bar in plot.bars[-3:]] == [None, (0,), (7,)]
    assert [hour.parts for hour in plot.hours[-2:]] == [(0,), (7,)] and plot.hours[0].parts is None


@given(st.integers(0, 4_000_000_000), st.sampled_from([HOUR, QUARTER]))
def test_the_last_24_hours_end_with_the_step_that_runs(second: int, step: timedelta) -> None:
    now = datetime.fromtimestamp(second, UTC)
    found = starts(now, step)
    assert found[-1] <= now < found[-1] + step
    assert len(found) == timedelta(hours=24) / step
    assert all(later - earlier == step for earlier, later in pairwise(found))
    assert all(start.minute % 15 == 0 and start.second == 0 for start in found)

"""What a runner is told of the reading of their runs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON
from webapp.models.words import ConnectionState
from webapp.sync.rules import DEAUTHORISED_WORDS, QUOTA_WORDS, RESYNC_PAUSE, WORDS
from webapp.sync.status_rules import Key, StoredConnection, SyncStatus, describe, key_of, next_resync_in_words

SOON, AGO = NOON + timedelta(minutes=7), NOON - timedelta(hours=3)
WELL = StoredConnection(
    state=ConnectionState.CONNECTED, last_full_resync_at=AGO, next_full_resync_at=NOON + timedelta(hours=20)
)


def told(**changed: Any) -> SyncStatus:
    return describe(replace(WELL, **changed), NOON)


@pytest.mark.parametrize(
    ("changed", "key", "said"),
    [
        ({}, "fresh", "Connected: new runs come in by themselves"),
        ({"state": None}, "none", "Not connected"),
        ({"state": "deauthorised"}, "ended", "Ended on Strava"),
        ({"state": "deauthorised", "restored_at": AGO}, "unconfirmed", "Waiting for Strava to confirm"),
        ({"state": "deauthorised", "restored_at": AGO, "ended_at": AGO}, "ended", "Ended on Strava"),
        ({"state": "needs_reconnect", "problem": WORDS["GrantRefused"]}, "reconnect", "no longer accepts"),
        ({"syncing_until": SOON}, "reading", "Reading your runs"),
        ({"syncing_until": AGO}, "fresh", "Connected"),
        ({"waiting": 1}, "waiting", "Strava has told us about a change"),
        ({"full_resync_asked_at": NOON}, "asked", "Checking Strava"),
        ({"full_resync_asked_at": AGO - timedelta(hours=1)}, "fresh", "Connected"),
        ({"initial_import": "waiting"}, "first", "about to begin"),
        ({"initial_import": "done"}, "fresh", "Connected"),
        ({"initial_import": "failed", "failures": 2, "rest_until": SOON}, "failing", "2 times in a row"),
        ({"waiting": 2, "limited_until": SOON}, "limited", "We continue in 7 minutes."),
        ({"limited_until": SOON}, "fresh", "Connected"),
        (
            {"waiting": 1, "limited_until": SOON, "closed_why": "Strava has switched this application off"},
            "limited",
            WORDS["Inactive"],
        ),
        (
            {"waiting": 1, "limited_until": SOON, "closed_why": "Strava does not know our client id or secret"},
            "limited",
            WORDS["ApplicationRefused"],
        ),
        ({"rest_until": SOON, "problem": WORDS["Inactive"]}, "limited", WORDS["Inactive"]),
        (
            {"waiting": 1, "limited_until": SOON, "closed_why": "Strava's limit of requests is reached"},
            "limited",
            "may read at a time",
        ),
        ({"rest_until": SOON, "problem": WORDS["RateLimited"]}, "limited", "We continue in 7 minutes."),
        ({"rest_until": SOON, "problem": QUOTA_WORDS, "waiting": 1}, "quota", "We continue in 7 minutes."),
        ({"rest_until": AGO, "problem": QUOTA_WORDS}, "fresh", "Connected"),
        (
            {"rest_until": SOON, "failures": 1, "problem": WORDS["Unavailable"]},
            "failing",
            "the next try is in 7 minutes.",
        ),
        ({"rest_until": AGO, "failures": 3, "waiting": 1}, "waiting", "Strava has told us"),
        ({"failures": 10, "gave_up_at": AGO, "rest_until": SOON}, "given_up", "failed 10 times in a row"),
        ({"state": "needs_reconnect", "gave_up_at": AGO, "failures": 10}, "reconnect", "please connect again"),
    ],
)
def test_each_state_has_its_words(changed: dict[str, Any], key: Key, said: str) -> None:
    found = told(**changed)
    assert found.key == key
    assert said in f"{found.title} {found.text or ''}"


def test_someone_who_ended_the_connection_is_told_how_long_the_way_back_is_open() -> None:
    found = told(state="deauthorised", problem=DEAUTHORISED_WORDS, ended_at=NOON - timedelta(days=5))
    assert found.text and "in 2 days" in found.text and found.is_broken and not found.may_resync


def test_a_full_resync_may_be_asked_for_again_after_a_pause() -> None:
    just_now, earlier = (told(full_resync_asked_at=NOON - ago) for ago in (timedelta(minutes=1), RESYNC_PAUSE))
    assert (just_now.may_resync, just_now.ask_again) == (False, "in 4 minutes")
    assert (earlier.may_resync, earlier.ask_again) == (True, None)


def test_someone_who_is_held_up_is_told_of_the_next_try_and_not_of_the_next_full_resync() -> None:
    assert told().next_resync and told(waiting=1).next_resync
    for held_up in ({"failures": 1, "rest_until": SOON}, {"rest_until": SOON}, {"gave_up_at": AGO}):
        assert told(**held_up).next_resync is None


def test_someone_who_was_given_up_may_ask_for_a_full_resync() -> None:
    assert told(gave_up_at=AGO, failures=10, rest_until=SOON).may_resync


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (None, "as soon as Strava lets us"),
        (-timedelta(minutes=5), "as soon as Strava lets us"),
        (timedelta(minutes=1), "within the next hour"),
        (timedelta(hours=1), "within the next hour"),
        (timedelta(hours=1, seconds=1), "within the next 2 hours"),
        (timedelta(hours=46, minutes=50), "within the next 47 hours"),
    ],
)
def test_the_next_full_resync_is_told_in_whole_hours_and_never_too_soon(ahead: timedelta | None, said: str) -> None:
    assert next_resync_in_words(None if ahead is None else NOON + ahead, NOON) == said


moments = st.none() | st.integers(-100_000, 100_000).map(lambda seconds: NOON + timedelta(seconds=seconds))
connections = st.builds(
    StoredConnection,
    state=st.sampled_from([None, "connected", "needs_reconnect", "deauthorised"]),
    problem=st.sampled_from([None, WORDS["Unavailable"]]),
    last_full_resync_at=moments,
    next_full_resync_at=moments,
    full_resync_asked_at=moments,
    failures=st.integers(0, 12),
    rest_until=moments,
    gave_up_at=moments,
    syncing_until=moments,
    ended_at=moments,
    waiting=st.integers(0, 3),
    initial_import=st.sampled_from([None, "waiting", "reading", "done", "failed"]),
    limited_until=moments,
)


@given(connections)
def test_whatever_is_stored_there_is_a_state_and_never_two_ways_on(one: StoredConnection) -> None:
    found = describe(one, NOON)
    assert found.title and found.key == key_of(one, NOON)
    assert found.is_broken == (one.state != "connected")
    assert not (found.may_resync and found.ask_again) and not (
        found.is_broken and (found.may_resync or found.ask_again)
    )
    assert found.is_well or found.is_broken or found.text

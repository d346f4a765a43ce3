"""Events as they are posted, and as they should not be."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.strava import errors, webhook
from tests.support.simulator import Simulator
from tests.support.strava import CLIENT_ID, wall_clock

EVENT = {
    "object_type": "activity",
    "object_id": 1_360_128_428,
    "aspect_type": "update",
    "updates": {"title": "Messy", "private": "true"},
    "owner_id": 134_815,
    "subscription_id": 120_475,
    "event_time": 1_516_126_040,
}


def posted(**changes: Any) -> bytes:
    return json.dumps(EVENT | changes).encode()


def test_an_event_is_read_without_the_title() -> None:
    event = webhook.event(posted())
    assert event is not None
    assert (event.object_type, event.aspect, event.object_id) == ("activity", "update", 1_360_128_428)
    assert event.updates == {"private": "true"}


def test_what_cannot_be_stored_or_shown_is_dropped_from_the_kept_updates() -> None:
    # JSON may hold halves of surrogate pairs, which no UTF-8 file and no database takes.
    event = webhook.event(posted(updates={"type": "\ud800Trail\u202eRun\x00", "private": "\udfff"}))
    assert event is not None
    assert event.updates == {"type": "trailrun", "private": ""}
    assert event.event_time == datetime(2018, 1, 16, 18, 7, 20, tzinfo=UTC)


@pytest.mark.parametrize("changes", [{"object_type": "segment"}, {"aspect_type": "like"}])
def test_an_event_of_a_kind_yet_to_come_is_none_of_ours(changes: dict[str, str]) -> None:
    assert webhook.event(posted(**changes)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a": "\xff"}',
        posted(object_id="1"),
        posted(object_id=True),
        posted(owner_id=-1),
        posted(owner_id=2**63),
        posted(subscription_id=None),
        posted(event_time="now"),
        posted(event_time=10**15),
        posted(object_type=7),
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        webhook.event(body)


@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(sorted(EVENT)), st.none() | st.integers() | st.text()))
def test_nothing_posted_raises_anything_else(body: Any) -> None:
    with contextlib.suppress(ValueError):
        webhook.event(body if isinstance(body, bytes) else posted(**body))


def test_a_wrong_client_cannot_look_at_the_subscription(simulator: Simulator) -> None:
    stranger = webhook.Subscriptions(f"{simulator.base}/api/v3", CLIENT_ID, "wrong", now=wall_clock)
    with pytest.raises(errors.ApplicationRefused):
        stranger.list()

"""The fewest reads of a month, on lives of which they can be counted by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.soak.lower_bound import DAY, HOUR, Letter, Life, MinimalReads, asks_for_a_read, minimal_reads

END = 10 * DAY
# What comes in the last seconds is read after the end.
moments = st.floats(1, END - 3).map(round)


def told(*hours: float) -> list[Letter]:
    return [Letter(hour * HOUR + 1, hour * HOUR) for hour in hours]


@pytest.mark.parametrize(
    ("life", "reads"),
    [
        (Life(), MinimalReads(resyncs=4)),
        (Life(told(50)), MinimalReads(events=1, resyncs=4)),
        (Life(told(40, 80, 120, 160, 200)), MinimalReads(events=5)),
        (Life([*told(40), *told(40)]), MinimalReads(events=1, resyncs=4)),
        (Life([Letter(50 * HOUR, 40 * HOUR)]), MinimalReads(resyncs=4)),
        (Life(final_syncs=[47 * HOUR]), MinimalReads(resyncs=4, final_syncs=2)),
        (Life(told(40), is_resynced=False), MinimalReads(events=1)),
    ],
)
def test_reads_are_counted_as_by_hand(life: Life, reads: MinimalReads) -> None:
    assert minimal_reads([life], 0.0, END) == reads


def test_a_month_takes_what_its_lives_take() -> None:
    assert minimal_reads([Life(), Life(told(50)), Life(final_syncs=[47 * HOUR])], 0.0, END) == MinimalReads(1, 12, 2)


@given(st.lists(moments), st.lists(moments, max_size=2))
def test_more_events_never_take_more_full_resyncs_nor_two_reads_for_one(events: list[int], last: list[int]) -> None:
    letters = [Letter(at + 1.0, at) for at in events]
    found, without = (minimal_reads([Life(some, list(map(float, last)))], 0.0, END) for some in (letters, []))
    assert found.resyncs <= without.resyncs
    assert found.events <= len(events)
    assert found.final_syncs == without.final_syncs == 2 * len(last)


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({}, True),
        ({"aspect_type": "update", "updates": {"title": "Easy one"}}, True),
        ({"aspect_type": "update", "updates": {"title": "Easy one", "type": "Walk"}}, True),
        ({"aspect_type": "update", "updates": {"private": "true"}}, True),
        ({"aspect_type": "delete"}, True),
        ({"aspect_type": "delete", "object_id": 8}, False),
        ({"object_type": "athlete", "aspect_type": "update", "updates": {"authorized": "false"}}, False),
    ],
)
def test_what_tells_nothing_new_takes_no_read(changes: dict[str, Any], asks: bool) -> None:
    usual = {"object_type": "activity", "object_id": 7, "aspect_type": "create", "updates": {}}
    assert asks_for_a_read(usual | changes, unheard={8}) is asks

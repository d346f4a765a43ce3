"""The gate that every shared value passes."""

from typing import Any

import pytest

from webapp.models.words import ConsentLevel
from webapp.privacy.rules import ALLOWED, may_see, shared

ROW = {"name": "Ana", "rank": 3, "total": 12_000, "days": 4, "today": 5000, "gap": 30, "movement": 1}
OF_A_RUN = (
    "title",
    "start_utc",
    "moving_s",
    "pace",
    "device",
    "heart_rate",
    "local_date",
    "source_id",
    "climb_m",
    "link",
)


def test_totals_share_what_the_rules_list() -> None:
    assert shared(ConsentLevel.TOTALS, ROW) == ROW


def test_points_share_name_and_rank_and_the_total_where_it_is_points() -> None:
    kept_back = dict.fromkeys(("days", "today", "gap", "movement"))
    assert shared(ConsentLevel.POINTS, ROW) == {"name": "Ana", "rank": 3, "total": None, **kept_back}
    assert shared(ConsentLevel.POINTS, ROW, in_points=True) == {"name": "Ana", "rank": 3, "total": 12_000, **kept_back}


def test_hidden_shares_nothing_but_with_oneself() -> None:
    assert set(shared(ConsentLevel.HIDDEN, ROW, in_points=True).values()) == {None}
    assert shared(ConsentLevel.HIDDEN, ROW, is_self=True) == ROW


@pytest.mark.parametrize("level", [None, "", "everything"])
def test_without_a_known_level_nothing_is_shared(level: Any) -> None:
    assert set(shared(level, ROW).values()) == {None}


def test_runners_see_themselves_whole() -> None:
    assert shared(ConsentLevel.POINTS, ROW, is_self=True) == ROW


@pytest.mark.parametrize("field", OF_A_RUN)
def test_nothing_of_a_single_run_has_a_name_in_any_level(field: str) -> None:
    assert not any(may_see(level, field) for level in ALLOWED)
    with pytest.raises(KeyError):
        shared(ConsentLevel.TOTALS, {field: 1})

"""When a runner who was declined may ask again."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.join_requests.rules import may_ask_again

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(("days", "may"), [(0, False), (6.99, False), (7, True), (400, True)])
def test_a_runner_asks_again_a_week_after_a_no(days: float, may: bool) -> None:
    assert may_ask_again(NOW - timedelta(days=days), NOW) is may


def test_a_runner_who_was_never_declined_may_ask() -> None:
    assert may_ask_again(None, NOW)


def test_an_answer_far_ahead_is_from_a_wrong_clock_and_holds_nobody_up() -> None:
    assert not may_ask_again(NOW + timedelta(days=1), NOW)
    assert may_ask_again(NOW + timedelta(days=7), NOW)

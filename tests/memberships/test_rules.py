"""When other organisers decide about one of them, and when a removal has only just happened."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.memberships.rules import has_vote, is_just_removed, outcome_of

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("votes", "voters", "outcome"),
    [(1, 1, "operator"), (1, 2, "waits"), (2, 2, "agreed"), (2, 8, "agreed"), (0, 2, "waits"), (0, 0, "operator")],
)
def test_two_of_three_agree_and_of_two_neither_decides(votes: int, voters: int, outcome: str) -> None:
    assert outcome_of(votes, voters) == outcome


def test_an_organiser_has_a_vote_two_weeks_after_another_one_named_them() -> None:
    assert has_vote(None, NOW), "the first one was named by nobody"
    assert not has_vote(NOW - timedelta(days=14) + timedelta(seconds=1), NOW)
    assert has_vote(NOW - timedelta(days=14), NOW)


def test_a_removal_of_the_last_ten_minutes_has_just_happened() -> None:
    at = int(NOW.timestamp())
    assert is_just_removed(at, NOW + timedelta(minutes=9, seconds=59))
    assert not is_just_removed(at, NOW + timedelta(minutes=10))
    assert not is_just_removed(at + 86_400, NOW), "from a clock that was put back since"

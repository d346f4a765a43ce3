"""What a link lets in, and how its limits are said."""

from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.invitations.rules import InvitationState, Limits, last_day, state_of
from webapp.models.words import Role

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("expires_at", "max_uses", "revoked_at", "taken", "state"),
    [
        (None, None, None, 10_000, InvitationState.OPEN),
        (NOW + A_MOMENT, 5, None, 4, InvitationState.OPEN),
        (NOW, None, None, 0, InvitationState.ENDED),
        (None, 5, None, 5, InvitationState.USED_UP),
        (NOW, 5, None, 5, InvitationState.ENDED),
        (NOW, 5, NOW, 5, InvitationState.REVOKED),
    ],
)
def test_a_link_is_open_until_it_is_revoked_ended_or_used_up(
    expires_at: datetime | None, max_uses: int | None, revoked_at: datetime | None, taken: int, state: InvitationState
) -> None:
    assert state_of(expires_at, max_uses, revoked_at, taken, NOW) == state


def test_a_link_that_ends_at_midnight_has_the_day_before_as_its_last() -> None:
    midnight_in_zurich = datetime(2026, 12, 24, 23, tzinfo=UTC)
    assert last_day(midnight_in_zurich, "Europe/Zurich") == date(2026, 12, 24)
    assert last_day(midnight_in_zurich + A_MOMENT, "Europe/Zurich") == date(2026, 12, 25)


def test_limits_are_said_as_far_as_there_are_any() -> None:
    assert Limits(Role.MEMBER, None, None).in_words("UTC") == "Member"
    both = Limits(Role.COACH, datetime(2026, 12, 25, tzinfo=UTC), 5)
    assert both.in_words("UTC") == "Coach, until Thu 24 Dec 2026, for 5 runners"
    assert Limits(Role.MEMBER, None, 1).in_words("UTC") == "Member, for 1 runner"

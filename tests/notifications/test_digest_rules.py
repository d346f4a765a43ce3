"""When the weekly digest is told."""

from datetime import UTC, date, datetime

import pytest

from webapp.notifications.digest_rules import is_told, monday_somewhere, week_before

MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("moment", "zone", "told"),
    [
        ("2026-11-16 06:29", "Europe/Paris", False),
        ("2026-11-16 06:30", "Europe/Paris", True),
        ("2026-11-16 22:59", "Europe/Paris", True),
        ("2026-11-16 23:00", "Europe/Paris", False),  # it is Tuesday there
        ("2026-11-15 17:30", "Pacific/Kiritimati", True),  # it is Monday there long before
        ("2026-11-17 11:00", "Pacific/Pago_Pago", False),
        ("2026-11-17 10:59", "Pacific/Pago_Pago", True),
        ("2026-03-30 05:30", "Europe/Paris", True),  # the clocks went forward the day before
        ("2026-10-26 05:30", "Europe/Paris", False),  # and back
    ],
)
def test_it_is_told_on_monday_from_half_past_seven_in_the_zone_of_the_runner(
    moment: str, zone: str, told: bool
) -> None:
    assert is_told(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone) is told


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ("2026-11-15 09:59", None),
        ("2026-11-15 10:00", MONDAY),
        ("2026-11-16 12:00", MONDAY),
        ("2026-11-17 11:59", MONDAY),
        ("2026-11-17 12:00", None),
    ],
)
def test_monday_lasts_for_fifty_hours_on_earth(moment: str, monday: date | None) -> None:
    assert monday_somewhere(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == monday


def test_the_week_before_a_monday_ends_on_sunday() -> None:
    assert week_before(MONDAY) == (date(2026, 11, 9), date(2026, 11, 15))

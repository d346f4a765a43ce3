"""How much notice a group gets before it is deleted."""

from datetime import UTC, datetime, timedelta

from webapp.group_endings.rules import NOTICE, deletion_time

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_a_group_is_deleted_after_a_week_and_announcing_it_again_moves_nothing() -> None:
    announced = deletion_time(NOW, None)
    assert announced == NOW + timedelta(days=7) == NOW + NOTICE
    assert deletion_time(NOW + timedelta(days=3), announced) == announced

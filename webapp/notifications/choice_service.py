"""Choosing what one is told, by which channel, and when one is left alone. Nothing here commits."""

from collections.abc import Mapping

from sqlalchemy import delete

from webapp.db import db, insert_on_conflict
from webapp.models.notifications import NotificationChoice, NotificationSettings
from webapp.models.words import Channel, FactKind
from webapp.notifications.kind_rules import KINDS


def choose(runner_id: int, kind: FactKind, channel: Channel, *, is_wanted: bool) -> None:
    """Store whether a runner wants a kind by a channel. What waits already is checked again before it is sent."""
    choose_many(runner_id, {(kind, channel): is_wanted})


def choose_many(runner_id: int, wanted: Mapping[tuple[FactKind, Channel], bool]) -> None:
    """Store several choices; only what differs from the defaults stays stored."""
    for (kind, channel), is_wanted in wanted.items():
        values = {"runner_id": runner_id, "kind": kind, "channel": channel}
        if is_wanted == (channel in KINDS[kind].channels):
            db.session.execute(delete(NotificationChoice).filter_by(**values))
        else:
            row = insert_on_conflict(NotificationChoice).values(**values, is_wanted=is_wanted)
            keys = list(NotificationChoice.__mapper__.primary_key)
            db.session.execute(row.on_conflict_do_update(index_elements=keys, set_={"is_wanted": is_wanted}))


def save_settings(
    runner_id: int, time_zone: str | None, quiet_from: int, quiet_until: int, *, urgent_in_quiet: bool
) -> None:
    """Store when a runner wants to be left alone. Minutes of the day; no zone: that of their first group."""
    values = {
        "time_zone": time_zone,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "urgent_in_quiet": urgent_in_quiet,
    }
    row = insert_on_conflict(NotificationSettings).values(runner_id=runner_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=[NotificationSettings.runner_id], set_=values))

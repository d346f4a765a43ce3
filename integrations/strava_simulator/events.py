"""Which event follows from which change, and the queue of events.

Strava's rules: nothing for an athlete who has not allowed the application to see activities; updates for title, type
and privacy only; to an application that may not see private activities, hiding looks like deleting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from integrations.strava_simulator import grants
from integrations.strava_simulator.faults import Faults
from integrations.strava_simulator.store import outbox, subscription


@dataclass(frozen=True, slots=True)
class WorldChange:
    """One thing that happened to an activity: whether it existed and was private, before and after."""

    athlete_id: int
    activity_id: int
    before: bool | None  # private before; None: did not exist
    after: bool | None  # private after; None: does not exist any more
    updates: Mapping[str, str] = field(default_factory=dict)  # title, type


@dataclass(frozen=True, slots=True)
class Happening:
    """The content of an event: aspect and updates."""

    aspect: str
    updates: Mapping[str, str]


def happening(change: WorldChange, scope: str) -> Happening | None:
    """Return the event that an application with this scope gets for the change, or None."""
    if not grants.may_read_activities(scope):
        return None
    sees_all = grants.may_read_private(scope)
    was_seen = change.before is not None and (sees_all or not change.before)
    is_seen = change.after is not None and (sees_all or not change.after)
    if was_seen and is_seen:
        updates = dict(change.updates)
        if change.before != change.after:
            updates["private"] = str(change.after).lower()
        return Happening("update", updates) if updates else None
    if is_seen:
        return Happening("create", {})
    return Happening("delete", {}) if was_seen else None


def announce(connection: Connection, faults: Faults, change: WorldChange, now: int) -> None:
    """Queue the event that follows from a change, if one does."""
    found = grants.of_athlete(connection, change.athlete_id)
    happened = happening(change, found.scope) if found else None
    if happened:
        _queue(connection, faults, now, _event("activity", change.activity_id, change.athlete_id, happened))


def announce_each(connection: Connection, faults: Faults, change: WorldChange, now: int) -> None:
    """Queue an event for each thing that changed, all of the same second, as if it had been changed one by one."""
    for name, value in change.updates.items():
        announce(connection, faults, replace(change, after=change.before, updates={name: value}), now)
    if change.before != change.after:
        announce(connection, faults, replace(change, updates={}), now)


def announce_deauthorised(connection: Connection, faults: Faults, athlete_id: int, now: int) -> None:
    """Queue the event that an athlete revoked their grant."""
    happened = Happening("update", {"authorized": "false"})
    _queue(connection, faults, now, _event("athlete", athlete_id, athlete_id, happened))


def _event(object_type: str, object_id: int, owner_id: int, happened: Happening) -> dict[str, Any]:
    return {
        "object_type": object_type,
        "object_id": object_id,
        "aspect_type": happened.aspect,
        "updates": happened.updates,
        "owner_id": owner_id,
    }


def _queue(connection: Connection, faults: Faults, now: int, event: dict[str, Any]) -> None:
    """Put the event in the queue of the subscription, if there is one; the faults may lose, double or delay it."""
    found = connection.execute(select(subscription)).one_or_none()
    if found is None:
        return
    late = faults.switches.late_seconds if faults.strikes("events_late") else 0.0
    row = {
        "payload": {**event, "subscription_id": found.id, "event_time": now},
        "callback_url": found.callback_url,
        "due": now + late,
        "attempts": 0,
        "state": "lost" if faults.strikes("events_lost") else "pending",
    }
    connection.execute(insert(outbox), [row] * (2 if faults.strikes("events_doubled") else 1))


def unsubscribe(connection: Connection, subscription_id: int) -> bool:
    """Remove the subscription and its pending events; return False if there is none with that id."""
    gone = connection.execute(delete(subscription).where(subscription.c.id == subscription_id)).rowcount
    if gone:
        connection.execute(delete(outbox).where(outbox.c.state == "pending"))
    return bool(gone)

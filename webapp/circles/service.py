"""Choosing whom one chases."""

from datetime import datetime

from sqlalchemy import delete

from webapp.circles.queries import chosen_of, circle_of
from webapp.db import db
from webapp.errors import Problem
from webapp.groups.queries import locked_members
from webapp.models.circles import Circle, CircleKind, CircleRunner

MAX_CHOSEN = 20


class CircleFull(Problem):
    title = "Your circle is full"
    message = f"It holds {MAX_CHOSEN} runners. Please remove somebody first."
    status = 409


def choose_kind(group_id: int, runner_id: int, kind: CircleKind, now: datetime) -> None:
    """Store the kind of a member's circle. Chosen runners stay, for when they are wanted again.

    Raises NotFound. Locks the membership.
    """
    locked_members(group_id, {runner_id})
    _store_kind(group_id, runner_id, kind, now)


def add_runner(group_id: int, runner_id: int, chosen_id: int, now: datetime) -> None:
    """Add a member to a circle, which is one of chosen runners from then on.

    Raises CircleFull, and NotFound. Locks both memberships.
    """
    locked_members(group_id, {runner_id, chosen_id})
    chosen = circle_of(group_id, runner_id).runner_ids
    if chosen_id not in chosen and len(chosen) >= MAX_CHOSEN:
        _make_room(group_id, runner_id, chosen)
    _store_kind(group_id, runner_id, CircleKind.PEOPLE, now)
    if chosen_id not in chosen:
        db.session.add(CircleRunner(group_id=group_id, runner_id=runner_id, chosen_id=chosen_id, added_at=now))
        db.session.flush()


def remove_runner(group_id: int, runner_id: int, chosen_id: int, now: datetime) -> None:
    """Remove a runner from a circle; harmless if they are not in it."""
    circle = db.session.get(Circle, (runner_id, group_id))
    if circle is None:
        return
    circle.changed_at = now
    key = (CircleRunner.group_id == group_id, CircleRunner.runner_id == runner_id, CircleRunner.chosen_id == chosen_id)
    db.session.execute(delete(CircleRunner).where(*key))


def _store_kind(group_id: int, runner_id: int, kind: CircleKind, now: datetime) -> None:
    db.session.merge(Circle(group_id=group_id, runner_id=runner_id, kind=kind, changed_at=now))
    db.session.flush()


def _make_room(group_id: int, runner_id: int, chosen: frozenset[int]) -> None:
    """Remove those whom no page names from a full circle, since they cannot be chased now. Raises CircleFull."""
    unnamed = chosen - {one.runner_id for one in chosen_of(group_id, chosen)}
    if not unnamed:
        raise CircleFull(link=None)
    mine = (CircleRunner.group_id == group_id, CircleRunner.runner_id == runner_id)
    db.session.execute(delete(CircleRunner).where(*mine, CircleRunner.chosen_id.in_(unnamed)))

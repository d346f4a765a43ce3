"""Choosing whom one chases."""

from datetime import datetime

from sqlalchemy import delete

from webapp.circles.queries import circle_of
from webapp.db import db
from webapp.errors import Problem
from webapp.models.circles import Circle, CircleKind, CircleRunner

MAX_CHOSEN = 20


class CircleFull(Problem):
    title = "Your circle is full"
    message = f"It holds {MAX_CHOSEN} runners. Please take somebody out first."
    status = 409


def choose_kind(group_id: int, runner_id: int, kind: CircleKind, now: datetime) -> None:
    """Store the kind of a member's circle. Chosen runners stay, for when they are wanted again."""
    db.session.merge(Circle(group_id=group_id, runner_id=runner_id, kind=kind, changed_at=now))
    db.session.flush()


def add_runner(group_id: int, runner_id: int, chosen_id: int, now: datetime) -> None:
    """Add a member to a circle, which is one of chosen runners from then on. Raises CircleFull."""
    if chosen_id not in (chosen := circle_of(group_id, runner_id).runner_ids):
        if len(chosen) >= MAX_CHOSEN:
            raise CircleFull(link=None)
        choose_kind(group_id, runner_id, CircleKind.PEOPLE, now)
        db.session.add(CircleRunner(group_id=group_id, runner_id=runner_id, chosen_id=chosen_id, added_at=now))
        db.session.flush()
    else:
        choose_kind(group_id, runner_id, CircleKind.PEOPLE, now)


def remove_runner(group_id: int, runner_id: int, chosen_id: int, now: datetime) -> None:
    """Take a runner out of a circle; harmless if they are not in it."""
    circle = db.session.get(Circle, (runner_id, group_id))
    if circle is None:
        return
    circle.changed_at = now
    key = (CircleRunner.group_id == group_id, CircleRunner.runner_id == runner_id, CircleRunner.chosen_id == chosen_id)
    db.session.execute(delete(CircleRunner).where(*key))

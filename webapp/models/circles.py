"""Circles: a choice of whom to chase, which only the member sees."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word


class CircleKind(StrEnum):
    """The nearest, whoever it is; members of one's team; chosen runners; the nearest, if they are close."""

    NEAREST = "nearest"
    TEAM = "team"
    PEOPLE = "people"
    CLOSE = "close"


class Circle(Base):
    """A member's choice in a group. Without one it is the nearest. It is deleted with the membership."""

    __tablename__ = "circle"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "runner_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        Index("ix_circle_group_id", "group_id"),
        known("kind", CircleKind),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[CircleKind] = mapped_column(word(CircleKind, 10))
    # When it or the chosen runners changed.
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CircleRunner(Base):
    """A runner whom a member chose. It is deleted when either of the two leaves the group."""

    __tablename__ = "circle_runner"
    __table_args__ = (
        ForeignKeyConstraint(["runner_id", "group_id"], ["circle.runner_id", "circle.group_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["group_id", "chosen_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        Index("ix_circle_runner_chosen", "group_id", "chosen_id"),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(primary_key=True)
    chosen_id: Mapped[int] = mapped_column(primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""When a member may be noticed as missing, by whom, and the messages of one person to another."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Index, String, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import NudgeKind

_IS_NOTICED = "noticed_on IS NOT NULL"


class MissingChoice(Base):
    """What a member calls being missing, in one group. It is deleted with the membership."""

    __tablename__ = "missing_choice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "runner_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        CheckConstraint("silent_days BETWEEN 3 AND 60", name="silent_days_in_range"),
        # Those of a group who may be missing, the newest first: a page reads the first few, in this order.
        Index(
            "ix_missing_choice_noticed",
            "group_id",
            "noticed_on",
            "runner_id",
            sqlite_where=text(_IS_NOTICED),
            postgresql_where=text(_IS_NOTICED),
        ),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)
    # After how many days without a run; None: not by days.
    silent_days: Mapped[int | None]
    # Below their own habit?
    below_habit: Mapped[bool] = mapped_column(default=False, server_default=false())
    captains_see: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When their runs were last compared with this choice (None: not yet), and on which date of the group that first
    # found them missing (None: they are not). Pages compare again before they name anybody.
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    noticed_on: Mapped[date | None] = mapped_column(Date)


class MissingWatcher(Base):
    """A member whom another chose to notice that they are missing. It is deleted when either leaves the group."""

    __tablename__ = "missing_watcher"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "runner_id"], ["missing_choice.group_id", "missing_choice.runner_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["group_id", "watcher_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        Index("ix_missing_watcher_watcher", "group_id", "watcher_id"),
    )

    group_id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)
    watcher_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)


class Nudge(Base):
    """What one member wrote to another: never the app by itself."""

    __tablename__ = "nudge"
    __table_args__ = (Index("ix_nudge_to_id_sent_at", "to_id", "sent_at"), known("kind", NudgeKind))

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    kind: Mapped[NudgeKind] = mapped_column(word(NudgeKind, 10))
    text: Mapped[str] = mapped_column(String(300))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When the receiver said thanks, if they did.
    thanked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

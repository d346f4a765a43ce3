"""A challenge of one group, its teams, and who takes part in it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Base, UtcDateTime


class Challenge(Base):
    """A contest over a window of local dates, both ends in."""

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="window_forward"),
        Index("ix_challenge_group_id_starts_on", "group_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    grace_hours: Mapped[int] = mapped_column(default=24)
    allow_private: Mapped[bool] = mapped_column(default=False)
    allow_manual: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When its totals became facts: after the grace time, once everybody was read a last time or a day was waited for.
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # How many entries could not be read a last time; None before it is frozen.
    unread: Mapped[int | None]
    # What the published board is: moved by one job at a time, so that pages and their parts can be kept by version.
    version: Mapped[int] = mapped_column(default=0)
    # The group's today that the board was published for.
    as_of: Mapped[date | None] = mapped_column(Date)
    # Overtakes from this date on are to be derived again; None when they are settled.
    overtakes_from: Mapped[date | None] = mapped_column(Date)

    teams: Mapped[list["Team"]] = relationship(order_by="Team.position", passive_deletes=True)


class Team(Base):
    """A team of one challenge."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("challenge_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class Entry(Base):
    """A runner in a challenge."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("challenge_id", "runner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)

    spells: Mapped[list["TeamSpell"]] = relationship(order_by="TeamSpell.from_date", passive_deletes=True)


class TeamSpell(Base):
    """An entry's time in a team: from `from_date` on, to `to_date` (None: still). A run counts by its local date."""

    __tablename__ = "team_spell"
    __table_args__ = (
        UniqueConstraint("entry_id", "from_date"),
        CheckConstraint("to_date IS NULL OR to_date >= from_date", name="spell_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    from_date: Mapped[date] = mapped_column(Date)
    to_date: Mapped[date | None] = mapped_column(Date)

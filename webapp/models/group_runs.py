"""Group runs: single ones and series of them, their pace groups, and members who offer to lead one."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import RunFrequency, RunStatus


class RunDetails:
    """What a series and each of its runs say: what it is, where, and when by the clock of the place."""

    title: Mapped[str] = mapped_column(String(80))
    # Why the group does it: one sentence.
    purpose: Mapped[str] = mapped_column(String(200), default="")
    # The start, in minutes after midnight by the clock of `tz`.
    local_minutes: Mapped[int]
    # IANA name.
    tz: Mapped[str] = mapped_column(String(64))
    duration_minutes: Mapped[int] = mapped_column(default=60)
    meeting_place: Mapped[str] = mapped_column(String(120))
    meeting_url: Mapped[str] = mapped_column(String(300), default="")
    route_url: Mapped[str] = mapped_column(String(300), default="")
    min_distance_m: Mapped[int | None]
    max_distance_m: Mapped[int | None]
    # None: not said.
    is_lit: Mapped[bool | None]
    has_toilets: Mapped[bool | None]
    rain_plan: Mapped[str] = mapped_column(String(200), default="")
    # None: everybody has a place.
    max_runners: Mapped[int | None]


class PaceGroupDetails:
    """Those who run together at one pace, as a series and each of its runs describe them."""

    # Their order, from 0.
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    # The band of paces in seconds per kilometre; None: not said.
    slow_s_per_km: Mapped[int | None]
    fast_s_per_km: Mapped[int | None]
    distance_m: Mapped[int | None]
    max_runners: Mapped[int | None]
    # Nobody is left behind: the fast ones wait or loop back.
    is_no_drop: Mapped[bool] = mapped_column(default=False, server_default=false())
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    back_marker_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)


class RunSeries(RunDetails, Base):
    """A group run that repeats. Its runs are made some weeks ahead, and each of them is a `GroupRun`."""

    __tablename__ = "run_series"
    __table_args__ = (
        known("frequency", RunFrequency),
        CheckConstraint("local_minutes BETWEEN 0 AND 1439", name="minute_of_day"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="day_of_week"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    frequency: Mapped[RunFrequency] = mapped_column(word(RunFrequency, 12))
    # 0 is Monday.
    weekday: Mapped[int]
    # Which one of the month, 1 to 4; -1 is the last. Of monthly series alone.
    week_of_month: Mapped[int | None]
    starts_on: Mapped[date] = mapped_column(Date)
    # The last date that may have a run; None: no end.
    ends_on: Mapped[date | None] = mapped_column(Date, index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RunSeriesPaceGroup(PaceGroupDetails, Base):
    """A pace group that each run of a series begins with."""

    __tablename__ = "run_series_pace_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("run_series.id", ondelete="CASCADE"), index=True)


class GroupRun(RunDetails, Base):
    """A run that the members of a group do together, on one date."""

    __tablename__ = "group_run"
    __table_args__ = (
        UniqueConstraint("series_id", "occurs_on"),
        Index("ix_group_run_group_id_starts_at", "group_id", "starts_at"),
        Index("ix_group_run_starts_at", "starts_at"),
        known("status", RunStatus),
        CheckConstraint("local_minutes BETWEEN 0 AND 1439", name="minute_of_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("run_series.id", ondelete="SET NULL"))
    # The date that the series gave it, whatever date it was moved to.
    occurs_on: Mapped[date | None] = mapped_column(Date)
    on_date: Mapped[date] = mapped_column(Date)
    # Derived from `on_date`, `local_minutes` and `tz`.
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[RunStatus] = mapped_column(
        word(RunStatus, 12), default=RunStatus.PLANNED, server_default=RunStatus.PLANNED
    )
    # Why it was changed or cancelled.
    reason: Mapped[str] = mapped_column(String(200), default="")
    # Somebody changed it by hand, so it no longer follows its series.
    is_edited: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Its name in calendars, fixed for ever, and how often it changed since (SEQUENCE of RFC 5545).
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    # When its day or time last moved: an older answer is to be confirmed.
    asked_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    count_at_start: Mapped[int | None]
    count_at_end: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PaceGroup(PaceGroupDetails, Base):
    """A pace group of a run. Without a leader it needs one."""

    __tablename__ = "pace_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("group_run.id", ondelete="CASCADE"), index=True)


class LeaderOffer(Base):
    """A member who offers to lead a pace group, until they lead it, take it back, or somebody else leads."""

    __tablename__ = "leader_offer"
    __table_args__ = (UniqueConstraint("pace_group_id", "runner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pace_group_id: Mapped[int] = mapped_column(ForeignKey("pace_group.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)

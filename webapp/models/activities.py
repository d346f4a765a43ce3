"""A run, as far as scoring and its owner need it. It never has a place or a line on a map."""

from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.rulebook.runs import run_name


class Activity(Base):
    """One activity from a source, with the source's own id. Metres, seconds, whole numbers."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_activity_runner_id_local_date", "runner_id", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[str] = mapped_column(String(40))
    sport_type: Mapped[str] = mapped_column(String(40))
    # The day is where the runner was: the date part of Strava's start_date_local.
    local_date: Mapped[date] = mapped_column(Date)
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    utc_offset_s: Mapped[int]
    # Strava shows a hidden start as 00:00:01: the date holds, the hour means nothing.
    start_hidden: Mapped[bool] = mapped_column(default=False)
    distance_m: Mapped[int]
    # The distance when it arrived: when first seen with something measured, so None while Strava is still processing
    # it. None, too, for those from before this was kept.
    first_m: Mapped[int | None]
    moving_s: Mapped[int]
    elapsed_s: Mapped[int | None]
    climb_m: Mapped[int]
    manual: Mapped[bool] = mapped_column(default=False)
    trainer: Mapped[bool] = mapped_column(default=False)
    private: Mapped[bool] = mapped_column(default=False)
    flagged: Mapped[bool] = mapped_column(default=False)
    # When it came to its runner; None for those from before this was kept.
    first_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Only for the owner's own page.
    title: Mapped[str | None] = mapped_column(String(255))
    device: Mapped[str | None] = mapped_column(String(120))

    @property
    def name(self) -> str:
        """Return the title, or the day and hour where there is none or it is no longer kept."""
        start = None if self.start_hidden else self.start_utc + timedelta(seconds=self.utc_offset_s)
        return run_name(self.title, self.local_date, start)

"""Overtakes: dated facts, derived from totals, withdrawn when no longer true."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Overtake(Base):
    """On that local date the passer went past this many; the nearest of them are in `Passed`."""

    __tablename__ = "overtake"
    __table_args__ = (Index("ix_overtake_challenge_id_local_date", "challenge_id", "local_date"),)

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    passer_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    passed_count: Mapped[int]


class Passed(Base):
    """One of the ten nearest whom the passer went past that day; `place` 0 is the nearest."""

    __tablename__ = "passed"

    passer_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    passed_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True, index=True)
    place: Mapped[int]
    # When it was first derived, which is days later if a run was uploaded late. None for overtakes from before this was
    # stored.
    found_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

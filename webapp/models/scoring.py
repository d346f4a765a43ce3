"""What is derived from runs. No row is ever added to: each is computed again from the runs behind it."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class LedgerDay(Base):
    """A runner's day in one class of sport ("run" or "foot"). Metres and seconds; it outlives the runs."""

    __tablename__ = "ledger_day"

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    sport_class: Mapped[str] = mapped_column(String(10), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    distance_m: Mapped[int]
    moving_s: Mapped[int]
    climb_m: Mapped[int]
    runs: Mapped[int]
    longest_m: Mapped[int]


class DayScore(Base):
    """What one entry's total grew by on one local date, and the team it counts for that day.

    `amount` is what was measured that day, in the unit of the measure, before the rules' shape made a `value` of it.
    """

    __tablename__ = "day_score"
    __table_args__ = (Index("ix_day_score_challenge_id_local_date", "challenge_id", "local_date"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    value: Mapped[int]
    runs: Mapped[int]
    amount: Mapped[int] = mapped_column(default=0, server_default="0")


class Standing(Base):
    """An entry's total, derived from its day scores."""

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_challenge_id_dirty_from", "challenge_id", "dirty_from"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    # The team of the latest stint, which the entry has on the board; its days may count for earlier ones.
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    total: Mapped[int] = mapped_column(BigInteger)
    days: Mapped[int]
    # The earliest local date that changed since this standing was last published; None when it is.
    dirty_from: Mapped[date | None] = mapped_column(Date)


class TeamShare(Base):
    """What one entry brought to one team, over its stints there."""

    __tablename__ = "team_share"
    __table_args__ = (Index("ix_team_share_team_id_total", "team_id", "total"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    days: Mapped[int]
    # Has the entry reached its target, by all it ran in the challenge?
    met: Mapped[bool] = mapped_column(default=False, server_default=false())

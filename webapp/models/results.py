"""Closed challenges as facts: every place, and every team's."""

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class Result(Base):
    """A place in a frozen challenge, in the order of the board from 1.

    A runner who was erased or withdrew their consent is "a former member": place and rank stay, and nothing else but a
    total of zero, which says that the place has no rank to show.
    """

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("challenge_id", "runner_id"),
        Index("ix_result_runner_id", "runner_id"),
    )

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int]
    runner_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    total: Mapped[int | None] = mapped_column(BigInteger)
    days: Mapped[int | None]
    # To the next strictly greater total.
    gap: Mapped[int | None] = mapped_column(BigInteger)


class TeamResult(Base):
    """A team in a frozen challenge. `former`: how many who brought it something are former members by now."""

    __tablename__ = "team_result"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]
    score: Mapped[int] = mapped_column(BigInteger)
    score_of: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int]
    active: Mapped[int]
    met: Mapped[int]
    former: Mapped[int] = mapped_column(default=0)

"""Runners who ask to join a group, and what they were answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import JoinRequestState


class JoinRequest(Base):
    """A runner's request to join a group: one for each pair. Withdrawing it, or joining, erases it."""

    __tablename__ = "join_request"
    __table_args__ = (
        UniqueConstraint("group_id", "runner_id"),
        Index("ix_join_request_group_id_state_asked_at", "group_id", "state", "asked_at"),
        known("state", JoinRequestState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    message: Mapped[str] = mapped_column(String(280), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[JoinRequestState] = mapped_column(word(JoinRequestState, 10), default=JoinRequestState.PENDING)
    # Why it was declined, for the runner to read.
    reason: Mapped[str] = mapped_column(String(280), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

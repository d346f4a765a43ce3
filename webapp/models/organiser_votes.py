"""Organisers who agree that another one is no longer an organiser."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class OrganiserVote(Base):
    """The vote of one organiser that another becomes a plain member. It ends when either is no organiser any more."""

    __tablename__ = "organiser_vote"
    __table_args__ = (UniqueConstraint("group_id", "subject_id", "voter_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    voter_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    voted_at: Mapped[datetime] = mapped_column(UtcDateTime)

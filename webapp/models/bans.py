"""Runners whom a group does not let back in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class GroupBan(Base):
    """A runner who was banned from a group. Their requests reach nobody; they are not told."""

    __tablename__ = "group_ban"
    __table_args__ = (UniqueConstraint("group_id", "runner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    # The name that the group saw: organisers know them by no other.
    known_as: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(280))
    banned_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    banned_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""Buddies: two members who see each other's week in sums."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class BuddyLink(Base):
    """One member asked another to be buddies. It is deleted when either leaves the group."""

    __tablename__ = "buddy_link"
    __table_args__ = (
        UniqueConstraint("group_id", "asker_id", "asked_id"),
        ForeignKeyConstraint(
            ["group_id", "asker_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["group_id", "asked_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        Index("ix_buddy_link_asked", "group_id", "asked_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    asked_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None: not answered yet, or declined.
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The one who asked does not learn of it.
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

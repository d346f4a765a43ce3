"""What the organisers of a group tell its members."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Announcement(Base):
    """Something that an organiser tells the members, as Markdown; shown until its last day, or until it is deleted."""

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_group_id_posted_at", "group_id", "posted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    pinned: Mapped[bool] = mapped_column(default=False)
    # The last day on which it is shown, by the group's clock; None: no end.
    ends_on: Mapped[date | None]
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

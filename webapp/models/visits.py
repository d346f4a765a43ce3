"""When a runner looks at a group: all that is kept to say what has happened since."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class Visit(Base):
    """A member's last visit to a group's pages, and the end of the one before it. It is deleted with the membership.

    No total or place of anybody is kept: what has happened since follows from dates and days.
    """

    __tablename__ = "visit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "runner_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    # When a page of the group was last open.
    latest_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The same of the visit before this one; None during the first.
    earlier_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

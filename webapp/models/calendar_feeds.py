"""The secret addresses at which calendars read the runs of one runner."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import Sealed


class CalendarFeed(Base):
    """A runner's calendar feed. It is found by the digest of its secret, and shown to its runner by the sealed one."""

    __tablename__ = "calendar_feed"

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    # None where none of the present keys opens it.
    token: Mapped[str | None] = mapped_column(Sealed, nullable=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Runs to come that its runner has not answered, too.
    shows_unanswered: Mapped[bool] = mapped_column(default=False, server_default=false())

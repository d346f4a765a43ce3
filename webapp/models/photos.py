"""Pictures of runners that come from Strava."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class RunnerPhoto(Base):
    """A runner's photo as a small JPEG, made by us from their picture at Strava, while a group sees it."""

    __tablename__ = "runner_photo"

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    # Of the JPEG; a part of its address.
    digest: Mapped[str] = mapped_column(String(32))
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

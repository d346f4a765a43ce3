"""The browsers that show pushes."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime


class PushSubscription(Base):
    """A browser in which a runner switched pushes on. Its address at the push service is as good as a secret."""

    __tablename__ = "push_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    # Of the address: one browser is one row.
    endpoint_digest: Mapped[str] = mapped_column(String(64), unique=True)
    # Sealed JSON: endpoint, p256dh and auth, as the browser gave them.
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Since when the push service refuses all pushes to it; None: the latest one was taken.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

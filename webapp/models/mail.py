"""Where mails to a runner go."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import Sealed

_IS_DUE = "confirm_due_at IS NOT NULL"


class MailAddress(Base):
    """A runner's e-mail address. Until it is confirmed, and once it is stopped, no notification goes there."""

    __tablename__ = "mail_address"
    __table_args__ = (
        Index("ix_mail_address_due", "confirm_due_at", sqlite_where=text(_IS_DUE), postgresql_where=text(_IS_DUE)),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    # Read as None where its key is gone.
    address: Mapped[str | None] = mapped_column(Sealed, nullable=False)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the confirming mail is to be sent; None once a worker has begun to.
    confirm_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirm_attempts: Mapped[int] = mapped_column(default=0)
    # Of the secret in the latest confirming link, and until when it works. The secret itself is not stored.
    confirm_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    confirm_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when nothing is sent there, because it was refused, and why: a reason of `integrations.mail.errors`.
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    stop_reason: Mapped[str | None] = mapped_column(String(30))

"""Notifications: facts as each runner is told them, their deliveries by mail and push, and what runners chose."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import OpenWord, known, word
from webapp.models.words import Channel, DeliveryState, FactKind

_IS_UNREAD = "read_at IS NULL"
MINUTES_OF_A_DAY = 24 * 60
QUIET_FROM, QUIET_UNTIL = 22 * 60, 7 * 60


class Notification(Base):
    """A fact as one runner is told it: a row of their inbox."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("fact_id", "runner_id"),
        Index("ix_notification_runner_id_id", "runner_id", "id"),
        Index("ix_notification_unread", "runner_id", sqlite_where=text(_IS_UNREAD), postgresql_where=text(_IS_UNREAD)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    # What differs by reader, as in the fact.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """A notification on its way by one channel: the outbox. It is claimed before it is sent, and sent at most once."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel"),
        Index("ix_delivery_due", "state", "channel", "due_at"),
        # What the runner was sent lately.
        Index("ix_delivery_runner_id_claimed_at", "runner_id", "claimed_at"),
        known("channel", Channel),
        known("state", DeliveryState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(word(Channel, 10))
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState, 20), default=DeliveryState.WAITING)
    # It is not sent before.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # How often it was claimed.
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # Why it stands so: a word of a closed set, never an address.
    reason: Mapped[str] = mapped_column(String(80), default="")


class NotificationChoice(Base):
    """Whether a runner wants a kind by a channel; only what differs from the defaults of the kind."""

    __tablename__ = "notification_choice"
    __table_args__ = (known("channel", Channel),)

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[FactKind] = mapped_column(OpenWord(FactKind, 30), primary_key=True)
    channel: Mapped[Channel] = mapped_column(word(Channel, 10), primary_key=True)
    is_wanted: Mapped[bool]


class NotificationSettings(Base):
    """When a runner wants to be left alone, and in which time zone. Without a row, the defaults below hold."""

    __tablename__ = "notification_settings"
    __table_args__ = (
        CheckConstraint(f"quiet_from >= 0 AND quiet_from < {MINUTES_OF_A_DAY}", name="quiet_from_of_a_day"),
        CheckConstraint(f"quiet_until >= 0 AND quiet_until < {MINUTES_OF_A_DAY}", name="quiet_until_of_a_day"),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    # IANA name; None: the zone of the group that they joined first.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    # Minutes of the day. The same twice: no quiet hours.
    quiet_from: Mapped[int] = mapped_column(default=QUIET_FROM, server_default=text(str(QUIET_FROM)))
    quiet_until: Mapped[int] = mapped_column(default=QUIET_UNTIL, server_default=text(str(QUIET_UNTIL)))
    # Do urgent kinds come in quiet hours, too?
    urgent_in_quiet: Mapped[bool] = mapped_column(default=True, server_default=true())

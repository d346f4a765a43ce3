"""A group's rooms in chat services, what each of them carries, and the outbox of their messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from integrations.chat.links import ChatService
from webapp.db import Base, UtcDateTime
from webapp.models.columns import OpenWord, known, word
from webapp.models.words import DeliveryState, FactKind


class GroupChannel(Base):
    """A group's room in a chat service. Whoever has its link can write there, so the link is sealed like a token."""

    __tablename__ = "group_channel"
    __table_args__ = (known("service", ChatService),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    # What its organisers call it.
    name: Mapped[str] = mapped_column(String(40))
    service: Mapped[ChatService] = mapped_column(word(ChatService, 12))
    sealed_link: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # It carries what happened from then on: since it was added, or goes on after a pause.
    carries_since: Mapped[datetime] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when its service says that the room is gone, or no longer knows us. It ends with the next test that arrives.
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GroupChannelKind(Base):
    """A kind of fact that a channel carries."""

    __tablename__ = "group_channel_kind"

    channel_id: Mapped[int] = mapped_column(ForeignKey("group_channel.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[FactKind] = mapped_column(OpenWord(FactKind, 30), primary_key=True)


class ChannelPost(Base):
    """A message to a channel: the outbox. It is claimed before it is sent, and never sent again after that is unknown.

    It holds no word of what is sent: that is written when it is claimed.
    """

    __tablename__ = "channel_post"
    __table_args__ = (
        UniqueConstraint("channel_id", "fact_id"),
        Index("ix_channel_post_state_due_at", "state", "due_at"),
        known("state", DeliveryState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("group_channel.id", ondelete="CASCADE"))
    # None: a test, which an organiser asked for.
    fact_id: Mapped[int | None] = mapped_column(ForeignKey("fact.id", ondelete="CASCADE"), index=True)
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState, 20), default=DeliveryState.WAITING)
    # It is not sent before.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # How often it was claimed.
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # Why it stands so: a word of a closed set.
    reason: Mapped[str] = mapped_column(String(20), default="")

"""A runner's link to Strava, its stored events, its initial import, and our subscription."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import ConnectionState, ImportState, SubscriptionState


class Connection(Base):
    """A runner's link to Strava: sealed tokens, granted scopes, state. Each holds one seat."""

    __tablename__ = "connection"
    __table_args__ = (
        known("state", ConnectionState),
        # Rounds of the planner search for due connections every few seconds.
        Index("ix_connection_state_next_full_resync_at", "state", "next_full_resync_at"),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    athlete_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    # Sealed by webapp.crypto; never in a log, a page or an error.
    access_token: Mapped[str] = mapped_column(Text)
    refresh_token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # As granted, comma separated.
    scopes: Mapped[str] = mapped_column(String(200))
    state: Mapped[ConnectionState] = mapped_column(word(ConnectionState, 20), default=ConnectionState.CONNECTED)
    connected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The first local date that has been read; an older challenge makes a backfill.
    read_from: Mapped[date | None] = mapped_column(Date)
    # When the last full resync began: each stored activity was on Strava then, or was proven to be gone.
    last_full_resync_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # When the next one is due, None for "as soon as possible"; every full resync moves it on.
    next_full_resync_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When somebody last asked for one.
    full_resync_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Failed syncs in a row. After each, the planner skips the runner until `rest_until`, longer each time; after the
    # last one the runner is given up, until a read succeeds.
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gave_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Leases: the holder of one works alone until then; a dead worker's lease expires.
    syncing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refreshing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(String(300))
    # When it ended: its owner ended it on Strava, or Strava refused it. Everything of theirs is erased 7 days later.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When Strava last answered to a refresh, and since when it has refused each one; None once it renews a token, and
    # where an event said that the owner ended the connection.
    refresh_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when reads are refused although the token was renewed for them.
    unauthorised_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Where the athlete's picture is, as Strava said at the last sign-in; None without one. When it was last fetched, or
    # tried; None since the address changed.
    photo_address: Mapped[str | None] = mapped_column(String(500))
    photo_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When a backup brought it back. Until Strava confirms it by renewing its token it stays `deauthorised`.
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InitialImport(Base):
    """The initial import of a connection, as its owner watches it."""

    __tablename__ = "initial_import"
    __table_args__ = (
        known("state", ImportState),
        Index("ix_initial_import_state_asked_at", "state", "asked_at"),
    )

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[ImportState] = mapped_column(word(ImportState, 10), default=ImportState.WAITING)
    pages_read: Mapped[int] = mapped_column(default=0)
    runs_ingested: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(String(300))


class StoredEvent(Base):
    """An event as Strava posted it: a hint to read again. It is done when `done_at` is set."""

    __tablename__ = "stored_event"
    __table_args__ = (
        Index("ix_stored_event_runner_id_done_at", "runner_id", "done_at"),
        # Events that are not processed yet are together at one end of it, the oldest first.
        Index("ix_stored_event_done_at_received_at", "done_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    object_type: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int] = mapped_column(BigInteger)
    aspect: Mapped[str] = mapped_column(String(10))
    updates: Mapped[dict[str, Any]] = mapped_column(JSON)
    event_time: Mapped[datetime] = mapped_column(UtcDateTime)
    # It names only a new title, so it may wait a little (rules.HINT_WAIT).
    small: Mapped[bool] = mapped_column(default=False)
    # When to ask about it again; None: at once. Set if Strava could not answer yet.
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the read began that answered it.
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefusalOutage(Base):
    """A time in which Strava refused to renew many tokens, so that no refusal counted against its runner."""

    __tablename__ = "refusal_outage"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None while it lasts.
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Subscription(Base):
    """The subscription to events that this application has at Strava: events of another one are refused."""

    __tablename__ = "subscription"

    # Strava's own id of it.
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    callback_url: Mapped[str] = mapped_column(String(255))
    subscribed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # What Strava last said of it, and when; None: nothing since it was made.
    found: Mapped[SubscriptionState | None] = mapped_column(word(SubscriptionState, 10))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VerifiedKey(Base):
    """A webhook key of Strava's with which an event has verified: from then on a failing signature is refused."""

    __tablename__ = "verified_key"

    # Keyed with our own secret; the key itself is in the settings alone.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    verified_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""A runner, the one-time links that let one in, and the receipts of erasing."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.formatting import Units
from webapp.models.columns import Sealed, known, word


class Runner(Base):
    """A person with an account."""

    __tablename__ = "runner"
    __table_args__ = (known("units", Units),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # The full name as Strava gave it; what a group sees is the name in the consent.
    name: Mapped[str] = mapped_column(String(120))
    units: Mapped[Units] = mapped_column(word(Units, 2), default=Units.KM)
    # Every session carries the epoch it began in: raising it signs out everywhere.
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # From this date on, everything derived from the runs is due to be derived again: some of them are dated ahead, or a
    # change of the code needs it (then the date is in the past).
    rederive_on: Mapped[date | None] = mapped_column(Date, index=True)


class PlatformConsent(Base):
    """That the runner read this version of what we read and keep, and went on to connect."""

    __tablename__ = "platform_consent"

    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(20), primary_key=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginLink(Base):
    """A link that signs a runner in once. Only a digest of its secret is kept."""

    __tablename__ = "login_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ErasureReceipt(Base):
    """What was erased, in counts. It names nobody."""

    __tablename__ = "erasure_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at_strava: Mapped[bool]
    # {"runs": 312, "days": 120, ...}: how many rows of each kind were erased.
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    # A digest of the athlete who has not seen it yet (`auth.rules.nameless`); None once it was shown.
    waits_for: Mapped[str | None] = mapped_column(String(64), index=True)
    # Where it is mailed: the address that its runner had confirmed. None from the moment it is sent, a day at most.
    mail_to: Mapped[str | None] = mapped_column(Sealed)


class SeatRequest(Base):
    """A visitor who waits for a seat, because Strava allows this installation no more runners."""

    __tablename__ = "seat_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The digest of the secret that their browser keeps; the secret itself is not stored.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    # How the operator may reach them, if they said.
    contact: Mapped[str | None] = mapped_column(String(120))
    # Where they were heading: a path of this site.
    after: Mapped[str | None] = mapped_column(String(300))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When they opened the offer of a free seat. Opening it holds the seat for a day.
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A keyed digest of the network they came from (`seats.rules.network_digest`): at most two from one network may
    # wait.
    network: Mapped[str] = mapped_column(String(64), default="", index=True)

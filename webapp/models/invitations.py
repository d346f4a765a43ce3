"""The links that let runners into a group, and the places that were taken by them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import Role


class Invitation(Base):
    """A link that lets runners into a group with a role, until it ends, is used up or is revoked."""

    __tablename__ = "invitation"
    __table_args__ = (known("role", Role), CheckConstraint("max_uses > 0", name="max_uses_positive"))

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    # The secret part of the link.
    token: Mapped[str] = mapped_column(String(40), unique=True)
    role: Mapped[Role] = mapped_column(word(Role, 10), default=Role.MEMBER)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None: no end.
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # None: any number. How many were taken is counted from `InvitationUse`.
    max_uses: Mapped[int | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InvitationUse(Base):
    """A place that an invitation gave: used by somebody who joined, or held for somebody who waits for a seat.

    A held place goes with the request for a seat. A used one stays when its runner leaves or is erased, without them.
    """

    __tablename__ = "invitation_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"), index=True)
    runner_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    seat_request_id: Mapped[int | None] = mapped_column(ForeignKey("seat_request.id", ondelete="CASCADE"), unique=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When they joined; None while the place is held.
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""A group, its members, and what each member lets it see."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, UtcDateTime
from webapp.models.columns import known, word
from webapp.models.words import ConsentLevel, JoinPolicy, Notice, Role
from webapp.names import NameStyle

_IS_GIVEN = "withdrawn_at IS NULL"
_IS_CALLED_OUT = "call_outs_at IS NOT NULL"


class Group(Base):
    """The people who run together."""

    __tablename__ = "running_group"
    __table_args__ = (known("join_policy", JoinPolicy),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    # IANA name; it alone defines the group's today.
    tz: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    join_policy: Mapped[JoinPolicy] = mapped_column(
        word(JoinPolicy, 10), default=JoinPolicy.INVITATION, server_default=JoinPolicy.INVITATION
    )
    # Since when it is read and no longer changed.
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when an operator has closed it, with the same effect.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it is deleted, unless an organiser stops that.
    deletes_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="group", passive_deletes=True)

    @property
    def is_read_only(self) -> bool:
        return self.archived_at is not None or self.closed_at is not None


class Membership(Base):
    """A runner in a group."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("group_id", "runner_id"),
        Index("ix_membership_group_id_role", "group_id", "role", "runner_id"),
        Index("ix_membership_group_id_joined_at", "group_id", "joined_at"),
        known("role", Role),
        known("notice", Notice),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(word(Role, 10), default=Role.MEMBER)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # A notice on the group's page for this member, until they dismiss it.
    notice: Mapped[Notice | None] = mapped_column(word(Notice, 10))
    # When another organiser made them one; None for the founder, and for one who followed the last organiser.
    named_organiser_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    group: Mapped[Group] = relationship(back_populates="memberships")


class Consent(Base):
    """What a member lets this group see. Without one that is given and not withdrawn, nothing is shown."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("group_id", "runner_id"),
        known("level", ConsentLevel),
        known("name_style", NameStyle),
        # All that ordering the members of a group reads.
        Index(
            "ix_consent_members",
            "group_id",
            "search_name",
            "id",
            "level",
            "runner_id",
            sqlite_where=text(_IS_GIVEN),
            postgresql_where=text(_IS_GIVEN),
        ),
        # The few who can be called out, by name.
        Index(
            "ix_consent_call_outs",
            "group_id",
            "search_name",
            sqlite_where=text(_IS_CALLED_OUT),
            postgresql_where=text(_IS_CALLED_OUT),
        ),
        # No two members of a group have names that look the same.
        Index("ix_consent_group_id_name_key", "group_id", "name_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    text_version: Mapped[str] = mapped_column(String(20))
    level: Mapped[ConsentLevel] = mapped_column(word(ConsentLevel, 10), default=ConsentLevel.TOTALS)
    name_style: Mapped[NameStyle] = mapped_column(word(NameStyle, 10), default=NameStyle.FULL)
    shown_name: Mapped[str] = mapped_column(String(120))
    # The shown name, casefolded, to search by.
    search_name: Mapped[str] = mapped_column(String(240))
    # The shown name as `webapp.look_alikes.folded` writes it; None where nothing is shown.
    name_key: Mapped[str | None] = mapped_column(String(240))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when what they write reaches nobody in the group. It outlasts leaving, as this row does.
    muted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when each switch of `privacy.switch_rules` is on.
    longest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    usual_week_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    photo_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fits_me_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    count_private_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    nudges_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    call_outs_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outside_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    public_totals_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditLine(Base):
    """Something that was decided in a group: who did what to whom, when. Kept as long as the group.

    `action` is one of `groups.rules.ACTIONS`; `words` is the reason given, if any; `before` and `after` say what
    changed. An erased runner is no longer named.
    """

    __tablename__ = "audit_line"
    __table_args__ = (Index("ix_audit_line_group_id_at", "group_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(String(280), default="")
    before: Mapped[str] = mapped_column(String(280), default="")
    after: Mapped[str] = mapped_column(String(280), default="")

"""Reading the members of a group for those who look after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select

from webapp.db import db
from webapp.errors import not_found
from webapp.groups.moderation_queries import is_banned
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import (
    Wanted,
    consents_by_name,
    member_count,
    visible_name,
)
from webapp.models.groups import Consent, Group, Membership
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinPolicy, JoinRequestState, Role
from webapp.paging import Page
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_is_given, is_named_member
from webapp.text import anywhere, search_key


@dataclass(frozen=True, slots=True)
class ManagedMember:
    """A member as organisers see them: under the name that the group sees, and no other."""

    runner_id: int
    name: str
    role: Role
    joined_at: datetime
    is_muted: bool
    is_me: bool
    # The address of their photo, None for initials.
    photo: str | None

    @property
    def is_organiser(self) -> bool:
        return is_organiser(self)


@dataclass(frozen=True, slots=True)
class MemberSearch:
    """Which members are looked for: by a part of their name, or by their role."""

    search: str = ""
    role: Role | None = None


def managed_count(group_id: int, wanted: MemberSearch) -> int:
    if wanted.search:
        return db.session.scalar(_how_many_found(_conditions(wanted)), _values(group_id, wanted)) or 0
    if wanted.role:
        return db.session.scalar(_WITH_ROLE, {"group": group_id, "role": wanted.role}) or 0
    return member_count(group_id)


def managed_page(group_id: int, viewer_id: int, wanted: MemberSearch, page: Page) -> list[ManagedMember]:
    """Return one page of the members that are wanted, by shown name."""
    consents = consents_by_name(group_id, page, _conditions(wanted), _values(group_id, wanted))
    rows = db.session.execute(_PAGE, {"group": group_id, "consents": consents})
    members = {consent_id: _managed(row, viewer_id) for *row, consent_id in rows}
    return [members[consent_id] for consent_id in consents if consent_id in members]


def managed_member(group_id: int, runner_id: int, viewer_id: int) -> ManagedMember:
    """Return one member. Raises NotFound where there is no such member."""
    found = db.session.execute(_MEMBER, {"group": group_id, "runner": runner_id}).one_or_none()
    if found is None:
        raise not_found()
    return _managed(found, viewer_id)


def _managed(row: Sequence[Any], viewer_id: int) -> ManagedMember:
    runner_id, name, role, joined_at, is_muted, slug, level, version = row
    photo = shown_link(slug, runner_id, level, version)
    return ManagedMember(runner_id, name, role, joined_at, is_muted, runner_id == viewer_id, photo)


_SAME = and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id)
_MEMBERS = (
    select(
        *(Consent.runner_id, visible_name(), Membership.role, Membership.joined_at),
        *(Consent.muted_at.is_not(None), Group.slug, Consent.level, photo_version()),
    )
    .join(Membership, _SAME)
    .join(Group, Group.id == Consent.group_id)
    .where(Consent.group_id == bindparam("group"), consent_is_given())
)
_MEMBER = _MEMBERS.where(Consent.runner_id == bindparam("runner"))
_PAGE = _MEMBERS.add_columns(Consent.id).where(Consent.id.in_(bindparam("consents", expanding=True)))

_HERE = select(Membership.runner_id).where(Membership.group_id == bindparam("group"))
_WITH_ROLE = select(func.count()).where(Membership.group_id == bindparam("group"), Membership.role == bindparam("role"))
_HAS_ROLE = Consent.runner_id.in_(_HERE.where(Membership.role == bindparam("role")))
# Nearly all are plain members. The few others are left out, so that the list stays in the order of its index.
_IS_PLAIN = Consent.runner_id.not_in(_HERE.where(Membership.role.in_(set(Role) - {Role.MEMBER})))
# Finding a hidden runner by their name would give it away.
_HAS_NAME = and_(Consent.search_name.like(bindparam("name"), escape="/"), is_named_member())


def _conditions(wanted: MemberSearch) -> Wanted:
    by_role = {None: (), Role.MEMBER: (_IS_PLAIN,)}.get(wanted.role, (_HAS_ROLE,))
    return (*by_role, _HAS_NAME) if search_key(wanted.search) else by_role


def _values(group_id: int, wanted: MemberSearch) -> dict[str, object]:
    return {"group": group_id, "role": wanted.role, "name": anywhere(search_key(wanted.search))}


@cache
def _how_many_found(conditions: Wanted) -> Select[int]:
    return select(func.count(Consent.id)).where(Consent.group_id == bindparam("group"), consent_is_given(), *conditions)


def lets_in(group: Group, runner_id: int) -> bool:
    """Return whether a runner may join a group without an invitation."""
    is_let_in = group.join_policy == JoinPolicy.OPEN or is_approved(group.id, runner_id)
    return is_let_in and not group.is_read_only and not is_banned(group.id, runner_id)


def is_approved(group_id: int, runner_id: int) -> bool:
    """Return whether a runner's request to join was approved, and they have not joined yet."""
    approved = exists().where(
        JoinRequest.group_id == group_id,
        JoinRequest.runner_id == runner_id,
        JoinRequest.state == JoinRequestState.APPROVED,
    )
    return bool(db.session.scalar(select(approved)))

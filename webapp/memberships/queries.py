"""Reading the members of a group for those who look after them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from webapp.db import db
from webapp.errors import not_found
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import consents_by_name, visible_name
from webapp.models.groups import Consent, Group, Membership
from webapp.models.words import Role
from webapp.paging import Page
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_is_given, is_named_member
from webapp.text import search_key


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
        found = (Consent.group_id == group_id, consent_is_given(), *_conditions(group_id, wanted))
        return db.session.scalar(select(func.count(Consent.id)).where(*found)) or 0
    with_role = (Membership.role == wanted.role,) if wanted.role else ()
    return db.session.scalar(select(func.count()).where(Membership.group_id == group_id, *with_role)) or 0


def managed_page(group_id: int, viewer_id: int, wanted: MemberSearch, page: Page) -> list[ManagedMember]:
    """Return one page of the members that are wanted, by shown name."""
    consents = consents_by_name(group_id, page, *_conditions(group_id, wanted))
    rows = db.session.execute(_members(group_id).add_columns(Consent.id).where(Consent.id.in_(consents)))
    members = {consent_id: _managed(row, viewer_id) for *row, consent_id in rows}
    return [members[consent_id] for consent_id in consents if consent_id in members]


def managed_member(group_id: int, runner_id: int, viewer_id: int) -> ManagedMember:
    """Return one member. Raises NotFound where there is no such member."""
    found = db.session.execute(_members(group_id).where(Consent.runner_id == runner_id)).one_or_none()
    if found is None:
        raise not_found()
    return _managed(found, viewer_id)


def _managed(row: Sequence[Any], viewer_id: int) -> ManagedMember:
    runner_id, name, role, joined_at, is_muted, slug, level, version = row
    photo = shown_link(slug, runner_id, level, version)
    return ManagedMember(runner_id, name, role, joined_at, is_muted, runner_id == viewer_id, photo)


def _members(group_id: int) -> Select[*tuple[Any, ...]]:
    same = and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id)
    return (
        select(
            *(Consent.runner_id, visible_name(), Membership.role, Membership.joined_at),
            *(Consent.muted_at.is_not(None), Group.slug, Consent.level, photo_version()),
        )
        .join(Membership, same)
        .join(Group, Group.id == Consent.group_id)
        .where(Consent.group_id == group_id, consent_is_given())
    )


def _conditions(group_id: int, wanted: MemberSearch) -> Iterator[ColumnElement[bool]]:
    here = select(Membership.runner_id).where(Membership.group_id == group_id)
    if wanted.role == Role.MEMBER:
        # Nearly all are. The few others are left out, so that the list stays in the order of its index.
        yield Consent.runner_id.not_in(here.where(Membership.role.in_(set(Role) - {Role.MEMBER})))
    elif wanted.role is not None:
        yield Consent.runner_id.in_(here.where(Membership.role == wanted.role))
    if key := search_key(wanted.search):
        # Finding a hidden runner by their name would give it away.
        yield and_(Consent.search_name.contains(key, autoescape=True), is_named_member())

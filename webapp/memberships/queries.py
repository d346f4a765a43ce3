"""Reading the members of a group for those who look after them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from webapp.db import db
from webapp.errors import not_found
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import by_visible_name, visible_name
from webapp.models.groups import Consent, Group, Membership
from webapp.models.words import Role
from webapp.paging import Page
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_is_given, is_hidden_member
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
    return db.session.scalar(select(func.count()).select_from(_found(group_id, wanted).subquery())) or 0


def managed_page(group_id: int, viewer_id: int, wanted: MemberSearch, page: Page) -> list[ManagedMember]:
    """Return one page of the members that are wanted, by shown name."""
    found = _found(group_id, wanted).order_by(*by_visible_name(), Consent.id).limit(page.size).offset(page.offset)
    return [_managed(row, viewer_id) for row in db.session.execute(found)]


def managed_member(group_id: int, runner_id: int, viewer_id: int) -> ManagedMember:
    """Return one member. Raises NotFound where there is no such member."""
    found = db.session.execute(_found(group_id, MemberSearch()).where(Consent.runner_id == runner_id)).one_or_none()
    if found is None:
        raise not_found()
    return _managed(found, viewer_id)


def _managed(row: Row[*tuple[Any, ...]], viewer_id: int) -> ManagedMember:
    runner_id, name, role, joined_at, is_muted, slug, level, version = row
    photo = shown_link(slug, runner_id, level, version)
    return ManagedMember(runner_id, name, role, joined_at, is_muted, runner_id == viewer_id, photo)


def _found(group_id: int, wanted: MemberSearch) -> Select[*tuple[Any, ...]]:
    same = and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id)
    found = (
        select(
            *(Consent.runner_id, visible_name(), Membership.role, Membership.joined_at),
            *(Membership.muted_at.is_not(None), Group.slug, Consent.level, photo_version()),
        )
        .join(Membership, same)
        .join(Group, Group.id == Consent.group_id)
        .where(Consent.group_id == group_id, consent_is_given())
    )
    if wanted.role is not None:
        found = found.where(Membership.role == wanted.role)
    if key := search_key(wanted.search):
        # Finding a hidden runner by their name would give it away.
        found = found.where(Consent.search_name.contains(key, autoescape=True), ~is_hidden_member())
    return found

"""Reading groups, for their members."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import contains_eager

from webapp.db import Base, db, reading
from webapp.errors import Problem, not_found
from webapp.groups.permissions import IN_ARCHIVED_GROUPS, ROLES, Permission, may
from webapp.groups.rules import ROLE_WORDS
from webapp.models.accounts import Runner
from webapp.models.groups import Consent, Group, Membership
from webapp.models.scoring import LedgerDay
from webapp.models.words import Role
from webapp.names import NAMELESS, NameStyle, called
from webapp.paging import Page
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_is_given, is_hidden_member, is_named_member
from webapp.stand_ins import HIDDEN_NAME
from webapp.text import is_writable

# Conditions on members, made once.
Wanted = tuple[ColumnElement[bool], ...]
NONE: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the group sees them."""

    runner_id: int
    name: str
    role: Role
    joined_at: datetime
    is_me: bool
    # The address of their photo, None for initials.
    photo: str | None = None

    @property
    def title(self) -> str | None:
        """Return the member's role in words; None for a plain member."""
        return None if self.role == Role.MEMBER else ROLE_WORDS[self.role]


class GroupArchived(Problem):
    """An archived group is read, and nothing new begins in it."""

    title = "This group is archived"
    message = "Nothing new begins in it, and nobody can join. Its organisers can bring it back."
    status = 409


class GroupClosed(Problem):
    """An operator has closed the group."""

    title = "This group is closed"
    message = "The operator of this installation has closed it. Its members can read it and leave it."
    status = 409


@dataclass(frozen=True, slots=True)
class Month:
    """Metres so far, metres today, days with a run."""

    total: int
    today: int
    active_days: int


def groups_of(runner_id: int) -> Sequence[Group]:
    """Return the groups of a runner by name."""
    mine = select(Group).join(Membership).where(Membership.runner_id == runner_id).order_by(Group.name)
    return db.session.scalars(mine).all()


def memberships_of(runner_id: int) -> Sequence[Membership]:
    """Return the memberships of a runner with their groups, by the groups' names."""
    return db.session.scalars(_MEMBERSHIPS, {"runner": runner_id}).all()


_MEMBERSHIPS = (
    select(Membership)
    .join(Membership.group)
    .options(contains_eager(Membership.group))
    .where(Membership.runner_id == bindparam("runner"))
    .order_by(Group.name)
)


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group in the head of every page."""

    slug: str
    name: str


_GROUP, _MEMBERSHIP = (Base.metadata.tables[model.__tablename__] for model in (Group, Membership))
_LINKS = (
    select(_GROUP.c.slug, _GROUP.c.name)
    .join(_MEMBERSHIP)
    .where(_MEMBERSHIP.c.runner_id == bindparam("runner"))
    .order_by(_GROUP.c.name)
)


_MINE = (
    select(Group, Membership)
    .join(Membership)
    .where(Group.slug == bindparam("slug"), Membership.runner_id == bindparam("runner"))
)


def group_links(runner_id: int) -> list[GroupLink]:
    """Return the groups of a runner by name, for the head of the page: a plain read, since every page makes it."""
    return [GroupLink(*row) for row in db.session.connection().execute(_LINKS, {"runner": runner_id})]


def group_for(slug: str, runner_id: int, permission: Permission) -> tuple[Group, Membership]:
    """Return the group and the membership of a runner who has a permission there.

    Raises NotFound for everybody else, whether or not the group exists, and GroupArchived or GroupClosed for what such
    a group no longer allows.
    """
    if not is_writable(slug):  # a database may choke on it
        raise not_found()
    found = db.session.execute(_MINE, {"slug": slug, "runner": runner_id}).one_or_none()
    if found is None or not may(found[1], permission):
        raise not_found()
    if not may_now(found[1], permission):
        refuse_read_only(found[0])
    return found[0], found[1]


def may_now(member: Membership, permission: Permission) -> bool:
    """Return whether a member may do something in their group as it is now: in an archived or closed one, little."""
    return may(member, permission) and (permission in IN_ARCHIVED_GROUPS or not member.group.is_read_only)


def refuse_read_only(group: Group) -> None:
    """Raise GroupClosed or GroupArchived for a group that is read and no longer changed."""
    if group.closed_at is not None:
        raise GroupClosed
    if group.archived_at is not None:
        raise GroupArchived


def group_by_slug(slug: str) -> Group | None:
    """Return a group by its address, whoever asks. For pages that decide by themselves who may see what of it."""
    return db.session.scalar(select(Group).where(Group.slug == slug)) if is_writable(slug) else None


def locked_group(condition: ColumnElement[bool]) -> Group | None:
    """Return the group that meets `condition`, fresh, and lock its members against other changes until the commit.

    Otherwise two last organisers who leave, or one who joins while the last one leaves, would not see each other.
    """
    # Key share: a transaction that writes a row that refers to the group, such as a board, need not wait for this, and
    # may have locked what we are about to lock.
    locked = select(Group).where(condition).with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(locked)


def locked_members(group_id: int, runner_ids: Collection[int]) -> None:
    """Lock memberships until the end of the transaction, in one order, so that two writers never wait for each other.

    Raises NotFound if one of the runners is no member any more.
    """
    here = select(Membership.runner_id).where(Membership.group_id == group_id, Membership.runner_id.in_(runner_ids))
    # Key share: rows that merely point at a membership can still be written meanwhile.
    found = db.session.scalars(here.order_by(Membership.id).with_for_update(key_share=True))
    if set(found) != set(runner_ids):
        raise not_found()


def membership_of(group_id: int, runner_id: int) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(Membership.group_id == group_id, Membership.runner_id == runner_id)
    )


def consent_of(group_id: int, runner_id: int) -> Consent | None:
    """Return the runner's consent in the group, withdrawn or not."""
    return db.session.scalar(_CONSENT, {"group": group_id, "runner": runner_id})


_CONSENT = select(Consent).where(Consent.group_id == bindparam("group"), Consent.runner_id == bindparam("runner"))


def taken_names(group_id: int, runner_id: int) -> set[str]:
    """Return the names, folded, that the other members of a group have. Hold the group's lock to take a free one."""
    others = select(Consent.name_key).where(
        Consent.group_id == group_id, Consent.runner_id != runner_id, Consent.name_key.is_not(None)
    )
    return {key for key in db.session.scalars(others) if key}


def is_shown_without_a_name(consent: Consent, runner: Runner) -> bool:
    """Return whether the group sees a runner without a name, because they have not chosen one yet."""
    return consent.name_style != NameStyle.ALIAS and called(runner.name) == NAMELESS


def member_count(group_id: int) -> int:
    return reading().execute(_HOW_MANY, {"group": group_id}).scalar() or 0


_HOW_MANY = select(func.count()).where(Membership.group_id == bindparam("group"))


def is_role_of_organisers(membership: Any = Membership) -> ColumnElement[bool]:
    """Return the condition of `permissions.is_organiser`."""
    condition: ColumnElement[bool] = membership.role.in_(ROLES[Permission.MANAGE_MEMBERS])
    return condition


def organiser_count(group_id: int) -> int:
    mine = select(func.count()).where(Membership.group_id == group_id, is_role_of_organisers())
    return db.session.scalar(mine) or 0


def visible_name(consent: Any = Consent, viewer_id: Any = None) -> ColumnElement[str]:
    """Return what a list calls a member. A hidden runner has no name in it, except to themselves."""
    return case((_is_hidden_from(consent, viewer_id), HIDDEN_NAME), else_=consent.shown_name)


def visible_name_of(group_id: int, runner_id: int) -> str | None:
    """Return what a group calls one of its runners; None or "" for a former member."""
    mine = (Consent.group_id == group_id, Consent.runner_id == runner_id)
    return db.session.scalar(select(visible_name()).where(*mine, Consent.shown_name != ""))


def by_visible_name(viewer_id: Any = None) -> tuple[ColumnElement[Any], ...]:
    """Return the sort key of such a list. Hidden runners come last: their place would hint at the name."""
    hidden = _is_hidden_from(Consent, viewer_id)
    return (case((hidden, 1), else_=0), case((hidden, ""), else_=Consent.search_name))


def _is_hidden_from(consent: Any, viewer_id: Any) -> ColumnElement[bool]:
    is_hidden = is_hidden_member(consent)
    return is_hidden if viewer_id is None else and_(is_hidden, consent.runner_id != viewer_id)


def consents_by_name(
    group_id: int, page: Page, wanted: Wanted = (), values: Mapping[str, object] = NONE, viewer_id: int | None = None
) -> list[int]:
    """Return the consents of one page of a group's members, by shown name, in the order of an index.

    Hidden runners come last, in no order of names: their place would hint at the name. `wanted`: conditions that are
    made once, with `values` of their parameters.
    """
    named, hidden = _consents_by_name(wanted, viewer_id is not None)
    values = {**values, "group": group_id, "viewer": viewer_id}
    found = list(reading().execute(named, {**values, "size": page.size, "offset": page.offset}).scalars())
    if len(found) == page.size:
        return found
    before = 0 if found or not page.offset else page.offset - _count_named(page.offset, named, values)
    rest = {"size": page.size - len(found), "offset": before}
    return found + list(reading().execute(hidden, {**values, **rest}).scalars())


@cache
def _consents_by_name(wanted: Wanted, has_viewer: bool) -> tuple[Select[int], Select[int]]:
    """Return the statements of members with a name and of those without. A process builds each of them once."""
    members = select(Consent.id).where(Consent.group_id == bindparam("group"), consent_is_given(), *wanted)
    is_named = is_named_member()
    if has_viewer:
        is_named = or_(Consent.runner_id == bindparam("viewer"), is_named)
    named, hidden = members.where(is_named), members.where(~is_named)
    return (
        named.order_by(Consent.search_name, Consent.id).limit(bindparam("size")).offset(bindparam("offset")),
        hidden.order_by(Consent.id).limit(bindparam("size")).offset(bindparam("offset")),
    )


def _count_named(limit: int, named: Select[int], values: Mapping[str, object]) -> int:
    """Return how many members have a name, counted no further than `limit`."""
    found = select(func.count()).select_from(named.subquery())
    return reading().execute(found, {**values, "size": limit, "offset": 0}).scalar() or 0


def members_page(group_id: int, viewer_id: int, page: Page) -> list[Member]:
    """Return one page of the members by shown name."""
    consents = consents_by_name(group_id, page, viewer_id=viewer_id)
    members = {}
    for row in reading().execute(_MEMBERS, {"consents": consents, "viewer": viewer_id}):
        consent_id, runner_id, name, role, joined_at, slug, level, version = row
        photo = shown_link(slug, runner_id, level, version)
        members[consent_id] = Member(runner_id, name, role, joined_at, runner_id == viewer_id, photo)
    return [members[consent_id] for consent_id in consents if consent_id in members]


_MEMBERS = (
    select(
        *(Consent.id, Consent.runner_id, visible_name(viewer_id=bindparam("viewer")), Membership.role),
        *(Membership.joined_at, Group.slug, Consent.level, photo_version()),
    )
    .join(Membership, and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id))
    .join(Group, Group.id == Consent.group_id)
    .where(Consent.id.in_(bindparam("consents", expanding=True)))
)


def member(group_id: int, runner_id: int) -> Member:
    """Return one member as the group sees them. Raises NotFound where there is no such member."""
    found = db.session.execute(
        select(visible_name(), Membership)
        .join(Membership, (Membership.group_id == Consent.group_id) & (Membership.runner_id == Consent.runner_id))
        .where(Consent.group_id == group_id, Consent.runner_id == runner_id, consent_is_given())
    ).one_or_none()
    if found is None:
        raise not_found()
    return Member(runner_id, found[0], found[1].role, found[1].joined_at, is_me=False)


def month_so_far(runner_id: int, today: date) -> Month:
    """Return what a runner ran since the first of this month, from their ledger."""
    mine = select(LedgerDay.local_date, LedgerDay.distance_m).where(
        LedgerDay.runner_id == runner_id,
        LedgerDay.sport_class == "run",
        LedgerDay.local_date.between(today.replace(day=1), today),
        LedgerDay.distance_m > 0,
    )
    days = dict(db.session.execute(mine).all())
    return Month(sum(days.values()), days.get(today, 0), len(days))

"""Reading who are buddies, who asked whom, and the weeks that buddies show each other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from webapp.buddies.rules import WeekSums, open_since
from webapp.db import db, reading
from webapp.groups.queries import consent_of, consents_by_name
from webapp.models.buddies import BuddyLink
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConsentLevel
from webapp.paging import Page
from webapp.privacy.gate import may_see
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_holds, is_hidden_runner, is_named_member, level_of
from webapp.rulebook.date_ranges import monday_of
from webapp.text import anywhere, search_key

FOUND = 20


@dataclass(frozen=True, slots=True)
class NamedMember:
    """Another member, under the name that the group sees."""

    runner_id: int
    name: str
    level: ConsentLevel
    photo: str | None


@dataclass(frozen=True, slots=True)
class BuddyWeek:
    """A buddy with their week so far; None where they show no figures."""

    who: NamedMember
    week: WeekSums | None


def buddy_ids(group_id: int, runner_id: int) -> set[int]:
    """Return the accepted buddies of a member, whether or not they are shown now."""
    mine = or_(BuddyLink.asker_id == runner_id, BuddyLink.asked_id == runner_id)
    pairs = select(BuddyLink.asker_id, BuddyLink.asked_id).where(
        BuddyLink.group_id == group_id, BuddyLink.accepted_at.is_not(None), mine
    )
    return {asked if asker == runner_id else asker for asker, asked in db.session.execute(pairs)}


def are_buddies(group_id: Any, one: Any, other: Any) -> ColumnElement[bool]:
    """Return the condition that two runners (ids or columns) are accepted buddies in a group."""
    either = or_(
        and_(BuddyLink.asker_id == one, BuddyLink.asked_id == other),
        and_(BuddyLink.asker_id == other, BuddyLink.asked_id == one),
    )
    return exists().where(BuddyLink.group_id == group_id, BuddyLink.accepted_at.is_not(None), either)


def buddies_of(group_id: int, slug: str, runner_id: int) -> list[NamedMember]:
    """Return the buddies of a member by name: those whom the group sees, and nobody for one it does not see."""
    ids = buddy_ids(group_id, runner_id)
    return named_members(group_id, slug, ids) if ids and is_seen(group_id, runner_id) else []


def weeks_of(group_id: int, slug: str, runner_id: int, today: date) -> list[BuddyWeek]:
    """Return the buddies of a member with their weeks so far, as far as they show figures to the group.

    `today`: the date in the group's time zone.
    """
    buddies = buddies_of(group_id, slug, runner_id)
    sums = week_sums([one.runner_id for one in buddies if may_see(one.level, "buddy_week")], today)
    return [BuddyWeek(one, sums.get(one.runner_id)) for one in buddies]


def shows_week(group_id: int, runner_id: int) -> bool:
    """Return whether buddies of a member see the sums of their week."""
    return may_see(level_of(consent_of(group_id, runner_id)), "buddy_week")


def week_sums(runner_ids: Collection[int], today: date) -> Mapping[int, WeekSums]:
    """Return what runners ran since Monday, from their ledgers, each of them with sums."""
    d = LedgerDay
    week = select(d.runner_id, func.count(), func.sum(d.runs), func.sum(d.distance_m)).where(
        d.runner_id.in_(runner_ids), d.sport_class == "run", d.local_date.between(monday_of(today), today)
    )
    rows = db.session.execute(week.where(d.runs > 0).group_by(d.runner_id)) if runner_ids else ()
    found = {runner_id: WeekSums(days, int(runs), int(metres)) for runner_id, days, runs, metres in rows}
    return {runner_id: found.get(runner_id, WeekSums()) for runner_id in runner_ids}


def asked_me(group_id: int, slug: str, runner_id: int, now: datetime) -> list[NamedMember]:
    """Return those whose request this member can answer."""
    mine = (BuddyLink.group_id == group_id, BuddyLink.asked_id == runner_id, BuddyLink.declined_at.is_(None))
    asking = select(BuddyLink.asker_id).where(*mine, *is_open(now))
    return named_members(group_id, slug, set(db.session.scalars(asking)))


def asked_by_me(group_id: int, slug: str, runner_id: int, now: datetime) -> list[NamedMember]:
    """Return those whom this member asked and who have not accepted. Whether they declined is theirs to know."""
    mine = (BuddyLink.group_id == group_id, BuddyLink.asker_id == runner_id)
    asked = select(BuddyLink.asked_id).where(*mine, *is_open(now))
    return named_members(group_id, slug, set(db.session.scalars(asked)))


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a request was asked lately and was not accepted."""
    return BuddyLink.accepted_at.is_(None), BuddyLink.asked_at > open_since(now)


def is_seen(group_id: int, runner_id: int) -> bool:
    """Return whether the group sees a member by name."""
    return bool(db.session.scalar(_SEEN, {"group": group_id, "runner": runner_id}))


_SEEN = select(
    exists().where(
        *(Consent.group_id == bindparam("group"), Consent.runner_id == bindparam("runner")),
        *(consent_holds(), ~is_hidden_runner(Consent.runner_id)),
    )
)


def named_members(group_id: int, slug: str, runner_ids: Collection[int]) -> list[NamedMember]:
    """Return those of these runners whom the group sees, by name."""
    if not runner_ids:
        return []
    return _named(slug, _THESE, {"group": group_id, "runners": list(runner_ids)})


def choices(group_id: int, slug: str, runner_id: int, name: str) -> list[NamedMember]:
    """Return members whom the group sees and whose name contains `name`, other than the one who looks."""
    values = {"name": anywhere(search_key(name)), "reader": runner_id}
    found = consents_by_name(group_id, Page(1, FOUND), (_HAS_NAME, _IS_SEEN, _IS_OTHER), values)
    return _named(slug, _FOUND, {"found": found})


_HAS_NAME = Consent.search_name.like(bindparam("name"), escape="/")
_IS_SEEN = consent_holds()
_IS_OTHER = Consent.runner_id != bindparam("reader")


def _named(slug: str, which: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> list[NamedMember]:
    rows = reading().execute(which, values)
    return [
        NamedMember(runner_id, name, level, shown_link(slug, runner_id, level, version))
        for runner_id, name, level, version in rows
    ]


_NAMED = (
    select(Consent.runner_id, Consent.shown_name, Consent.level, photo_version())
    .where(consent_holds(), is_named_member())
    .order_by(Consent.search_name, Consent.id)
)
_THESE = _NAMED.where(
    Consent.group_id == bindparam("group"), Consent.runner_id.in_(bindparam("runners", expanding=True))
)
_FOUND = _NAMED.where(Consent.id.in_(bindparam("found", expanding=True)))

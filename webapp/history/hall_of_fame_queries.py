"""The hall of fame as pages show it: its cached places, with the names that may be shown at present."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import and_, select

from webapp.cache import cached
from webapp.db import db
from webapp.formatting import score
from webapp.history.hall_of_fame_stats_queries import (
    SHOWN,
    HallOfFame,
    HallOfFameEntry,
    Stand,
    agreed_state,
    closed_count,
    hall_of_fame_of,
)
from webapp.models.groups import Consent, Group, Membership
from webapp.privacy.gate import shared
from webapp.privacy.queries import consent_holds, is_hidden_runner, switched_on
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.measures import SINGLE

BEST = {
    "distance": ("Furthest", "The greatest distance in one challenge."),
    "time": ("Longest on their feet", "The most moving time in one challenge."),
    "climb": ("Highest", "The most climb in one challenge."),
    "runs": ("Most runs", "In one challenge."),
    "days": ("Most active days", "In one challenge."),
    "streak": ("Longest streak of days", "In one challenge, in days run."),
    "points": ("Most points", "In one challenge."),
    "improvement": ("Furthest past their own weeks", "Measured against what each ran in the weeks before."),
    "percent": ("Furthest past their own target", "Measured against what each runner set as a target."),
}
SINGLE_RUN = ("Longest run", "Of those who agreed to show theirs.")


@dataclass(frozen=True, slots=True)
class Honoured:
    """A runner in the hall: the value in words, and where it was. A rank of 0 means that there is no order."""

    runner_id: int
    name: str
    rank: int
    text: str
    small: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the hall: a title, what it is, and the runners in it; `more`: the number of others."""

    title: str
    says: str
    people: list[Honoured]
    more: int = 0


@dataclass(frozen=True, slots=True)
class HallOfFameContext:
    """The viewer, and the runners they may see, by runner."""

    runner_id: int
    units: str
    hall: HallOfFame
    consents: dict[int, Consent]


def shown_hall_of_fame(group: Group, runner_id: int, units: str, today: date) -> tuple[list[Section], list[Section]]:
    """Return the parts for everybody, and those of the greatest; both empty while nothing is closed.

    The places are kept until another challenge closes, a consent to show longest runs changes, or the day ends.
    """
    key = ("hall", group.id, group.created_at, closed_count(group.id), agreed_state(group.id), today)
    hall: HallOfFame | None = cached(key, partial(hall_of_fame_of, group.id))
    if hall is None:
        return [], []
    context = HallOfFameContext(runner_id, units, hall, _consents(group.id, _everybody(hall)))
    return _filled(_for_everybody(context)), _filled(_of_the_greatest(context))


def _filled(sections: Iterator[Section]) -> list[Section]:
    return [section for section in sections if section.people]


def _everybody(hall: HallOfFame) -> set[int]:
    parts = (*hall.best.values(), hall.first_places, hall.taken_part, hall.months, hall.every, hall.newcomers)
    return {stand.runner_id for part in (*parts, hall.improved) for stand in part.stands}


def _consents(group_id: int, runner_ids: Collection[int]) -> dict[int, Consent]:
    given = (
        select(Consent)
        .join(Membership, and_(Membership.group_id == group_id, Membership.runner_id == Consent.runner_id))
        .where(Consent.group_id == group_id, consent_holds(), Consent.runner_id.in_(runner_ids))
        .where(~is_hidden_runner(Consent.runner_id))
    )
    return {consent.runner_id: consent for consent in db.session.scalars(given)}


def _for_everybody(context: HallOfFameContext) -> Iterator[Section]:
    hall = context.hall
    yield _everyone(
        context, f"In every challenge of {hall.year}", f"All {hall.of_year} of them, fast or slow.", hall.every
    )
    last = hall.closed[max(hall.closed, key=lambda key: (hall.closed[key].ends_on, key))]
    yield _everyone(context, "First challenge finished", f"New in {last.name}. Welcome.", hall.newcomers)
    if hall.between:
        says = f"{last.name} against their own {hall.between[0].name}, by how much more of it; three days in both."
        yield Section("Most improved", says, list(islice(_improved(context), SHOWN)))
    yield _ranked(context, ("Most challenges", "Taken part in."), hall.taken_part, "taken_part", "challenge")
    yield _ranked(context, ("Longest streak", "Months in a row with a challenge."), hall.months, "months", "month")


def _of_the_greatest(context: HallOfFameContext) -> Iterator[Section]:
    hall = context.hall
    for kind in (*BEST, *SINGLE):
        yield _ranked(context, BEST.get(kind, SINGLE_RUN), hall.best.get(kind, HallOfFameEntry([])), "total", kind)
    says = ("Most first places", "Shared ones count for everybody.")
    yield _ranked(context, says, hall.first_places, "first_places", "first place")


def _everyone(context: HallOfFameContext, title: str, says: str, part: HallOfFameEntry) -> Section:
    """Return a part without places: all runners in it are equal."""
    people = [
        Honoured(stand.runner_id, seen["name"], 0, "", "", stand.runner_id == context.runner_id)
        for stand in part.stands
        if (seen := _seen(context, stand, {}))
    ]
    return Section(title, says, people, max(0, part.size - len(part.stands)))


def _ranked(context: HallOfFameContext, says: tuple[str, str], part: HallOfFameEntry, field: str, what: str) -> Section:
    """Return the first few with ranks 1, 1, 3 among those who may be seen."""
    found: list[Honoured] = []
    values: list[int] = []
    for stand in part.stands:
        kind = what if field == "total" else None
        seen = _seen(context, stand, {field: stand.value}, kind)
        if seen is None or len(found) == SHOWN:
            continue
        values.append(stand.value)
        where = context.hall.closed.get(stand.challenge_id)
        text = score(seen[field], where.unit, context.units) if where else _number(seen[field], what)
        rank = 1 + values.index(stand.value)
        found.append(_honoured(context, stand, seen["name"], rank, text, where.name if where else ""))
    return Section(*says, found, max(0, part.size - SHOWN))


def _improved(context: HallOfFameContext) -> Iterator[Honoured]:
    assert context.hall.between
    unit, kind = context.hall.between[1].unit, context.hall.between[1].kind
    for stand in context.hall.improved.stands:
        seen = _seen(context, stand, {"total": stand.value, "earlier": stand.earlier}, kind)
        if seen:
            after, before = (score(seen[field], unit, context.units) for field in ("total", "earlier"))
            yield _honoured(context, stand, seen["name"], 0, after, f"from {before}")


def _seen(
    context: HallOfFameContext, stand: Stand, values: dict[str, Any], kind: str | None = None
) -> dict[str, Any] | None:
    """Return what may be shown of a runner; None if they may not be named, or do not show one of the values.

    `kind`: that of the totals in it.
    """
    consent = context.consents.get(stand.runner_id)
    if consent is None or (kind in SINGLE and not switched_on(LONGEST, consent)):
        return None
    seen = shared(consent.level, {"name": consent.shown_name, **values}, in_points=kind == "points")
    return None if None in seen.values() else seen


def _honoured(context: HallOfFameContext, stand: Stand, name: str, rank: int, text: str, small: str) -> Honoured:
    return Honoured(stand.runner_id, name, rank, text, small, stand.runner_id == context.runner_id)


def _number(value: int, what: str) -> str:
    return f"{value:,} {what}{'' if value == 1 else 's'}"

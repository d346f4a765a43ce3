"""Reading what the weekly digest says: the reader's week and chase, the week of their groups, what comes next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from webapp.cache import cached
from webapp.db import db
from webapp.formatting import distance
from webapp.models.accounts import Runner
from webapp.models.announcements import Announcement
from webapp.models.challenges import Challenge, Entry
from webapp.models.facts import Fact
from webapp.models.groups import Consent, Group, Membership
from webapp.models.scoring import DayScore, LedgerDay
from webapp.models.words import FactKind, Role
from webapp.notifications.chase_message_queries import closest_chases
from webapp.notifications.digest_rules import A_WEEK, week_before
from webapp.notifications.message_rules import ChallengeRef, Details, Told
from webapp.notifications.reference_queries import challenge_ref, group_ref
from webapp.notifications.rest_queries import on_a_break
from webapp.notifications.run_digest_queries import coming_runs, has_coming_runs
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.queries import is_hidden_runner, shares_totals

A_DAY = timedelta(days=1)
# A sum of fewer members would say what each of them ran.
MIN_TOGETHER = 3
MAX_ANNOUNCEMENTS, MAX_KEPT_BACK = 3, 5


def runners_to_tell(monday: date, now: datetime, after: int, limit: int) -> Sequence[int]:
    """Return the next runners, by id, for whom there is something to say on this Monday, and no digest yet."""
    has_one = exists().where(
        Fact.runner_id == Runner.id, Fact.kind == FactKind.WEEKLY_DIGEST, Fact.happened_at > now - A_WEEK / 2
    )
    waiting = select(Runner.id).where(Runner.id > after, ~has_one, _has_news(monday, now))
    return db.session.scalars(waiting.order_by(Runner.id).limit(limit)).all()


def _has_news(monday: date, now: datetime) -> ColumnElement[bool]:
    first, last = week_before(monday)
    ran = exists().where(LedgerDay.runner_id == Runner.id, LedgerDay.local_date.between(first, last))
    under_way = Challenge.starts_on <= monday, Challenge.ends_on >= monday, Challenge.frozen_at.is_(None)
    entered = exists().where(Entry.runner_id == Runner.id, Entry.challenge_id == Challenge.id, *under_way)
    in_group = Membership.runner_id == Runner.id, Membership.group_id == Announcement.group_id
    was_told = exists().where(*in_group, Announcement.posted_at > now - A_WEEK)
    return or_(ran, entered, was_told, and_(has_coming_runs(now), ~is_on_break(Runner.id, monday)))


def digest_details(told: Sequence[Told], now: datetime, kept_back: Mapping[int, Sequence[str]]) -> dict[int, Details]:
    """Read what each digest says; nothing to say, no digest. An earlier one says only what its reader ran that week.

    `kept_back`: by runner, what was left to the digest.
    """
    weeks = _own_weeks(told)
    current = {one.id: one for one in told if now - one.happened_at < A_WEEK}
    resting = on_a_break({one.runner_id for one in current.values()}, now)
    latest = _latest(current, kept_back, resting, now) if current else {}
    # One that was there last week does not go: the bell counts it.
    shown = [one for one in told if one.id not in current or weeks[one.id] or any(latest[one.id].values())]
    return {
        one.id: _details(
            one, {**_NOTHING_ELSE, **latest.get(one.id, {}), "ran": weeks[one.id], "rests": one.runner_id in resting}
        )
        for one in shown
    }


def _latest(
    current: Mapping[int, Told], kept_back: Mapping[int, Sequence[str]], resting: Collection[int], now: datetime
) -> dict[int, dict[str, Any]]:
    """Return what this week's digests say besides what their readers ran. What nags is not for those who rest."""
    readers = {one.runner_id for one in current.values()}
    places = _places(readers, now)
    groups, announced = _weeks_of_groups(places, current), _announcements(current, now)
    awake = [one for one in current.values() if one.runner_id not in resting]
    chases, runs = _chases(awake, places, now), coming_runs(readers, resting, now)
    ahead = {
        runner_id: [place for place in places if place.runner_id == runner_id] for runner_id in readers - set(resting)
    }
    return {
        number: {
            "chase": chases.get(number),
            "runs": runs.get(one.runner_id, ()),
            "groups": groups.get(number, ()),
            "announcements": announced.get(one.runner_id, ())[:MAX_ANNOUNCEMENTS],
            "kept_back": kept_back.get(one.runner_id, ())[:MAX_KEPT_BACK],
            "next": _next(ahead.get(one.runner_id, []), now),
        }
        for number, one in current.items()
    }


def _details(one: Told, words: Mapping[str, Any]) -> Details:
    first, last = _week_of(one)
    return Details("home.dashboard", {}, {**words, "first": first, "last": last})


_NOTHING_ELSE: Mapping[str, Any] = {
    "chase": None,
    "runs": (),
    "groups": (),
    "announcements": (),
    "kept_back": (),
    "next": None,
}


def _week_of(one: Told) -> tuple[date, date]:
    return week_before(date.fromisoformat(one.data["monday"]))


def _own_weeks(told: Sequence[Told]) -> dict[int, dict[str, object] | None]:
    """Return what each reader ran in the week of their digest, None for nothing."""
    runners, weeks = {one.runner_id for one in told}, [_week_of(one) for one in told]
    ledger = LedgerDay.local_date.between(min(week[0] for week in weeks), max(week[1] for week in weeks))
    columns = select(LedgerDay.runner_id, LedgerDay.local_date, LedgerDay.distance_m, LedgerDay.runs)
    days = db.session.execute(
        columns.where(LedgerDay.runner_id.in_(runners), LedgerDay.sport_class == "run", ledger)
    ).all()
    found: dict[int, dict[str, object] | None] = {}
    for one, (first, last) in zip(told, weeks, strict=True):
        mine = [day for day in days if day.runner_id == one.runner_id and first <= day.local_date <= last]
        metres, runs = sum(day.distance_m for day in mine), sum(day.runs for day in mine)
        found[one.id] = {"distance": distance(metres, one.units), "runs": runs} if runs else None
    return found


# Challenges of the reader's groups ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A challenge of a group of the reader that is under way or about to begin; `is_in`: the reader is in it."""

    runner_id: int
    role: Role
    group: Group
    challenge: ChallengeRef
    is_in: bool

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.group.tz)).date()


def _places(runner_ids: set[int], now: datetime) -> list[_Place]:
    day = now.astimezone(UTC).date()
    mine = and_(Entry.challenge_id == Challenge.id, Entry.runner_id == Membership.runner_id)
    near = Challenge.starts_on <= day + A_WEEK + A_DAY, Challenge.ends_on >= day - A_DAY
    found = (
        select(Membership.runner_id, Membership.role, Group, Challenge, Entry.id)
        .join(Group, Group.id == Membership.group_id)
        .join(Challenge, Challenge.group_id == Group.id)
        .outerjoin(Entry, mine)
        .where(Membership.runner_id.in_(runner_ids), Challenge.frozen_at.is_(None), Group.closed_at.is_(None), *near)
        .order_by(Challenge.ends_on, Challenge.id)
    )
    return [
        _Place(runner_id, role, group, challenge_ref(challenge), entry_id is not None)
        for runner_id, role, group, challenge, entry_id in db.session.execute(found)
    ]


def _chases(told: Sequence[Told], places: Sequence[_Place], now: datetime) -> dict[int, Mapping[str, object]]:
    """Return the closest chase of each reader in the challenge of theirs that ends first."""
    asked: dict[int, tuple[int, str]] = {}
    chases: list[Told] = []
    for one in told:
        for place in places:
            if place.runner_id == one.runner_id and place.is_in:
                number = len(chases) + 1
                asked[number] = one.id, place.challenge.name
                here = group_ref(place.group, place.role)
                chases.append(replace(one, id=number, group=here, challenge=place.challenge))
    found: dict[int, Mapping[str, object]] = {}
    for number, words in sorted(closest_chases(chases, now).items()):
        reader, challenge = asked[number]
        found.setdefault(reader, {**words, "challenge": challenge})
    return found


def _next(places: Sequence[_Place], now: datetime) -> Mapping[str, object] | None:
    """Return what begins or ends next within a week."""
    coming = []
    for place in places:
        today, window = place.today(now), place.challenge
        if today < window.starts_on <= today + A_WEEK:
            coming.append((window.starts_on, window.id, "begins", window.name))
        elif window.starts_on <= today <= window.ends_on < today + A_WEEK:
            coming.append((window.ends_on, window.id, "ends", window.name))
    if not coming:
        return None
    day, _, what, name = min(coming)
    return {"day": day, "what": what, "challenge": name}


# The week of a group --------------------------------------------------------------------------------------------------


def _weeks_of_groups(places: Sequence[_Place], told: Mapping[int, Told]) -> dict[int, list[Mapping[str, object]]]:
    """Return how far each group ran together that week, as far as its members show it."""
    groups = {place.group.id: place.group.name for place in places}
    joined = {(place.runner_id, place.group.id) for place in places}
    together = {week: _together(groups, *week) for week in {_week_of(one) for one in told.values()}}
    return {
        number: [
            {"name": groups[group_id], "people": people, "distance": distance(metres, one.units)}
            for group_id, (people, metres) in sorted(together[_week_of(one)].items())
            if (one.runner_id, group_id) in joined and people >= MIN_TOGETHER
        ]
        for number, one in told.items()
    }


def _together(group_ids: Collection[int], first: date, last: date) -> dict[int, tuple[int, int]]:
    """Return how many members of each group ran, and how far, by a challenge in which each kilometre counts as one.

    Groups without such a challenge are left out. A process keeps it for each version of the board, which changes with
    what members show.
    """
    there = Challenge.group_id.in_(group_ids), Challenge.starts_on <= first, Challenge.ends_on >= first
    found = db.session.scalars(select(Challenge).where(*there, Challenge.frozen_at.is_(None)).order_by(Challenge.id))
    plain = [one for one in found if one.rules.shaped.is_plain_sum and one.rules.unit == "distance"]
    chosen = {one.group_id: one for one in sorted(plain, key=attrgetter("ends_on", "id"))}
    return {
        group_id: cached((one.id, "week together", one.version, first), partial(_sum_of, one.id, first, last))
        for group_id, one in chosen.items()
    }


def _sum_of(challenge_id: int, first: date, last: date) -> tuple[int, int]:
    here = and_(Consent.runner_id == Entry.runner_id, Consent.group_id == Challenge.group_id)
    sums = (
        select(func.count(Entry.id.distinct()), func.coalesce(func.sum(DayScore.value), 0))
        .select_from(DayScore)
        .join(Entry, Entry.id == DayScore.entry_id)
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .join(Consent, here)
        .where(DayScore.challenge_id == challenge_id, DayScore.local_date.between(first, last), DayScore.value > 0)
        .where(shares_totals(), ~is_hidden_runner(Entry.runner_id))
    )
    people, metres = db.session.execute(sums).one()
    return int(people), int(metres)


def _announcements(told: Mapping[int, Told], now: datetime) -> dict[int, list[Mapping[str, str]]]:
    """Return the titles that the readers' groups posted within a week and that still last, the latest first."""
    day = now.astimezone(UTC).date()
    posted = (
        select(Membership.runner_id, Group.name, Announcement.title)
        .join(Group, Group.id == Membership.group_id)
        .join(Announcement, Announcement.group_id == Group.id)
        .where(Membership.runner_id.in_({one.runner_id for one in told.values()}))
        .where(Announcement.posted_at > now - A_WEEK, or_(Announcement.ends_on.is_(None), Announcement.ends_on >= day))
        .order_by(Announcement.posted_at.desc(), Announcement.id.desc())
    )
    found: defaultdict[int, list[Mapping[str, str]]] = defaultdict(list)
    for runner_id, group, title in db.session.execute(posted):
        found[runner_id].append({"group": group, "title": title})
    return found

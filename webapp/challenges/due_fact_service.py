"""Telling members what the calendar brings: a challenge begins, ends, or has no successor. Nothing here commits."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.challenges.queries import shown_challenges, to_go_on
from webapp.db import db
from webapp.facts.service import NewFact, record_facts, withdraw_facts
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.words import FactKind
from webapp.rulebook.lifecycle import ASK_DAYS, days_left

LAST_DAYS = 3
# In a shorter challenge the last days are most of it.
MIN_DAYS = 7
# Each zone's own today decides; a date begins and ends within a day of the date in UTC.
A_DAY = timedelta(days=1)
# How long its first day is told after it began, if the job did not run before.
TOLD_FOR = A_DAY


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be told by now, and the challenges of which it no longer holds that nothing follows them."""

    facts: list[NewFact]
    followed: list[int]


def due_facts(now: datetime) -> Due:
    """Return what the calendar brings by now and is not recorded. Only reads."""
    found = [*_calendar(now), *(_of_challenge(FactKind.NO_SUCCESSOR, *ids) for ids in _without_successor(now))]
    known = _known({fact.key for fact in found})
    waiting = {fact.challenge_id for fact in found if fact.kind is FactKind.NO_SUCCESSOR}
    followed = [challenge_id for challenge_id in _told_to_go_on() if challenge_id not in waiting]
    return Due([fact for fact in found if (fact.kind, fact.key) not in known], followed)


def record_due(due: Due, now: datetime) -> None:
    """Record what is due."""
    record_facts(due.facts, now)
    withdraw_facts(FactKind.NO_SUCCESSOR, due.followed, now)


def _calendar(now: datetime) -> Iterator[NewFact]:
    day = now.astimezone(UTC).date()
    begins = Challenge.starts_on.between(day - TOLD_FOR - A_DAY, day + A_DAY)
    ends = Challenge.ends_on.between(day - A_DAY, day + LAST_DAYS * A_DAY)
    wanted = select(Challenge, Group).join(Group, Group.id == Challenge.group_id).where(or_(begins, ends), _goes_on())
    for challenge, group in db.session.execute(wanted):
        today = now.astimezone(ZoneInfo(group.tz)).date()
        if _has_begun(challenge, group.tz, today):
            yield _of_challenge(FactKind.CHALLENGE_BEGINS, group.id, challenge.id)
        if _ends_soon(challenge, today):
            yield _of_challenge(FactKind.THREE_DAYS_LEFT, group.id, challenge.id)


def _goes_on() -> ColumnElement[bool]:
    return and_(Group.archived_at.is_(None), Group.closed_at.is_(None), Challenge.frozen_at.is_(None))


def _has_begun(challenge: Challenge, tz: str, today: date) -> bool:
    """Return whether a challenge that was made before its first day has just begun."""
    made_on = challenge.created_at.astimezone(ZoneInfo(tz)).date()
    return challenge.starts_on <= today <= challenge.starts_on + TOLD_FOR and made_on < challenge.starts_on


def _ends_soon(challenge: Challenge, today: date) -> bool:
    is_long = (challenge.ends_on - challenge.starts_on).days + 1 >= MIN_DAYS
    return is_long and challenge.starts_on <= today and 1 < days_left(today, challenge.ends_on) <= LAST_DAYS


def _without_successor(now: datetime) -> Iterator[tuple[int, int]]:
    """Yield (group, challenge) where organisers are asked to go on, by two statements for each group that ends one."""
    day = now.astimezone(UTC).date()
    soon = Challenge.ends_on.between(day - 10 * A_DAY, day + (ASK_DAYS + 1) * A_DAY)
    groups = select(Group).where(Group.id.in_(select(Challenge.group_id).join(Group).where(soon, _goes_on())))
    for group in db.session.scalars(groups.order_by(Group.id)).all():
        last = to_go_on(group, shown_challenges(group, now))
        if last is not None:
            yield group.id, last.id


def _of_challenge(kind: FactKind, group_id: int, challenge_id: int) -> NewFact:
    return NewFact(kind, str(challenge_id), group_id=group_id, challenge_id=challenge_id)


def _known(keys: Collection[str]) -> set[tuple[FactKind, str]]:
    known = select(Fact.kind, Fact.key).where(Fact.key.in_(keys), Fact.kind.in_(KINDS), Fact.withdrawn_since.is_(None))
    return {(kind, key) for kind, key in db.session.execute(known)} if keys else set()


KINDS = (FactKind.CHALLENGE_BEGINS, FactKind.THREE_DAYS_LEFT, FactKind.NO_SUCCESSOR)


def _told_to_go_on() -> list[int]:
    told = select(Fact.challenge_id).where(Fact.kind == FactKind.NO_SUCCESSOR, Fact.withdrawn_since.is_(None))
    return [challenge_id for challenge_id in db.session.scalars(told) if challenge_id is not None]

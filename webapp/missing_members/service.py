"""Choosing when one is missing and who may read it, and finding those who are. Nothing here commits."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from webapp.buddies.queries import buddy_ids
from webapp.db import db
from webapp.groups.queries import locked_members
from webapp.missing_members.queries import running_of, today_of
from webapp.missing_members.rules import FIRST_CHOICE, Missed, WantedChoice, reason_of
from webapp.models.groups import Consent, Group
from webapp.models.missing import MissingChoice, MissingWatcher
from webapp.privacy.queries import consent_is_given, shows
from webapp.privacy.switch_rules import MISSING

# How old a comparison may be. Pages compare again before they name anybody, so this is about who is new.
CHECK_EVERY = timedelta(hours=6)


def store_choice(group: Group, runner_id: int, wanted: WantedChoice, now: datetime) -> None:
    """Store when a member is missing and who may read it; of the wanted watchers, those who are their buddies.

    Raises NotFound for one who is no member any more. Locks the membership.
    """
    locked_members(group.id, {runner_id})
    choice = db.session.get(MissingChoice, (group.id, runner_id), populate_existing=True)
    if choice is None:
        choice = MissingChoice(group_id=group.id, runner_id=runner_id, created_at=now)
        db.session.add(choice)
    choice.silent_days, choice.below_habit = wanted.missed.silent_days, wanted.missed.below_habit
    choice.captains_see = wanted.captains_see
    db.session.flush()
    mine = (MissingWatcher.group_id == group.id, MissingWatcher.runner_id == runner_id)
    db.session.execute(delete(MissingWatcher).where(*mine))
    watchers = sorted(wanted.watcher_ids & buddy_ids(group.id, runner_id))
    db.session.add_all(MissingWatcher(group_id=group.id, runner_id=runner_id, watcher_id=one) for one in watchers)
    _check(group, [choice], now)


def begin(group_id: int, runner_id: int, now: datetime) -> None:
    """Give a member who switched it on a choice to begin with, if they have none."""
    group = db.session.get(Group, group_id)
    if group is not None and db.session.get(MissingChoice, (group_id, runner_id)) is None:
        store_choice(group, runner_id, FIRST_CHOICE, now)


def check_some(now: datetime, limit: int) -> int:
    """Compare the runs of members who switched it on with their choices; return how many, `limit` at most.

    Those who were not compared for longest come first.
    """
    m = MissingChoice
    is_due = or_(m.checked_at.is_(None), m.checked_at < now - CHECK_EVERY)
    wanted = select(m).where(is_due, _is_on()).order_by(m.checked_at.is_not(None), m.checked_at).limit(limit)
    by_group: defaultdict[int, list[MissingChoice]] = defaultdict(list)
    found = db.session.scalars(wanted).all()
    for choice in found:
        by_group[choice.group_id].append(choice)
    for group in db.session.scalars(select(Group).where(Group.id.in_(by_group))):
        _check(group, by_group[group.id], now)
    return len(found)


def _is_on() -> ColumnElement[bool]:
    here = (Consent.group_id == MissingChoice.group_id, Consent.runner_id == MissingChoice.runner_id)
    return select(Consent.id).where(*here, consent_is_given(), shows(MISSING)).exists()


def _check(group: Group, choices: Sequence[MissingChoice], now: datetime) -> None:
    today = today_of(group, now)
    ran = running_of([choice.runner_id for choice in choices], today)
    for choice in choices:
        missed = Missed(choice.silent_days, choice.below_habit)
        is_missing = reason_of(missed, ran[choice.runner_id], today) is not None
        choice.noticed_on = (choice.noticed_on or today) if is_missing else None
        choice.checked_at = now
    db.session.flush()

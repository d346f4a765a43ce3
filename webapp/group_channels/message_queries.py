"""The words of a message to a group's channel, as they are true when it is sent.

A room may be read by anybody, so a message says less than the group's pages: no name of the group, no text that was
written for its members but a title, no place, no figure of a member. It names a member only if they are shown in the
group now and switched on that they may be shown outside its pages, and by the first name alone. Its link says nothing,
and strangers get 404.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.formatting import day, local_time
from webapp.group_channels.rules import days_left, in_front, listed, plain
from webapp.models.announcements import Announcement
from webapp.models.challenges import Challenge, Entry
from webapp.models.chase import Passed
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent, Group
from webapp.models.results import Result
from webapp.models.words import FactKind, RunStatus
from webapp.names import first_name
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.queries import consent_holds, is_hidden_runner, shares_totals, shows
from webapp.privacy.switch_rules import LONGEST, OUTSIDE

# Of a final challenge: the runners on these places may be named.
FIRST_PLACES = 3
# Of an overtake: the nearest of those passed.
MAX_PASSED = 3


def message_of(fact: Fact, group: Group, now: datetime, address: str) -> str:
    """Return what a channel is told of a fact; "" if nothing may be told, or nothing any more.

    `address`: of this installation, for links.
    """
    words = _WORDS[fact.kind](fact, group, now)
    return f"{words}\n{address}{path_of(fact)}" if words else ""


def path_of(fact: Fact) -> str:
    """Return the path that a message links to: it leads members to the page, and says nothing of the group."""
    if fact.group_run_id is not None:
        return f"/from-channel/runs/{fact.group_run_id}"
    if fact.kind == FactKind.ANNOUNCEMENT:
        return f"/from-channel/announcements/{fact.data['announcement_id']}"
    return f"/from-channel/challenges/{fact.challenge_id}"


def group_of_announcement(announcement_id: int) -> Group | None:
    """Return the group that an announcement was made to."""
    here = select(Group).join(Announcement, Announcement.group_id == Group.id)
    return db.session.scalar(here.where(Announcement.id == announcement_id))


def group_of_challenge(challenge_id: int) -> Group | None:
    """Return the group of a challenge."""
    return db.session.scalar(
        select(Group).join(Challenge, Challenge.group_id == Group.id).where(Challenge.id == challenge_id)
    )


def group_of_run(run_id: int) -> Group | None:
    """Return the group of a group run."""
    return db.session.scalar(select(Group).join(GroupRun, GroupRun.group_id == Group.id).where(GroupRun.id == run_id))


def _announcement(fact: Fact, group: Group, now: datetime) -> str:
    one = db.session.get(Announcement, fact.data["announcement_id"])
    if one is None or one.group_id != group.id:
        return ""
    is_over = one.ends_on is not None and one.ends_on < now.astimezone(ZoneInfo(group.tz)).date()
    return "" if is_over else f"Announcement: {plain(one.title)}"


def _begins(fact: Fact, group: Group, now: datetime) -> str:
    challenge = _challenge(fact)
    if challenge is None or now.astimezone(ZoneInfo(group.tz)).date() > challenge.ends_on:
        return ""
    return f"{plain(challenge.name)} has begun. It ends on {day(challenge.ends_on)}."


def _three_days_left(fact: Fact, group: Group, now: datetime) -> str:
    challenge = _challenge(fact)
    return days_left(challenge.name, challenge.ends_on, now.astimezone(ZoneInfo(group.tz)).date()) if challenge else ""


def _final(fact: Fact, group: Group, now: datetime) -> str:
    challenge = _challenge(fact)
    if challenge is None or challenge.frozen_at is None:
        return ""
    said = f"{plain(challenge.name)} is final."
    rules = challenge.shown_rules or challenge.rules
    front = in_front(_names_in_front(challenge, group), FIRST_PLACES) if rules.has_places else ""
    return f"{said} {front}" if front else said


def _overtook(fact: Fact, group: Group, now: datetime) -> str:
    challenge = _challenge(fact)
    if challenge is None or fact.runner_id is None or not challenge.rules.has_places:
        return ""
    passed = db.session.scalars(_PASSED, {"passer": fact.runner_id, "challenge": challenge.id, "day": _day(fact)}).all()
    today = now.astimezone(ZoneInfo(group.tz)).date()
    chases = shares_totals(), ~is_on_break(Consent.runner_id, today)
    names = _names(challenge, group, [fact.runner_id, *passed], *chases)
    others = [plain(names[runner_id]) for runner_id in passed if runner_id in names]
    if fact.runner_id not in names or not others:
        return ""
    return f"{plain(names[fact.runner_id])} went past {listed(others[:MAX_PASSED])} in {plain(challenge.name)}."


def _run_tomorrow(fact: Fact, group: Group, now: datetime) -> str:
    run = _coming_run(fact, group, now)
    is_due = run is not None and run.status != RunStatus.CANCELLED
    if run is None or not is_due or fact.data.get("starts_at") != run.starts_at.isoformat():
        return ""
    return f"{_when(run)}: {plain(run.title)}."


def _run_changed(fact: Fact, group: Group, now: datetime) -> str:
    run = _coming_run(fact, group, now)
    if run is None:
        return ""
    if run.status == RunStatus.CANCELLED:
        return f"Cancelled: {plain(run.title)}, {_when(run)}."
    return f"{plain(run.title)} has changed. It starts on {_when(run)}."


def _coming_run(fact: Fact, group: Group, now: datetime) -> GroupRun | None:
    run = db.session.get(GroupRun, fact.group_run_id) if fact.group_run_id is not None else None
    return run if run is not None and run.group_id == group.id and now < run.starts_at else None


def _when(run: GroupRun) -> str:
    return local_time(run.starts_at, run.tz)


def _day(fact: Fact) -> date:
    return date.fromisoformat(fact.data["date"])


def _challenge(fact: Fact) -> Challenge | None:
    return db.session.get(Challenge, fact.challenge_id) if fact.challenge_id is not None else None


def _names_in_front(challenge: Challenge, group: Group) -> list[str]:
    """Return the first names of those in front who may be named, in the order of the board."""
    first = select(Result.runner_id).where(Result.challenge_id == challenge.id, Result.place <= FIRST_PLACES)
    runners = [one for one in db.session.scalars(first.order_by(Result.place)) if one is not None]
    names = _names(challenge, group, runners)
    return [names[runner_id] for runner_id in runners if runner_id in names]


def _names(
    challenge: Challenge, group: Group, runners: Sequence[int], *conditions: ColumnElement[bool]
) -> Mapping[int, str]:
    """Return the first names of those runners whom a channel may name, by id, if their consent meets `conditions`."""
    rules = challenge.shown_rules or challenge.rules
    one_run = () if rules.measured.adds_up else (shows(LONGEST),)
    found = select(Consent.runner_id, Consent.shown_name).where(
        Consent.group_id == group.id,
        Consent.runner_id.in_(runners),
        consent_holds(),
        ~is_hidden_runner(Consent.runner_id),
        shows(OUTSIDE),
        *one_run,
        *conditions,
    )
    return {runner_id: first_name(name) for runner_id, name in db.session.execute(found)}


_PASSER, _OTHER = aliased(Entry), aliased(Entry)
# The runners that one went past on a day, the nearest first.
_PASSED = (
    select(_OTHER.runner_id)
    .join(Passed, Passed.passed_id == _OTHER.id)
    .join(_PASSER, _PASSER.id == Passed.passer_id)
    .where(_PASSER.runner_id == bindparam("passer"), _PASSER.challenge_id == bindparam("challenge"))
    .where(Passed.local_date == bindparam("day"))
    .order_by(Passed.place)
)
_WORDS: Mapping[FactKind, Callable[[Fact, Group, datetime], str]] = {
    FactKind.ANNOUNCEMENT: _announcement,
    FactKind.CHALLENGE_BEGINS: _begins,
    FactKind.THREE_DAYS_LEFT: _three_days_left,
    FactKind.CHALLENGE_FINAL: _final,
    FactKind.RUN_REMINDER: _run_tomorrow,
    FactKind.RUN_CHANGED: _run_changed,
    FactKind.RUN_CHANGED_SOON: _run_changed,
    FactKind.OVERTOOK: _overtook,
}

"""Reading a runner's own history, which nobody else sees: every closed challenge, and the days of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from webapp.activities.queries import read_from_of, runs_of
from webapp.clock import latest_date
from webapp.db import db
from webapp.history.rules import Day
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Team
from webapp.models.groups import Group
from webapp.models.kept_results import NO_PLACE, KeptResult
from webapp.models.results import Result
from webapp.models.scoring import LedgerDay
from webapp.paging import Page
from webapp.rulebook.judging import own_days
from webapp.rulebook.runs import RUNNING

A_PAGE = 24
# Results in groups that are gone, on the one page that has them.
MAX_KEPT = 100
# The rank as it is shown: a result of zero keeps its stored rank and has no place.
PLACE = case((Result.total > 0, Result.rank))


@dataclass(frozen=True, slots=True)
class Finished:
    """A closed challenge that the runner was in, and where they came in."""

    slug: str
    group_name: str
    challenge_id: int
    name: str
    starts_on: date
    ends_on: date
    rank: int | None
    total: int
    unit: str
    days: int
    team: str | None
    runners: int


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A closed challenge in which the runner ran on at least one day."""

    ends_on: date
    rank: int | None


def days_of(runner_id: int, now: datetime, since: date = date.min) -> list[Day]:
    """Return the runner's days with a run, in order, including "Only You" runs as long as they are stored.

    `since`: only those from this date on.
    """
    days = [Day(*row) for row in db.session.execute(_DAYS, {"runner": runner_id, "since": since})]
    has_hidden = db.session.scalar(_HIDDEN, {"runner": runner_id}) is not None
    return _with_stored(runner_id, days, since, latest_date(now)) if has_hidden else days


_COLUMNS = ["local_date" if field.name == "date" else field.name for field in fields(Day)]
_DAYS = (
    select(*(getattr(LedgerDay, name) for name in _COLUMNS))
    .where(LedgerDay.runner_id == bindparam("runner"), LedgerDay.sport_class == "run", LedgerDay.runs > 0)
    .where(LedgerDay.local_date >= bindparam("since"))
    .order_by(LedgerDay.local_date)
)
_HIDDEN = select(Activity.id).where(Activity.runner_id == bindparam("runner"), Activity.private).limit(1)


def _with_stored(runner_id: int, days: list[Day], wanted: date, today: date) -> list[Day]:
    """Return the days, with every day whose runs are stored derived from all of these runs."""
    since = max(wanted, read_from_of([runner_id]).get(runner_id) or date.min)
    runs = runs_of([runner_id], sports=RUNNING, first=since).get(runner_id, [])
    stored = [Day(day, *value) for day, value in own_days(runs, today).items()]
    return sorted([*(day for day in days if day.date < since), *stored], key=lambda day: day.date)


def past_entries_of(runner_id: int) -> list[PastEntry]:
    """Return the closed challenges that the runner took part in, in order, those of groups that are gone too."""
    mine = select(Challenge, PLACE).join(Result, Result.challenge_id == Challenge.id)
    mine = mine.where(Result.runner_id == runner_id, Result.days > 0, Challenge.frozen_at.is_not(None))
    has_place = and_(KeptResult.total > 0, KeptResult.rank != NO_PLACE)
    kept = select(KeptResult.ends_on, case((has_place, KeptResult.rank)))
    gone = kept.where(KeptResult.runner_id == runner_id, KeptResult.days > 0)
    entries = [PastEntry(one.ends_on, _place(one, rank)) for one, rank in db.session.execute(mine)]
    entries += [PastEntry(*row) for row in db.session.execute(gone)]
    return sorted(entries, key=lambda entry: entry.ends_on)


def _place(challenge: Challenge, rank: int | None) -> int | None:
    return rank if (challenge.shown_rules or challenge.rules).has_places else None


def kept_results_of(runner_id: int) -> Sequence[KeptResult]:
    """Return the runner's results in groups that are gone, the latest first."""
    mine = select(KeptResult).where(KeptResult.runner_id == runner_id)
    return db.session.scalars(mine.order_by(KeptResult.ends_on.desc(), KeptResult.id.desc()).limit(MAX_KEPT)).all()


def finished_count(runner_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Result.runner_id == runner_id)) or 0


def finished_page(runner_id: int, page: Page) -> list[Finished]:
    """Return a page of the runner's closed challenges, the latest first."""
    everybody = aliased(Result)
    runners = select(func.count()).where(everybody.challenge_id == Challenge.id).scalar_subquery()
    mine = (
        select(Challenge, Group.slug, Group.name, PLACE, Result.total, Result.days, Team.name, runners)
        .join(Result, Result.challenge_id == Challenge.id)
        .join(Group, Group.id == Challenge.group_id)
        .outerjoin(Team, Team.id == Result.team_id)
        .where(Result.runner_id == runner_id)
        .order_by(Challenge.ends_on.desc(), Challenge.id.desc())
        .limit(page.size)
        .offset(page.offset)
    )
    return [
        Finished(
            slug, group_name, challenge.id, challenge.name, challenge.starts_on, challenge.ends_on,
            _place(challenge, rank), total or 0,
            (challenge.shown_rules or challenge.rules).unit, days or 0, team, count,
        )
        for challenge, slug, group_name, rank, total, days, team, count in db.session.execute(mine)
    ]  # fmt: skip

"""What pages show of a runner's own part in a challenge: their target, and the baselines of all."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from webapp.db import db
from webapp.entries.baseline_service import baseline_level, histories_of
from webapp.formatting import local_date
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.scoring import Standing
from webapp.models.words import ConsentLevel
from webapp.paging import Page
from webapp.privacy.gate import shared
from webapp.privacy.queries import consent_holds, is_hidden_runner, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.baselines import WEEKS, History, Week, rounded_mean, weeks_before, weeks_of_history
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.targets import asks_target, last_day_for_target, may_set_target, target_unit
from webapp.rulebook.windows import Window


@dataclass(frozen=True, slots=True)
class Participation:
    """A runner's part in a challenge. `last_day`: until when the target may be set; `total` as on the board."""

    entry_id: int
    target: int | None
    asked: bool
    may_set: bool
    last_day: date
    total: int


def participation_of(challenge: Challenge, runner_id: int, tz: str, today: date) -> Participation | None:
    """Return a runner's participation in a challenge, None if they are not in it. `tz`: the group's zone."""
    mine = select(Entry.id, Entry.target, Entry.joined_at, func.coalesce(Standing.total, 0))
    mine = mine.outerjoin(Standing, Standing.entry_id == Entry.id)
    found = db.session.execute(
        mine.where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id)
    ).one_or_none()
    if found is None:
        return None
    entry_id, target, joined_at, total = found
    rules = challenge.rules
    dates = (challenge.starts_on, challenge.ends_on, local_date(joined_at, tz))
    may_set = challenge.frozen_at is None and target_unit(rules) is not None and may_set_target(*dates, today)
    return Participation(entry_id, target, asks_target(rules), may_set, last_day_for_target(*dates), total)


def asks_me(challenge_id: int, runner_id: int, rules: RuleSet, window: Window, tz: str, today: date) -> bool:
    """Return whether the rules ask for a target that a runner has not set yet, and still may.

    `window`: that of the challenge; `tz`: the group's zone, where the date is `today`.
    """
    if not asks_target(rules):
        return False
    mine = select(Entry.joined_at).where(Entry.challenge_id == challenge_id, Entry.runner_id == runner_id)
    joined_at = db.session.scalar(mine.where(Entry.target.is_(None)))
    return joined_at is not None and may_set_target(window.starts_on, window.ends_on, local_date(joined_at, tz), today)


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A member's baseline, as their consent lets the group see it; None for a dash."""

    runner_id: int
    name: str
    is_me: bool
    baseline: int | None
    weeks: int | None
    own: bool
    fixed: bool


def baselines_page(challenge: Challenge, viewer_id: int, page: Page) -> list[BaselineRow]:
    """Return one page of the baselines, by shown name."""
    named = (
        select(Entry, Consent.shown_name, Consent.level, shows(LONGEST))
        .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
        .where(Entry.challenge_id == challenge.id, consent_holds(), ~is_hidden_runner(Entry.runner_id))
        .order_by(Consent.search_name, Entry.id)
        .limit(page.size)
        .offset(page.offset)
    )
    rules = challenge.rules
    return [
        _baseline(entry, name, baseline_level(level, shows_longest, rules), viewer_id, rules)
        for entry, name, level, shows_longest in db.session.execute(named)
    ]


def _baseline(entry: Entry, name: str, level: ConsentLevel | None, viewer_id: int, rules: RuleSet) -> BaselineRow:
    is_me = entry.runner_id == viewer_id
    shown_to_others = rounded_mean(entry.baseline, rules)
    row = {"baseline": entry.baseline if is_me else shown_to_others, "baseline_weeks": entry.baseline_weeks}
    seen = shared(level, row, is_self=is_me)
    fixed = entry.baseline_snapshot_at is not None
    return BaselineRow(
        entry.runner_id, name, is_me, seen["baseline"], seen["baseline_weeks"], bool(entry.baseline_own), fixed
    )


def own_baseline(challenge: Challenge, runner_id: int) -> Entry | None:
    """Return a runner's own entry, with its baseline snapshot; None if they are not in the challenge."""
    return db.session.scalar(select(Entry).where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id))


@dataclass(frozen=True, slots=True)
class OwnWeek:
    """A week before a challenge, for its own runner to check; `counted`: whether the mean includes it."""

    week: Week
    amount: int
    counted: bool


def own_weeks(challenge: Challenge, runner_id: int) -> list[OwnWeek]:
    """Return the sums of a runner's own eight weeks before a challenge, in order. Show them to no one else."""
    past = histories_of([runner_id], challenge.rules, challenge.starts_on)
    mine = past.get(runner_id, History([0] * WEEKS, None, None))
    history = weeks_of_history(challenge.starts_on, mine.first_day)
    weeks = zip(weeks_before(challenge.starts_on), mine.sums, strict=True)
    return [OwnWeek(week, amount, n < history) for n, (week, amount) in enumerate(weeks)][::-1]

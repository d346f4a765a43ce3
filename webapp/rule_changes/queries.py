"""What members can read about the rules of a challenge: the changes so far, and what each of them did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from webapp.cache import cached
from webapp.db import db
from webapp.groups.queries import visible_name
from webapp.leaderboards.queries import Viewer
from webapp.models.challenges import Challenge, Entry, RuleChange, RuleEffect, Team
from webapp.models.groups import Consent
from webapp.paging import Page
from webapp.privacy.gate import shared
from webapp.privacy.queries import consent_holds, is_hidden_runner, shares_totals, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.coarse_bounds import reveals_runs
from webapp.rulebook.explanations import sentences
from webapp.rulebook.ruleset import RuleSet
from webapp.stand_ins import SOME_ORGANISER

# How long a change is news on the board and on the group's page.
NEWS_DAYS = 7
PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change of rules in words: the sentences that no longer hold, and those that replace them."""

    edition: int
    made_at: datetime
    reason: str
    by: str
    before: RuleSet
    after: RuleSet
    dropped: Sequence[str]
    added: Sequence[str]
    entries: int
    derived: int
    done: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to one entry, as one viewer may see it; None is "not shown" or "no longer exists"."""

    name: str
    runner_id: int
    is_me: bool
    total_before: int | None
    rank_before: int | None
    total_after: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class About:
    """What the rules page says besides the rules themselves."""

    grace_hours: int
    team_mode: str
    has_teams: bool
    is_changing: bool
    rules: RuleSet


def about(challenge_id: int) -> About:
    """Return it by the present rules; the board may still follow the former ones."""
    challenge = db.session.get_one(Challenge, challenge_id)
    has_teams = db.session.scalar(select(func.count()).where(Team.challenge_id == challenge_id)) or 0
    rules = challenge.rules
    return About(challenge.grace_hours, challenge.team_mode, has_teams > 0, challenge.is_changing, rules)


def changes_of(challenge_id: int, group_id: int, units: str) -> list[ShownChange]:
    """Return every change of a challenge's rules, the latest first."""
    named = (
        select(RuleChange, visible_name())
        .outerjoin(Consent, (Consent.runner_id == RuleChange.made_by) & (Consent.group_id == group_id))
        .where(RuleChange.challenge_id == challenge_id)
        .order_by(RuleChange.edition.desc())
    )
    return [_shown_change(change, name or SOME_ORGANISER, units) for change, name in db.session.execute(named)]


def news_of(viewer: Viewer, now: datetime) -> ShownChange | None:
    """Return the latest change while it is news to members; from the cache, since every board needs it."""
    key = (*viewer.edition, "change", viewer.units)
    latest = cached(key, partial(_latest, viewer.challenge_id, viewer.group_id, viewer.units))
    return latest if latest and now < latest.made_at + timedelta(days=NEWS_DAYS) else None


def effects_page(change: ShownChange, viewer: Viewer, page: Page) -> list[Effect]:
    """Return one page of what a change did, by the places after it."""
    e = RuleEffect
    ordered = _effects(change, viewer).order_by(e.rank_after.is_(None), e.rank_after, e.rank_before, e.entry_id)
    return [_effect(change, viewer, row) for row in db.session.execute(ordered.limit(page.size).offset(page.offset))]


def my_effect(change: ShownChange, viewer: Viewer) -> Effect | None:
    """Return what a change did to the viewer; None if they were not on the board."""
    row = db.session.execute(_effects(change, viewer).where(Entry.runner_id == viewer.runner_id)).one_or_none()
    return _effect(change, viewer, row) if row else None


def effect_count(change: ShownChange, viewer: Viewer) -> int:
    return db.session.scalar(select(func.count()).select_from(_effects(change, viewer).subquery())) or 0


def _latest(challenge_id: int, group_id: int, units: str) -> ShownChange | None:
    found = changes_of(challenge_id, group_id, units)
    return found[0] if found else None


def _shown_change(change: RuleChange, by: str, units: str) -> ShownChange:
    before, after = change.before, change.after
    was, now = sentences(before, units), sentences(after, units)
    return ShownChange(
        change.edition,
        change.made_at,
        change.reason,
        by,
        before,
        after,
        [said for said in was if said not in now],
        [said for said in now if said not in was],
        change.entries,
        min(change.derived, change.entries),
        change.done_at is not None,
    )


def _effects(change: ShownChange, viewer: Viewer) -> Any:
    e = RuleEffect
    consent = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == viewer.group_id)
    # An unchanged rank among those who show their totals would give away the total of a runner who shows a rank alone.
    in_points = change.before.is_in_points and change.after.is_in_points
    consent &= shares_totals(in_points=in_points) | (Consent.runner_id == viewer.runner_id)
    if not (change.before.measured.adds_up and change.after.measured.adds_up):
        # The greatest day is, or reveals, a single run.
        consent &= shows(LONGEST) | (Consent.runner_id == viewer.runner_id)
    return (
        select(Consent.shown_name, Consent.level, Entry.runner_id)
        .add_columns(e.total_before, e.rank_before, e.total_after, e.rank_after)
        .select_from(e)
        .join(Entry, Entry.id == e.entry_id)
        .join(Consent, consent)
        .where(e.challenge_id == viewer.challenge_id, e.edition == change.edition, consent_holds())
        .where(~is_hidden_runner(Entry.runner_id))
    )


def _effect(change: ShownChange, viewer: Viewer, row: Any) -> Effect:
    name, level, runner_id, total_before, rank_before, total_after, rank_after = row
    is_me = runner_id == viewer.runner_id
    place_before = rank_before if total_before and change.before.has_places else None
    place_after = rank_after if total_after and change.after.has_places else None
    if not is_me and (reveals_runs(change.before) or reveals_runs(change.after)):
        # Two totals side by side reveal the runs that lie between two bounds.
        total_before = total_after = None
    row = {"name": name, "total": total_before, "rank": place_before}
    was = shared(level, row, is_self=is_me, in_points=change.before.is_in_points)
    now = shared(level, {"total": total_after, "rank": place_after}, is_self=is_me, in_points=change.after.is_in_points)
    return Effect(was["name"], runner_id, is_me, was["total"], was["rank"], now["total"], now["rank"])

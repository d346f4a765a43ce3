"""Proposals for a new challenge from a group's last month, of what members share with each other anyway."""

from dataclasses import replace
from datetime import date

from sqlalchemy import func, select

from webapp.challenge_builder.preview_queries import window_before
from webapp.db import db
from webapp.models.groups import Consent, Membership
from webapp.models.scoring import LedgerDay
from webapp.privacy.queries import is_hidden_runner, shares_totals
from webapp.rulebook.baselines import classes_of
from webapp.rulebook.presets import Preset
from webapp.rulebook.proposals import GroupMonth, RunnersMonth, has_proposals, proposed
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Window


def with_proposals(preset: Preset, group_id: int, today: date) -> Preset:
    """Return the preset with the amounts that the group's last month suggests."""
    if not has_proposals(preset.rules):
        return preset
    month = _month(group_id, window_before(group_id, today), preset.rules)
    return replace(preset, rules=proposed(preset.rules, month))


def _month(group_id: int, window: Window, rules: RuleSet) -> GroupMonth:
    is_theirs = (Membership.runner_id == Consent.runner_id) & (Membership.group_id == Consent.group_id)
    members = select(func.count()).select_from(Consent).join(Membership, is_theirs).where(Consent.group_id == group_id)
    sharing = members.where(shares_totals(), ~is_hidden_runner(Consent.runner_id))
    ran = (
        select(func.sum(LedgerDay.distance_m), func.count(LedgerDay.local_date.distinct()))
        .join(Consent, (Consent.runner_id == LedgerDay.runner_id) & (Consent.group_id == group_id))
        .join(Membership, is_theirs)
        .where(shares_totals(), ~is_hidden_runner(Consent.runner_id))
        .where(LedgerDay.local_date.between(window.starts_on, window.ends_on), LedgerDay.distance_m > 0)
        .where(LedgerDay.sport_class.in_(classes_of(rules.counts.sports)))
        .group_by(LedgerDay.runner_id)
    )
    return GroupMonth(
        (window.ends_on - window.starts_on).days + 1,
        [RunnersMonth(int(metres), days) for metres, days in db.session.execute(ran)],
        db.session.scalar(sharing) or 0,
        db.session.scalar(members) or 0,
    )

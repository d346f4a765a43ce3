"""Previews of rules, which the pages that build a challenge and those that change its rules share."""

from datetime import date, datetime
from typing import Any

from flask import flash

from webapp.auth.session import signed_in_runner
from webapp.challenge_builder import preview_queries
from webapp.challenge_builder.preview_quota_service import spend_past_board, spend_preview
from webapp.db import write_transaction
from webapp.extensions import clock, settings
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.groups import Group
from webapp.rulebook.coarse_bounds import reveals_runs
from webapp.rulebook.explanations import sentences
from webapp.rulebook.preview_sentences import on_goal, on_people, on_teams
from webapp.rulebook.ruleset import RuleSet

# The title and rules of a table to compare with, and the challenge whose teams score in a preview.
Table = tuple[str, RuleSet, int | None]


def preview(
    slug: str, rules: RuleSet, beside: Table, dates: tuple[date, date] | None = None
) -> preview_queries.Preview | None:
    """Return a preview, noted in the group's log; None, with a message, if the day's previews are used up.

    `dates`: those of the challenge that gets the rules. Its days so far are shown; before the first, the last month is.
    """
    with write_transaction():
        runner_id = signed_in_runner().id
        group, _ = group_for(slug, runner_id, Permission.PREVIEW_RULES)
        may_see = spend_preview(group.id, runner_id, rules, settings().previews_a_day, clock().now())
    if not may_see:
        flash(f"{spent_words()} Please try again later.", "warn")
        return None
    group, _ = group_for(slug, runner_id, Permission.PREVIEW_RULES)
    today = clock().today(group.tz)
    title, known, teams_of = beside
    so_far = preview_queries.window_so_far(*dates, today) if dates else None
    return preview_queries.preview(
        group.id,
        runner_id,
        clock().now(),
        today,
        so_far or preview_queries.window_before(group.id, today),
        [("These rules", rules), (title, known)],
        preview_queries.teams_in(teams_of) if teams_of else {},
        chosen_dates=so_far is not None,
    )


def preview_values(seen: preview_queries.Preview | None) -> dict[str, Any]:
    """Return what the template `challenge_builder/_preview.html` is given."""
    units = signed_in_runner().units
    words = [sentences(side.rules, units, has_teams=False) for side in seen.sides] if seen else []
    return {"preview": seen, "preview_words": words, "preview_changes": _changes(seen, units), "units": units}


def _changes(seen: preview_queries.Preview | None, units: str) -> list[str]:
    """Return who would win and move, where both tables are by name."""
    if seen is None or any(side.is_mine_only for side in seen.sides):
        return []
    after, before = seen.sides
    unit = after.rules.unit
    if after.rules.group_goal is not None:
        return [on_goal(after.rules.group_goal, after.rows, unit, units)]
    return [*on_teams(after.team_scores, unit, units), *on_people(before.rows, after.rows, unit, units)]


def may_show_past_days(group: Group, starts_on: date, rules: RuleSet, runner_id: int, now: datetime) -> bool:
    """Return whether a board by these rules may show the days from `starts_on` on: past days are counted."""
    if starts_on >= clock().today(group.tz) or not reveals_runs(rules):
        return True
    return spend_past_board(runner_id, settings().previews_a_day, now)


def spent_words() -> str:
    return (
        f"You have had {settings().previews_a_day} previews within 24 hours. "
        "A challenge over past days with such rules counts as one."
    )

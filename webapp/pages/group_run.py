"""The page of one group run."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.attendance.page_context import count_context, mine_context
from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.group_runs.people_queries import RunPerson, people_of_runs
from webapp.group_runs.queries import offers_of, run_for
from webapp.group_runs.rules import clock_note
from webapp.groups.permissions import Permission
from webapp.groups.queries import may_now
from webapp.pages.run_cards import RunCard, RunReader, cards_of, leads_it
from webapp.pages.run_fit import run_fit
from webapp.pages.run_week import bp
from webapp.privacy.gate import viewpoint_of
from webapp.rsvps.page_context import answer_context, answers_context

__all__ = ["bp"]


@bp.get("/g/<slug>/runs/<int:run_id>")
@login_required
def run(slug: str, run_id: int) -> ResponseReturnValue:
    """Show one run: what, why, where and when, its pace groups, who comes, and the reader's answer."""
    runner, now = signed_in_runner(), clock().now()
    group, membership, run = run_for(slug, run_id, runner.id)
    reader = RunReader(runner.id, viewpoint_of(runner.id), runner.units)
    card = cards_of(group, [run], reader, now)[0]
    may_plan, fit = may_now(membership, Permission.PLAN_RUNS), run_fit(card, reader, now)
    may_count = may_plan or (reader.sees_own and leads_it(card) and not group.is_read_only)
    suggested = fit.fit.band.id if fit and fit.fit else None
    return render_template(
        "pages/group_run.html",
        group=group,
        me=membership,
        units=runner.units,
        run=run,
        card=card,
        fit=fit,
        clock_note=clock_note(run.on_date, run.local_minutes, run.tz),
        may_plan=may_plan,
        **answer_context(run, membership, now, suggested=suggested, counts=card.counts),
        **answers_context(run, reader.viewpoint, now, sees_out=may_count, counts=card.counts),
        **mine_context(run, membership, now),
        **count_context(run, membership, now),
        **_offers(card, reader),
    )


def _offers(card: RunCard, reader: RunReader) -> dict[str, Any]:
    """Return who offers to lead, by pace group; only of those that need a leader."""
    offered = offers_of([one.band.id for one in card.gaps])
    runner_ids = {runner_id for found in offered.values() for runner_id in found}
    people = people_of_runs(card.group.id, card.group.slug, runner_ids, reader.viewpoint)
    shown: dict[int, list[RunPerson]] = {
        pace_group_id: [people[one] for one in found if one in people] for pace_group_id, found in offered.items()
    }
    return {"offers": shown}

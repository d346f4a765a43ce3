"""The run of the week: tonight first, then the rest of the week, then what is planned ahead."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.group_runs.rules import MAX_DURATION
from webapp.group_runs.views import bp
from webapp.group_runs.week_queries import next_runs
from webapp.groups import queries
from webapp.groups.permissions import Permission
from webapp.groups.queries import may_now
from webapp.models.groups import Group, Membership
from webapp.models.words import RsvpAnswer
from webapp.pages.run_cards import RunCard, RunReader, cards_of, leads_it
from webapp.pages.run_fit import run_fit
from webapp.privacy.gate import viewpoint_of
from webapp.rsvps.answer_queries import ShownRsvp, first_answers
from webapp.rulebook.date_ranges import monday_of
from webapp.rulebook.units import amount_text

# The factory registers the blueprint of planning runs from here, with the pages that this module adds to it.
__all__ = ["bp"]

bp.add_app_template_filter(lambda metres, units: amount_text(metres, "distance", units), "run_distance")

# How many runs the page shows, and with `all`.
FEW, MANY = 12, 120
# How far ahead it lists pace groups without a leader.
GAPS_SHOWN = timedelta(days=14)
# How many of those who are in it shows by face.
FACES = 6
# How long after its start a run can be counted and closed from here.
TO_CLOSE = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class RunWeek:
    """The runs of the page. `next_one`: the run that stands first; None if nothing is planned.

    `called_off`: those of today that are cancelled. `earlier`: those of this week that are over, the first one first.
    """

    next_one: RunCard | None
    called_off: list[RunCard]
    this_week: list[RunCard]
    ahead: list[RunCard]
    earlier: list[RunCard]
    has_more: bool

    @property
    def all(self) -> list[RunCard]:
        """Return all of them, the first one first."""
        coming = [*filter(None, [self.next_one]), *self.this_week, *self.ahead]
        return self.earlier + sorted(coming, key=lambda card: (card.run.starts_at, card.run.id))

    @property
    def gaps(self) -> list[RunCard]:
        """Return the runs of the next days with a pace group that needs a leader, the first one first."""
        near = [card for card in self.all if card.phase == "ahead" and card.starts.date() <= card.today + GAPS_SHOWN]
        return [card for card in near if card.gaps and not card.is_cancelled]


@dataclass(frozen=True, slots=True)
class CaptainTaps:
    """What the reader does for the runs, each with one tap; None for what there is not, or what they may not.

    `gaps`: how many pace groups need a leader. `count`: the run to count now; `close`: one that has begun.
    """

    may_plan: bool
    gaps: int
    count: RunCard | None
    close: RunCard | None


@bp.get("/g/<slug>/runs")
@login_required
def week(slug: str) -> ResponseReturnValue:
    """Show the group's next run, those of this week, and the next ones planned ahead; with `all`, far ahead."""
    runner, now = signed_in_runner(), clock().now()
    group, membership = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
    reader = RunReader(runner.id, viewpoint_of(runner.id), runner.units)
    shown = week_of(group, reader, now, MANY if request.args.get("all") else FEW)
    return render_template(
        "pages/run_week.html",
        group=group,
        me=membership,
        units=runner.units,
        week=shown,
        going=_going(shown.next_one, reader),
        fit=run_fit(shown.next_one, reader, now) if shown.next_one else None,
        taps=_taps(shown, membership, reader, now),
        today=now.astimezone(ZoneInfo(group.tz)).date(),
    )


def _going(card: RunCard | None, reader: RunReader) -> list[ShownRsvp]:
    """Return the first of those who are in at a run."""
    if card is None or not card.counts.going:
        return []
    return first_answers(card.run, RsvpAnswer.IN, reader.viewpoint, FACES)


def _taps(shown: RunWeek, member: Membership, reader: RunReader, now: datetime) -> CaptainTaps | None:
    """Return what a reader does who may plan runs, or who leads one of them."""
    may_plan = may_now(member, Permission.PLAN_RUNS)
    open_ones = [card for card in shown.all if now - TO_CLOSE <= card.run.starts_at and card.run.closed_at is None]
    mine = [card for card in open_ones if not card.is_cancelled and (may_plan or leads_it(card))]
    if member.group.is_read_only or not (may_plan or mine):
        return None
    begun = [card for card in mine if card.phase != "ahead"]
    return CaptainTaps(
        may_plan=may_plan,
        gaps=sum(len(card.gaps) for card in shown.gaps),
        count=begun[-1] if begun else next(iter(mine), None),
        close=begun[-1] if begun else None,
    )


def week_of(group: Group, reader: RunReader, now: datetime, most: int = FEW) -> RunWeek:
    """Return the runs of the page, `most` at most: a few reads, however many members and runs there are."""
    today = now.astimezone(ZoneInfo(group.tz)).date()
    monday = datetime.combine(monday_of(today), time(), ZoneInfo(group.tz)).astimezone(UTC)
    begin = min(monday, now - timedelta(minutes=MAX_DURATION))
    found = next_runs(group.id, begin, most + 1)
    cards = cards_of(group, found[:most], reader, now)
    over = [card for card in cards if card.phase == "over" and card.run.starts_at >= monday]
    coming = [card for card in cards if card.phase != "over"]
    next_one = next((card for card in coming if not card.is_cancelled), None)
    rest = [card for card in coming if card is not next_one]
    sunday = today + timedelta(days=6 - today.weekday())
    return RunWeek(
        next_one=next_one,
        called_off=[card for card in rest if card.is_cancelled and card.starts.date() == today],
        this_week=[card for card in rest if card.starts.date() <= sunday],
        ahead=[card for card in rest if card.starts.date() > sunday],
        earlier=over,
        has_more=len(found) > most,
    )

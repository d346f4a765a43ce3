"""The run that comes next: of all groups of a runner on their start page, and of one group on its page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.group_runs.queries import runs_between, runs_of_runner
from webapp.group_runs.rules import MAX_DURATION, ends_at
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.pages.run_cards import RunCard, RunReader, cards_of
from webapp.rsvps.queries import own_answers

# How far ahead a run is next.
SOON = timedelta(days=7)
LONGEST = timedelta(minutes=MAX_DURATION)


def next_run_of_runner(groups: Sequence[Group], reader: RunReader, now: datetime) -> RunCard | None:
    """Return the next run of a runner in these groups, all of theirs; none that they will miss, nor of archived groups.

    One that is cancelled stays until its day is over, if they wanted to come.
    """
    runs = [run for run in runs_of_runner(reader.runner_id, now - LONGEST, now + SOON) if not _is_over(run, now)]
    mine = own_answers(reader.runner_id, [run.id for run in runs]) if runs else {}
    by_id = {group.id: group for group in groups if not group.is_read_only}
    for run in runs:
        answer = mine[run.id].answer if run.id in mine else None
        if run.group_id not in by_id or answer == RsvpAnswer.OUT:
            continue
        if run.status != RunStatus.CANCELLED or (answer is not None and _is_today(run, now)):
            return cards_of(by_id[run.group_id], [run], reader, now)[0]
    return None


def next_run_of_group(group: Group, reader: RunReader, now: datetime) -> RunCard | None:
    """Return the next run of a group; one of today even if it is cancelled."""
    for run in runs_between(group.id, now - LONGEST, now + SOON):
        if not _is_over(run, now) and (run.status != RunStatus.CANCELLED or _is_today(run, now)):
            return cards_of(group, [run], reader, now)[0]
    return None


def _is_over(run: GroupRun, now: datetime) -> bool:
    return run.closed_at is not None or ends_at(run) <= now


def _is_today(run: GroupRun, now: datetime) -> bool:
    return run.on_date == now.astimezone(ZoneInfo(run.tz)).date()

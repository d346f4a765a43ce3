"""What a runner planned, led and answered in group runs, and which of them they came to."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.data_export.kinds import AnySelect, Kind
from webapp.models.attendance import Attendance, DismissedMatch
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup, RunSeries, RunSeriesPaceGroup
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp

_GROUP: Any = Group.name.label("group")
_RUN: tuple[Any, ...] = (_GROUP, GroupRun.title.label("run"), GroupRun.starts_at)
_RUN_COLUMNS: Mapping[str, str] = {
    "group": "name of the group",
    "run": "title of the run",
    "starts_at": "when it starts",
}
_AS_LONG_AS_THE_GROUP = "as long as the group; without you once you are gone"
_WITH_THE_RUN = "as long as the group, or until you leave it"


def _details(table: Any) -> tuple[Any, ...]:
    """Return what a series and a run of it both say. `table`: its model."""
    return tuple(getattr(table, name) for name in _DETAILS)


_DETAILS: Mapping[str, str] = {
    "title": "its title",
    "purpose": "why the group does it",
    "local_minutes": "start, in minutes after midnight",
    "tz": "time zone of the start",
    "duration_minutes": "how long it takes",
    "meeting_place": "where you meet",
    "meeting_url": "link to that place",
    "route_url": "link to the route",
    "min_distance_m": "shortest distance, in metres",
    "max_distance_m": "longest distance, in metres",
    "is_lit": "whether the route is lit",
    "has_toilets": "whether there are toilets",
    "rain_plan": "what happens if it rains",
    "max_runners": "how many may come",
}
_PACE_GROUP: Mapping[str, str] = {
    "name": "its name",
    "slow_s_per_km": "slow end of its pace, in seconds per kilometre",
    "fast_s_per_km": "fast end of it",
    "distance_m": "its distance, in metres",
    "max_runners": "how many may join it",
    "is_no_drop": "whether nobody is left behind",
}


def _series(runner_id: int) -> AnySelect:
    s = RunSeries
    when = (s.frequency, s.weekday, s.week_of_month, s.starts_on, s.ends_on, s.created_at, s.updated_at)
    made = select(_GROUP, *_details(s), *when).join(Group, Group.id == s.group_id)
    return made.where(s.created_by_id == runner_id).order_by(s.id)


def _runs(runner_id: int) -> AnySelect:
    r = GroupRun
    stand = (r.on_date, r.starts_at, r.occurs_on, r.status, r.reason, r.is_edited, r.asked_again_at)
    counts = (r.count_at_start, r.count_at_end, r.closed_at, r.created_at, r.updated_at)
    made = select(_GROUP, *_details(r), *stand, *counts).join(Group, Group.id == r.group_id)
    return made.where(r.created_by_id == runner_id).order_by(r.id)


def _pace_groups(runner_id: int, whose: Any) -> AnySelect:
    p = PaceGroup
    mine = select(*_RUN, *(getattr(p, name) for name in _PACE_GROUP)).select_from(p)
    joined = mine.join(GroupRun, GroupRun.id == p.run_id).join(Group, Group.id == GroupRun.group_id)
    return joined.where(whose == runner_id).order_by(p.id)


def _led(runner_id: int) -> AnySelect:
    return _pace_groups(runner_id, PaceGroup.leader_id)


def _at_the_back(runner_id: int) -> AnySelect:
    return _pace_groups(runner_id, PaceGroup.back_marker_id)


def _series_pace_groups(runner_id: int, whose: Any) -> AnySelect:
    p = RunSeriesPaceGroup
    series = RunSeries.title.label("series")
    mine = select(_GROUP, series, *(getattr(p, name) for name in _PACE_GROUP)).select_from(p)
    joined = mine.join(RunSeries, RunSeries.id == p.series_id).join(Group, Group.id == RunSeries.group_id)
    return joined.where(whose == runner_id).order_by(p.id)


def _leads_in_series(runner_id: int) -> AnySelect:
    return _series_pace_groups(runner_id, RunSeriesPaceGroup.leader_id)


def _at_the_back_in_series(runner_id: int) -> AnySelect:
    return _series_pace_groups(runner_id, RunSeriesPaceGroup.back_marker_id)


def _offers(runner_id: int) -> AnySelect:
    o = LeaderOffer
    mine = select(*_RUN, PaceGroup.name.label("pace_group"), o.offered_at).select_from(o)
    joined = mine.join(PaceGroup, PaceGroup.id == o.pace_group_id).join(GroupRun, GroupRun.id == PaceGroup.run_id)
    return joined.join(Group, Group.id == GroupRun.group_id).where(o.runner_id == runner_id).order_by(o.id)


def _of_runs(mine: Any, model: Any) -> Any:
    """Join the runs, and their groups, of rows that name a run."""
    return mine.join(GroupRun, GroupRun.id == model.run_id).join(Group, Group.id == GroupRun.group_id)


def _answers(runner_id: int) -> AnySelect:
    a = Rsvp
    own = (a.answer, PaceGroup.name.label("pace_group"), a.note, a.guests, a.answered_at)
    waits = (a.queued_at, a.offered_until, a.passed_at)
    mine: AnySelect = _of_runs(select(*_RUN, *own, *waits).select_from(a), a).outerjoin(
        PaceGroup, PaceGroup.id == a.pace_group_id
    )
    return mine.where(a.runner_id == runner_id).order_by(a.id)


def _attendance(runner_id: int, whose: Any) -> AnySelect:
    a = Attendance
    mine: AnySelect = _of_runs(select(*_RUN, a.outcome, a.source, a.tapped_at, a.updated_at).select_from(a), a)
    return mine.where(whose == runner_id).order_by(a.id)


def _came(runner_id: int) -> AnySelect:
    return _attendance(runner_id, Attendance.runner_id)


def _counted(runner_id: int) -> AnySelect:
    return _attendance(runner_id, Attendance.marked_by_id)


def _dismissed(runner_id: int) -> AnySelect:
    d = DismissedMatch
    mine: AnySelect = _of_runs(select(*_RUN, d.dismissed_at).select_from(d), d)
    return mine.where(d.runner_id == runner_id).order_by(d.run_id)


_OUTCOME: Mapping[str, str] = {
    **_RUN_COLUMNS,
    "outcome": "came, left_early, told_us or not_seen",
    "source": "who says so: a leader, the code on a leader's phone, the runner, or a run",
    "tapped_at": "when it was said",
    "updated_at": "when it was stored",
}
_IN_SERIES: Mapping[str, str] = {"group": "name of the group", "series": "title of the series", **_PACE_GROUP}

KINDS = (
    Kind(
        key="run_series",
        section="Group runs",
        file="repeating_group_runs_by_you",
        words="Repeating group runs you planned",
        about="What repeats, when and where.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns={
            "group": "name of the group",
            **_DETAILS,
            "frequency": "weekly, fortnightly or monthly",
            "weekday": "day of the week, 0 is Monday",
            "week_of_month": "which one of the month, -1 is the last",
            "starts_on": "from which date on",
            "ends_on": "until which date",
            "created_at": "when you planned it",
            "updated_at": "when it was last changed, by you or somebody else",
        },
        select=_series,
        owner=RunSeries.created_by_id,
        when=RunSeries.created_at,
    ),
    Kind(
        key="group_runs",
        section="Group runs",
        file="group_runs_by_you",
        words="Group runs you planned",
        about="What you planned for a group, and what became of it.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns={
            "group": "name of the group",
            **_DETAILS,
            "on_date": "its date",
            "starts_at": "when it starts",
            "occurs_on": "the date that its series gave it",
            "status": "planned, changed or cancelled",
            "reason": "why it was changed or cancelled",
            "is_edited": "whether somebody changed it apart from its series",
            "asked_again_at": "when its day or time last moved",
            "count_at_start": "how many there were at the start",
            "count_at_end": "how many there were at the end",
            "closed_at": "when it was closed",
            "created_at": "when you planned it",
            "updated_at": "when it was last changed, by you or somebody else",
        },
        select=_runs,
        owner=GroupRun.created_by_id,
        when=GroupRun.created_at,
    ),
    Kind(
        key="pace_groups_led",
        section="Group runs",
        file="pace_groups_you_lead",
        words="Pace groups you lead",
        about="In which runs you lead a pace group, or led one.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns={**_RUN_COLUMNS, **_PACE_GROUP},
        select=_led,
        owner=PaceGroup.leader_id,
    ),
    Kind(
        key="pace_groups_back",
        section="Group runs",
        file="pace_groups_you_close",
        words="Pace groups you run at the back of",
        about="In which runs you are the back marker of a pace group, or were.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns={**_RUN_COLUMNS, **_PACE_GROUP},
        select=_at_the_back,
        owner=PaceGroup.back_marker_id,
    ),
    Kind(
        key="series_pace_groups_led",
        section="Group runs",
        file="repeating_pace_groups_you_lead",
        words="Pace groups you lead each time",
        about="In which repeating runs you lead a pace group.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns=_IN_SERIES,
        select=_leads_in_series,
        owner=RunSeriesPaceGroup.leader_id,
    ),
    Kind(
        key="series_pace_groups_back",
        section="Group runs",
        file="repeating_pace_groups_you_close",
        words="Pace groups you run at the back of each time",
        about="In which repeating runs you are the back marker of a pace group.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns=_IN_SERIES,
        select=_at_the_back_in_series,
        owner=RunSeriesPaceGroup.back_marker_id,
    ),
    Kind(
        key="leader_offers",
        section="Group runs",
        file="offers_to_lead",
        words="Offers to lead",
        about="Which pace groups you offered to lead.",
        kept="until somebody leads it, you take it back, or leave the group",
        columns={**_RUN_COLUMNS, "pace_group": "the pace group", "offered_at": "when you offered it"},
        select=_offers,
        owner=LeaderOffer.runner_id,
        when=LeaderOffer.offered_at,
    ),
    Kind(
        key="rsvps",
        section="Group runs",
        file="answers_to_group_runs",
        words="Your answers to group runs",
        about="Whether you come, with whom, and what you noted.",
        kept=_WITH_THE_RUN,
        columns={
            **_RUN_COLUMNS,
            "answer": "in, maybe, out or waiting",
            "pace_group": "the pace group you chose",
            "note": "what you noted",
            "guests": "how many you bring along",
            "answered_at": "when you answered",
            "queued_at": "since when you wait for a place",
            "offered_until": "until when a place is held for you",
            "passed_at": "when you last let one go by",
        },
        select=_answers,
        owner=Rsvp.runner_id,
        when=Rsvp.answered_at,
    ),
    Kind(
        key="attendance",
        section="Group runs",
        file="group_runs_you_came_to",
        words="Group runs you came to",
        about="Whether you came to a group run, and who says so.",
        kept=_WITH_THE_RUN,
        columns=_OUTCOME,
        select=_came,
        owner=Attendance.runner_id,
        when=Attendance.tapped_at,
    ),
    Kind(
        key="attendance_marked",
        section="Group runs",
        file="attendance_marked_by_you",
        words="Runners you counted",
        about="At which group runs you said who came. Your copy does not name them.",
        kept=_AS_LONG_AS_THE_GROUP,
        columns=_OUTCOME,
        select=_counted,
        owner=Attendance.marked_by_id,
        when=Attendance.tapped_at,
    ),
    Kind(
        key="dismissed_matches",
        section="Group runs",
        file="not_a_group_run",
        words="Runs you said were not group runs",
        about="Group runs that we no longer suggest for a run of yours.",
        kept=_WITH_THE_RUN,
        columns={**_RUN_COLUMNS, "dismissed_at": "when you said so"},
        select=_dismissed,
        owner=DismissedMatch.runner_id,
        when=DismissedMatch.dismissed_at,
    ),
)

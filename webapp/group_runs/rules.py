"""Rules of group runs: what a plan says, when a run starts by the clock of its place, and what others are told of."""

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from webapp.models.words import RunStatus

MAX_TITLE, MAX_PURPOSE, MAX_PLACE, MAX_LINK, MAX_RAIN_PLAN, MAX_REASON = 80, 200, 120, 300, 200, 200
MAX_PACE_GROUPS, MAX_PACE_NAME = 5, 40
# Metres, minutes and people that a run may have.
MIN_DISTANCE, MAX_DISTANCE = 100, 200_000
MIN_DURATION, MAX_DURATION = 5, 24 * 60
MAX_RUNNERS = 1000
# Seconds per kilometre.
FASTEST, SLOWEST = 120, 1200
# How far ahead a single run is planned.
MAX_DAYS_AHEAD = 366
# Runs to come of one group.
MAX_PLANNED = 500
# A change this shortly before the start cannot wait.
SOON = timedelta(hours=24)
# A pace group that loses its leader this shortly before the start looks for another one.
LEADER_SOUGHT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PacePlan:
    """A pace group as somebody planned it. `id`: of the one that it changes; None for a new one.

    With `keeps_people`, whoever leads and closes it by now still does.
    """

    name: str
    slow_s_per_km: int | None = None
    fast_s_per_km: int | None = None
    distance_m: int | None = None
    max_runners: int | None = None
    is_no_drop: bool = False
    leader_id: int | None = None
    back_marker_id: int | None = None
    id: int | None = None
    keeps_people: bool = False


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What somebody planned, but for its date. The fields are those of `models.group_runs.RunDetails`."""

    title: str
    local_minutes: int
    tz: str
    meeting_place: str
    purpose: str = ""
    duration_minutes: int = 60
    meeting_url: str = ""
    route_url: str = ""
    min_distance_m: int | None = None
    max_distance_m: int | None = None
    is_lit: bool | None = None
    has_toilets: bool | None = None
    rain_plan: str = ""
    max_runners: int | None = None
    pace_groups: tuple[PacePlan, ...] = field(default=())


# The columns that a series and its runs share, and those of a pace group.
DETAILS = tuple(one.name for one in fields(RunPlan) if one.name != "pace_groups")
PEOPLE = ("leader_id", "back_marker_id")
PACE_DETAILS = tuple(one.name for one in fields(PacePlan) if one.name not in (*PEOPLE, "id", "keeps_people"))
# What members must know before they set out. Whoever answered is told when one of these changes.
_MATERIAL = ("on_date", "local_minutes", "tz", "meeting_place", "meeting_url", "min_distance_m", "max_distance_m")
# What makes an answer worth asking for again.
_WHEN = ("on_date", "local_minutes", "tz")


class Timed(Protocol):
    """A run, as far as its times need to know."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def duration_minutes(self) -> int: ...
    @property
    def status(self) -> RunStatus: ...


class Led(Protocol):
    """A pace group, as far as it matters who leads it."""

    @property
    def leader_id(self) -> int | None: ...


def starts_at(on_date: date, local_minutes: int, tz: str) -> datetime:
    """Return the moment of a local time, in UTC.

    A time that the clocks skip moves forward by what they skip; of one that comes twice, it is the first.
    """
    local = datetime.combine(on_date, _time(local_minutes), ZoneInfo(tz))
    return local.astimezone(UTC)


def clock_note(on_date: date, local_minutes: int, tz: str) -> str | None:
    """Return a sentence about a local time that does not exist, or comes twice; None for any other."""
    zone, at = ZoneInfo(tz), _time(local_minutes)
    local = datetime.combine(on_date, at, zone)
    real = local.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != local.replace(tzinfo=None):
        return f"The clocks skip {at:%H:%M} on that day, so it starts at {real:%H:%M}."
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return f"The clocks show {at:%H:%M} twice on that day. It starts at the first of the two."
    return None


def ends_at(run: Timed) -> datetime:
    """Return when a run is over, as planned."""
    return run.starts_at + timedelta(minutes=run.duration_minutes)


def is_open_for_answers(run: Timed, now: datetime) -> bool:
    """Return whether members can still answer: until it starts, unless it is cancelled."""
    return run.status != RunStatus.CANCELLED and now < run.starts_at


def needs_leader(pace_group: Led) -> bool:
    """Return whether nobody leads a pace group."""
    return pace_group.leader_id is None


def is_soon(starts: datetime, now: datetime) -> bool:
    """Return whether what changes about a run must be told at once."""
    return starts - now <= SOON


def again_on(on_date: date, today: date) -> date:
    """Return the next date with the weekday of a run, after the run and after today."""
    weeks = max(1, (today - on_date).days // 7 + 1)
    return on_date + timedelta(weeks=weeks)


def details_of(row: Any) -> dict[str, Any]:
    """Return what a run or a series says, by the names of `DETAILS`."""
    return {name: getattr(row, name) for name in DETAILS}


def pace_plan_of(row: Any, *, is_new: bool = False) -> PacePlan:
    """Return the plan that a stored pace group has; with `is_new`, the plan of another one like it."""
    values = {name: getattr(row, name) for name in (*PACE_DETAILS, *PEOPLE)}
    return PacePlan(**values, id=None if is_new else row.id)


def has_moved(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether the day or the time is another one. Both have the names of `DETAILS`, and `on_date`."""
    return any(before[name] != after[name] for name in _WHEN)


def is_material(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether members who set out by what they knew would miss it, or meet something else."""
    return any(before[name] != after[name] for name in _MATERIAL)


def in_words(values: dict[str, Any]) -> dict[str, str]:
    """Return what the log compares when a run changes."""
    place, (hour, minute) = values["meeting_place"], divmod(values["local_minutes"], 60)
    words = {"title": values["title"], "time": f"{hour:02}:{minute:02}", "place": place, "purpose": values["purpose"]}
    if on_date := values.get("on_date"):
        words["day"] = on_date.isoformat()
    return words


def _time(local_minutes: int) -> time:
    return time(*divmod(local_minutes, 60))

"""Challenges that renew: starting a series, making the next one of it, changing and ending it. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from webapp.challenge_admin.service import ChallengeSpec, Renewal, create_challenge
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.job_names import Job
from webapp.models.challenges import Challenge, Entry, Series, SeriesChoice, SeriesSkip, Team, TeamStint
from webapp.models.columns import columns_of
from webapp.models.groups import Group
from webapp.queue import after_commit
from webapp.rulebook.lifecycle import filled_up
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import (
    Frame,
    Window,
    due_windows,
    frame_of,
    instance_name,
    next_window,
    series_name_of,
    window_of,
)
from webapp.series.queries import challenge_before, skips_of
from webapp.teams.service import TeamSetup

# Days before its first date at which the next challenge is made, by default.
LEAD_DAYS = 7
# Teams without a challenge to take them from.
MIN_TEAMS = 2


class DatesDoNotRepeat(Problem):
    """A challenge that renews fills a month or a week."""

    title = "These dates cannot repeat"
    message = "Only a whole month or a whole week can repeat."
    status = 409


class AlreadyCreated(Problem):
    """The challenge of that month or week exists, so it can no longer be skipped."""

    title = "It exists already"
    message = "Its challenge has been created. You can delete it on its own page."
    status = 409


class SeriesEnded(Problem):
    """The series makes no more challenges."""

    title = "This series has ended"
    message = "Its challenges stay as they are."
    status = 409


class NothingToSkip(Problem):
    """No coming month or week of the series begins on that date."""

    title = "Nothing to skip"
    message = "Choose one that is still to come."
    status = 409


@dataclass(frozen=True, slots=True)
class SeriesSettings:
    """What a series does each time: `rules` and names for the challenges to come, and how they are made."""

    name: str
    grace_hours: int
    team_mode: TeamMode
    keeps_teams: bool
    lead_days: int


def start_series(
    group: Group, spec: ChallengeSpec, teams: TeamSetup, frame: Frame, lead_days: int, keeps_teams: bool, now: datetime
) -> Challenge:
    """Start a challenge that renews, and return its first challenge, in the window of `spec`.

    Job.RENEW_SWEEP makes the coming ones. Raises as `create_challenge`, and DatesDoNotRepeat if the dates are not
    those of a whole month or week.
    """
    window = Window(spec.starts_on, spec.ends_on)
    if window_of(frame, window.starts_on) != window:
        raise DatesDoNotRepeat(message=f"A repeating challenge takes a whole {frame}.", status=400)
    name = series_name_of(spec.name, frame, window.starts_on)
    named = replace(spec, name=instance_name(name, frame, window.starts_on))
    # Locked before anything is written: the second press of the same button finds the first one's challenge.
    if locked_group(Group.id == group.id) is None:
        raise not_found()
    series_settings = SeriesSettings(name, spec.grace_hours, teams.mode, keeps_teams, lead_days)
    series = _add_series(group.id, spec.rules, frame, window, series_settings, now)
    series.late_counts_whole = spec.late_counts_whole
    return create_challenge(group, named, teams, now, Renewal(series.id))


def go_on(challenge: Challenge, now: datetime) -> Series | None:
    """Make a challenge the first of a series with its rules; None if an active series has it already.

    The caller has locked the group. After this call `renew`. Raises DatesDoNotRepeat.
    """
    window = Window(challenge.starts_on, challenge.ends_on)
    frame = frame_of(window)
    if frame is None:
        raise DatesDoNotRepeat()
    mine = select(Series).where(Series.id == challenge.series_id, Series.ended_at.is_(None))
    if challenge.series_id is not None and db.session.scalar(mine) is not None:
        return None
    name = series_name_of(challenge.name, frame, window.starts_on)
    # Named teams cannot be drawn again, so they stay together.
    series_settings = SeriesSettings(
        name, challenge.grace_hours, challenge.team_mode, challenge.team_mode == TeamMode.NAMED, LEAD_DAYS
    )
    series = _add_series(challenge.group_id, challenge.rules, frame, window, series_settings, now)
    series.late_counts_whole = challenge.late_counts_whole
    challenge.series_id = series.id
    return series


def _add_series(
    group_id: int, rules: RuleSet, frame: Frame, first: Window, series_settings: SeriesSettings, now: datetime
) -> Series:
    next_on = next_window(frame, first).starts_on
    series = Series(
        group_id=group_id, frame=frame, rules=rules, next_on=next_on, created_at=now, **asdict(series_settings)
    )
    db.session.add(series)
    db.session.flush()
    return series


def renew(series_id: int, now: datetime) -> list[int]:
    """Make the challenges of a series that should exist by now, and return them.

    There is one for each window, however often this is called: the group is locked, and a window that has its
    challenge, is skipped or has passed is left out.
    """
    series = locked_series(series_id)
    if series is None or series.ended_at is not None:
        return []
    group = db.session.get_one(Group, series.group_id)
    today = now.astimezone(ZoneInfo(group.tz)).date()
    frame = series.frame
    made = []
    for window in due_windows(frame, series.next_on, series.lead_days, today):
        if window.ends_on >= today and _is_wanted(series, window):
            made.append(_make(group, series, window, now).id)
            record_audit(group.id, "challenge_renewed", None, now, challenge_id=made[-1])
        series.next_on = next_window(frame, window).starts_on
    return made


def locked_series(series_id: int) -> Series | None:
    """Return a series, fresh, with its group locked until the commit; None where there is no such series."""
    group_id = db.session.scalar(select(Series.group_id).where(Series.id == series_id))
    if group_id is None or locked_group(Group.id == group_id) is None:
        return None
    return db.session.get(Series, series_id, populate_existing=True)


def settings_of(series: Series) -> SeriesSettings:
    """Return the settings that a series has now."""
    return SeriesSettings(*columns_of(series, SeriesSettings))


def change_series(series: Series, series_settings: SeriesSettings, rules: RuleSet | None = None) -> bool:
    """Change a series for the challenges to come; return whether that changed anything. Raises SeriesEnded.

    Enqueues Job.RENEW_SERIES: with more days ahead, it may be time for the next one.
    """
    _refuse_ended(series)
    if settings_of(series) == series_settings and (rules is None or rules == series.rules):
        return False
    for name, value in asdict(series_settings).items():
        setattr(series, name, value)
    if rules is not None:
        series.rules = rules
    after_commit(Job.RENEW_SERIES, series.id)
    return True


def end_series(series: Series, now: datetime) -> None:
    """End a series: no more challenges are made, and existing ones stay. Ending twice is harmless."""
    alive = update(Series).where(Series.id == series.id, Series.ended_at.is_(None))
    db.session.execute(alive.values(ended_at=now))


def skip(series: Series, starts_on: date, today: date) -> bool:
    """Skip a window; return False if it was already skipped.

    Raises SeriesEnded; AlreadyCreated if its challenge exists; NothingToSkip if it is no window that is still to come.
    """
    _refuse_ended(series)
    _refuse_other(series, starts_on, today)
    if _is_made(series, starts_on):
        raise AlreadyCreated()
    if starts_on in skips_of(series):
        return False
    db.session.add(SeriesSkip(series_id=series.id, starts_on=starts_on))
    return True


def take_back_skip(series: Series, starts_on: date, today: date) -> bool:
    """Bring a skipped window back; return whether it was skipped. Raises as `skip`.

    Enqueues Job.RENEW_SERIES, which makes its challenge if it is time.
    """
    _refuse_ended(series)
    _refuse_other(series, starts_on, today)
    mine = delete(SeriesSkip).where(SeriesSkip.series_id == series.id, SeriesSkip.starts_on == starts_on)
    if db.session.execute(mine.returning(SeriesSkip.starts_on)).first() is None:
        return False
    series.next_on = min(series.next_on, starts_on)
    after_commit(Job.RENEW_SERIES, series.id)
    return True


def choose(series: Series, runner_id: int, enters: bool) -> None:
    """Store whether a member wants to be entered in the challenges of a series that are still to be made."""
    db.session.merge(SeriesChoice(series_id=series.id, runner_id=runner_id, enters=enters))


def _is_wanted(series: Series, window: Window) -> bool:
    left_out = db.session.get(SeriesSkip, (series.id, window.starts_on)) is not None
    return not left_out and not _is_made(series, window.starts_on)


def _is_made(series: Series, starts_on: date) -> bool:
    """Return whether the challenge exists: one of the series, or one with exactly its name made by hand."""
    name = instance_name(series.name, series.frame, starts_on)
    same_name = (Challenge.group_id == series.group_id) & (Challenge.name == name)
    mine = (Challenge.series_id == series.id) | same_name
    there = select(Challenge.id).where(Challenge.starts_on == starts_on, mine)
    return db.session.scalar(there.limit(1)) is not None


def _make(group: Group, series: Series, window: Window, now: datetime) -> Challenge:
    name = instance_name(series.name, series.frame, window.starts_on)
    rules, whole = series.rules, series.late_counts_whole
    spec = ChallengeSpec(name, window.starts_on, window.ends_on, series.grace_hours, rules, whole)
    before = challenge_before(series, window.starts_on)
    out = select(SeriesChoice.runner_id).where(SeriesChoice.series_id == series.id, SeriesChoice.enters.is_(False))
    teams = _teams(series, before)
    # Teams can be kept if both the former challenge and this one have teams.
    places = _places(before) if before and before.teams and teams.names and series.keeps_teams else None
    renewal = Renewal(series.id, frozenset(db.session.scalars(out)), places)
    return create_challenge(group, spec, teams, now, renewal)


def _teams(series: Series, before: Challenge | None) -> TeamSetup:
    """Return the teams of the next challenge: names and captains of the one before."""
    mode = series.team_mode
    if mode == TeamMode.NONE:
        return TeamSetup(mode, [])
    known: Sequence[Team] = before.teams if before else []
    names = [team.name for team in known] or filled_up([], MIN_TEAMS)
    return TeamSetup(mode, names, [team.captain_id for team in known])


def _places(before: Challenge) -> dict[int, int]:
    """Return the place of the team that each runner of a challenge was in at its end."""
    place = {team.id: n for n, team in enumerate(before.teams)}
    now_in = select(Entry.runner_id, TeamStint.team_id).join(TeamStint, TeamStint.entry_id == Entry.id)
    still = now_in.where(Entry.challenge_id == before.id, TeamStint.to_date.is_(None))
    return {runner_id: place[team_id] for runner_id, team_id in db.session.execute(still)}


def _refuse_ended(series: Series) -> None:
    if series.ended_at is not None:
        raise SeriesEnded()


def _refuse_other(series: Series, starts_on: date, today: date) -> None:
    window = window_of(series.frame, starts_on)
    if window.starts_on != starts_on or starts_on <= today:
        raise NothingToSkip(message=f"Choose a {series.frame} that is still to come.")

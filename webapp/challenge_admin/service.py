"""Creating, changing and deleting challenges. Nothing here commits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from webapp.challenges.queries import refuse_closed
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.groups.queries import locked_group
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Challenge, Entry, SeriesSkip, TeamStint
from webapp.models.chase import Passed
from webapp.models.groups import Group, Membership
from webapp.queue import after_commit
from webapp.rulebook.lifecycle import draw_evenly, spread_evenly
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import RuleSet
from webapp.sync.service import request_older_resyncs
from webapp.teams.balance_service import refresh_draft_order
from webapp.teams.queries import recent_mileage
from webapp.teams.service import TeamSetup, append_team


@dataclass(frozen=True, slots=True)
class ChallengeSpec:
    """What a challenge is about."""

    name: str
    starts_on: date
    ends_on: date
    grace_hours: int
    rules: RuleSet = field(default_factory=RuleSet)
    late_counts_whole: bool = False


class DuplicateChallenge(Problem):
    """The group has a challenge of this name and these dates."""

    def __init__(self) -> None:
        super().__init__("It exists already", "The group has a challenge of this name and these dates.", status=409)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a challenge takes from its series: the runners who stay out of it, and the earlier team of each runner.

    `places`: {runner: the place of the team among the names}, None if new teams are made.
    """

    series_id: int
    staying_out: frozenset[int] = frozenset()
    places: Mapping[int, int] | None = None


def create_challenge(
    group: Group, spec: ChallengeSpec, teams: TeamSetup, now: datetime, renewal: Renewal | None = None
) -> Challenge:
    """Start a challenge, of past days too, and enter every member but those who stay out of its series.

    Nothing is scored yet: enqueues Job.REDERIVE_CHALLENGE and Job.MEASURE_TEAM_SPREAD. Raises NotFound if the group is
    gone, and DuplicateChallenge if it has one with this name and window, usually because the button was pressed twice.
    """
    if locked_group(Group.id == group.id) is None:
        raise not_found()
    _refuse_duplicate(group, spec)
    challenge = _stored(group, spec, teams, now, renewal)
    entries = _enter_members(challenge, now, renewal.staying_out if renewal else frozenset())
    # A runner who stays out leads no team. A series asks for the captains of last time.
    captains = [*(captain if captain in entries else None for captain in teams.captains), *[None] * len(teams.names)]
    team_ids = [append_team(challenge, name, place, captains[place]) for place, name in enumerate(teams.names)]
    today = now.astimezone(ZoneInfo(group.tz)).date()
    if renewal and renewal.places is not None:
        placed = _place_again(renewal.places, team_ids, list(entries))
    else:
        placed = _place(challenge, teams, team_ids, list(entries), today)
    _begin_stints(challenge, {entries[runner_id]: team_id for runner_id, team_id in placed.items()})
    refresh_draft_order(challenge, entries.values(), today)
    request_older_resyncs(challenge.id, challenge.starts_on)
    after_commit(Job.REDERIVE_CHALLENGE, challenge.id)
    after_commit(Job.MEASURE_TEAM_SPREAD, challenge.id)
    return challenge


def change_challenge(challenge: Challenge, name: str, grace_hours: int, now: datetime) -> bool:
    """Change name and grace time; return whether that changed anything. Raises ChallengeFinished."""
    refuse_closed(challenge, now)
    if (challenge.name, challenge.grace_hours) == (name, grace_hours):
        return False
    challenge.name, challenge.grace_hours = name, grace_hours
    bump_version([challenge.id])
    return True


def delete_challenge(challenge: Challenge) -> None:
    """Delete a challenge and everything that belongs to it. The runs stay. Its series skips this window."""
    if challenge.series_id is not None:
        db.session.merge(SeriesSkip(series_id=challenge.series_id, starts_on=challenge.starts_on))
    # Most of its rows are deleted at once: row by row, as the database follows its keys, takes twice as long.
    entries = select(Entry.id).where(Entry.challenge_id == challenge.id)
    db.session.execute(delete(Passed).where(Passed.passer_id.in_(entries)))
    db.session.execute(delete(Challenge).where(Challenge.id == challenge.id))


def _refuse_duplicate(group: Group, spec: ChallengeSpec) -> None:
    same = (Challenge.name == spec.name, Challenge.starts_on == spec.starts_on, Challenge.ends_on == spec.ends_on)
    if db.session.scalar(select(Challenge.id).where(Challenge.group_id == group.id, *same)) is not None:
        raise DuplicateChallenge


def _enter_members(challenge: Challenge, now: datetime, staying_out: frozenset[int]) -> dict[int, int]:
    """Enter the members, in the order of joining; return {runner: entry} in that order."""
    members = select(Membership.runner_id).where(Membership.group_id == challenge.group_id).order_by(Membership.id)
    runner_ids = [runner_id for runner_id in db.session.scalars(members) if runner_id not in staying_out]
    if runner_ids:
        rows = [{"challenge_id": challenge.id, "runner_id": runner_id, "joined_at": now} for runner_id in runner_ids]
        db.session.execute(insert(Entry), rows)
    made = select(Entry.runner_id, Entry.id).where(Entry.challenge_id == challenge.id)
    by_runner = dict(db.session.execute(made).all())
    return {runner_id: by_runner[runner_id] for runner_id in runner_ids}


def _begin_stints(challenge: Challenge, team_of: Mapping[int, int]) -> None:
    """Put entries into their teams from the first date on. `team_of`: team by entry."""
    stints = [
        {"entry_id": entry_id, "team_id": team_id, "from_date": challenge.starts_on, "to_date": None}
        for entry_id, team_id in team_of.items()
    ]
    if stints:
        db.session.execute(insert(TeamStint), stints)


def _stored(group: Group, spec: ChallengeSpec, teams: TeamSetup, now: datetime, renewal: Renewal | None) -> Challenge:
    values = {each.name: getattr(spec, each.name) for each in fields(spec)}
    made_by = {"team_mode": teams.mode, "series_id": renewal.series_id if renewal else None}
    challenge = Challenge(group_id=group.id, created_at=now, **values, **made_by)
    db.session.add(challenge)
    db.session.flush()
    return challenge


def _place(
    challenge: Challenge, teams: TeamSetup, team_ids: Sequence[int], runners: Sequence[int], today: date
) -> dict[int, int]:
    if teams.mode == TeamMode.PICKED:
        # Captains run in their own teams, and choose the others.
        captains = zip(teams.captains, team_ids, strict=False)
        return {runner: team_id for runner, team_id in captains if runner in set(runners)}
    if teams.mode != TeamMode.DRAWN:
        return spread_evenly(runners, team_ids)
    mileage = recent_mileage(challenge.group_id, min(challenge.starts_on, today))
    drawn = draw_evenly({runner: mileage.get(runner, 0) for runner in runners}, len(team_ids), str(challenge.id))
    return {runner: team_id for team_id, team in zip(team_ids, drawn, strict=True) for runner in team}


def _place_again(places: Mapping[int, int], team_ids: Sequence[int], runners: Sequence[int]) -> dict[int, int]:
    """Put each runner into the team they had before; then add newcomers one by one to the smallest team."""
    placed = {runner: team_ids[places[runner]] for runner in runners if runner in places}
    sizes = Counter(placed.values())
    for runner in runners:
        if runner not in placed:
            placed[runner] = min(team_ids, key=lambda team_id: sizes[team_id])
            sizes[placed[runner]] += 1
    return placed

"""Starting, entering, changing and ending challenges. Nothing here commits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, insert, select, update

from webapp.challenges import queries
from webapp.challenges.queries import recent_mileage, team_sizes
from webapp.entries.baseline_service import fix_own
from webapp.errors import Problem, not_found
from webapp.extensions import db
from webapp.groups.audit import note
from webapp.groups.queries import locked_group
from webapp.leaderboards.publishing import remove_entries, touch
from webapp.models.challenges import (
    Challenge,
    ChallengeLeaver,
    Entry,
    Pick,
    Series,
    SeriesChoice,
    SeriesSkip,
    Team,
    TeamSpell,
)
from webapp.models.chase import Passed
from webapp.models.groups import Group, Membership
from webapp.results.service import forget, store_results
from webapp.rulebook.lifecycle import (
    MAX_GRACE_HOURS,
    Spell,
    closes_at,
    draw_evenly,
    moved,
    smallest_team,
    spread_evenly,
)
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive_entries, rederive_entry
from webapp.sync.service import ask_for_deeper_looks
from webapp.teams.balance import keep_waiting


class Terms(NamedTuple):
    """What a challenge is about."""

    name: str
    starts_on: date
    ends_on: date
    grace_hours: int
    rules: RuleSet = RuleSet()
    late_counts_whole: bool = False


class TwinError(Problem):
    """The group has a challenge of this name and these dates."""

    def __init__(self) -> None:
        super().__init__("It is there already", "The group has a challenge of this name and these dates.", status=409)


class Teams(NamedTuple):
    """Its teams at the start: none, by name, drawn evenly from recent mileage, or picked by their captains."""

    mode: Literal["none", "named", "picked", "drawn"]
    names: Sequence[str]
    # Runners, in the order of the names; None for a team without one.
    captains: Sequence[int | None] = ()


class Renewal(NamedTuple):
    """What a challenge has of the series that it is one of: who stays out of it, and who ran in which team before.

    `places`: {runner: the place of the team among the names}, None where teams are made anew.
    """

    series_id: int
    staying_out: frozenset[int] = frozenset()
    places: Mapping[int, int] | None = None


def create_challenge(
    group: Group, terms: Terms, teams: Teams, now: datetime, renewal: Renewal | None = None
) -> Challenge:
    """Start a challenge and enter every member, past months too; who wants to stay out of a series does.

    Nothing is scored yet: after the commit ask for "jobs.scoring.rederive_challenge". Raises TwinError if the group has
    one of this name and window, mostly because the button was pressed twice, and NotFound if the group is gone.
    """
    if locked_group(Group.id == group.id) is None:
        raise not_found()
    _refuse_twin(group, terms)
    values = terms._asdict() | {"rules": terms.rules.to_data(), "team_mode": teams.mode}
    series_id = renewal.series_id if renewal else None
    challenge = Challenge(group_id=group.id, created_at=now, series_id=series_id, **values)
    db.session.add(challenge)
    db.session.flush()
    entries = _enter_members(challenge, now, renewal.staying_out if renewal else frozenset())
    # Who stays out leads no team; of a series it is the captains of last time that are asked for.
    captains = [*(captain if captain in entries else None for captain in teams.captains), *[None] * len(teams.names)]
    team_ids = [_add_team(challenge, name, place, captains[place]) for place, name in enumerate(teams.names)]
    today = now.astimezone(ZoneInfo(group.tz)).date()
    if renewal and renewal.places is not None:
        placed = _place_again(renewal.places, team_ids, list(entries))
    else:
        placed = _place(challenge, teams, team_ids, list(entries), today)
    spells = [
        {"entry_id": entries[runner_id], "team_id": team_id, "from_date": challenge.starts_on, "to_date": None}
        for runner_id, team_id in placed.items()
    ]
    if spells:
        db.session.execute(insert(TeamSpell), spells)
    keep_waiting(challenge, entries.values(), today)
    ask_for_deeper_looks(challenge.id, challenge.starts_on)
    return challenge


def enter(challenge: Challenge, runner_id: int, now: datetime) -> int | None:
    """Enter a runner, in the smallest team where there are teams, and score them; the whole window counts, even late.

    A team gets what they run from today on; where the challenge says so, all of it on a first joining.
    Returns the entry, None when they were in. Raises Problem when closed.
    """
    _refuse_closed(challenge, now)
    there = select(Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id)
    if db.session.scalar(there) is not None:
        return None
    entry = Entry(challenge_id=challenge.id, runner_id=runner_id, joined_at=now)
    db.session.add(entry)
    db.session.flush()
    team_id = smallest_team(team_sizes(challenge.id))
    today = now.astimezone(ZoneInfo(db.session.get_one(Group, challenge.group_id).tz)).date()
    # Until it begins the captains choose.
    if team_id is not None and not (challenge.team_mode == "picked" and today < challenge.starts_on):
        since = challenge.starts_on if brings_whole(challenge, runner_id) else max(challenge.starts_on, today)
        db.session.add(TeamSpell(entry_id=entry.id, team_id=team_id, from_date=since))
        db.session.flush()
    entry_id = entry.id
    keep_waiting(challenge, [entry_id], today)
    if today < challenge.starts_on or not fix_own(challenge.id, [entry_id], now):
        rederive_entry(entry_id)
    ask_for_deeper_looks(challenge.id, challenge.starts_on, runner_id)
    return entry_id


def brings_whole(challenge: Challenge, runner_id: int) -> bool:
    """Return whether a runner who enters now brings the whole window to a team; never one who was in before."""
    return challenge.late_counts_whole and db.session.get(ChallengeLeaver, (challenge.id, runner_id)) is None


def enter_open_challenges(group: Group, runner_id: int, now: datetime) -> set[int]:
    """Enter a runner in every challenge of the group that is not closed.

    Hold the group's lock (`groups.queries.locked_group`). Returns the challenges entered; after the commit ask for
    "jobs.leaderboards.publish" for each.
    """
    # No grace is longer, so whatever ended before that is closed.
    oldest = now.date() - timedelta(hours=MAX_GRACE_HOURS, days=2)
    living = select(Challenge).where(Challenge.group_id == group.id, Challenge.ends_on >= oldest)
    return {
        challenge.id
        for challenge in db.session.scalars(living.order_by(Challenge.id)).all()
        if not is_closed(challenge, now) and enter(challenge, runner_id, now) is not None
    }


def withdraw(group_id: int | None, runner_id: int) -> set[int]:
    """Take a runner out of the challenges of one group, or of all (None), with everything derived of them.

    Where a challenge is final they become a former member: a place and a rank, and nothing of theirs.
    Returns the challenges touched; after the commit ask for "jobs.chase.derive_overtakes" for each.
    """
    final = forget(group_id, runner_id)
    mine = select(Entry.id, Entry.challenge_id).where(Entry.runner_id == runner_id)
    if group_id is not None:
        mine = mine.join(Challenge, Challenge.id == Entry.challenge_id).where(Challenge.group_id == group_id)
    entry_ids, challenge_ids = [], set()
    for entry_id, challenge_id in db.session.execute(mine):
        entry_ids.append(entry_id)
        challenge_ids.add(challenge_id)
    _remove(entry_ids)
    if group_id is not None:
        _remember_leaver(challenge_ids, runner_id)
    choices = delete(SeriesChoice).where(SeriesChoice.runner_id == runner_id)
    if group_id is not None:
        choices = choices.where(SeriesChoice.series_id.in_(select(Series.id).where(Series.group_id == group_id)))
    db.session.execute(choices)
    return challenge_ids | final


def step_out(challenge: Challenge, runner_id: int, now: datetime) -> bool:
    """Take a runner out of one challenge, by their own wish; they may come back. Returns whether they were in it.

    After the commit ask for "jobs.leaderboards.publish" and "jobs.chase.derive_overtakes". Raises Problem when closed.
    """
    _refuse_closed(challenge, now)
    mine = select(Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id)
    entry_ids = db.session.scalars(mine).all()
    _remove(entry_ids)
    _remember_leaver({challenge.id} if entry_ids else set(), runner_id)
    return bool(entry_ids)


def _remember_leaver(challenge_ids: set[int], runner_id: int) -> None:
    """Record that a runner left these challenges; only those with teams that are not frozen need it."""
    mine = select(Challenge.id).where(Challenge.id.in_(challenge_ids), Challenge.frozen_at.is_(None))
    for challenge_id in db.session.scalars(mine.where(Challenge.team_mode != "none")).all():
        db.session.merge(ChallengeLeaver(challenge_id=challenge_id, runner_id=runner_id))
    db.session.flush()


def _remove(entry_ids: Sequence[int]) -> None:
    remove_entries(entry_ids)
    # Who picks for a team that goes on needs to be in it; in a final one their name would stand as the captain's.
    theirs = (Entry.challenge_id == Team.challenge_id) & (Entry.runner_id == Team.captain_id)
    led = exists().where(theirs, Entry.id.in_(entry_ids))
    db.session.execute(update(Team).where(led).values(captain_id=None))
    db.session.execute(delete(Entry).where(Entry.id.in_(entry_ids)))


def change_challenge(challenge: Challenge, name: str, grace_hours: int, now: datetime) -> bool:
    """Change name and grace time; return whether that changed anything. Raises Problem when it is closed."""
    _refuse_closed(challenge, now)
    if (challenge.name, challenge.grace_hours) == (name, grace_hours):
        return False
    challenge.name, challenge.grace_hours = name, grace_hours
    touch([challenge.id])
    return True


def rename_teams(challenge: Challenge, names: Mapping[int, str], now: datetime) -> bool:
    """Give teams new names, {team: name}, all different; return whether any changed. Raises Problem when closed."""
    _refuse_closed(challenge, now)
    changed = [team for team in challenge.teams if names.get(team.id, team.name) != team.name]
    for team in changed:
        team.name = f"({team.id})"  # out of the way first: two teams may have swapped their names
    db.session.flush()
    for team in changed:
        team.name = names[team.id]
    if changed:
        touch([challenge.id])
    return bool(changed)


def add_team(challenge: Challenge, name: str, now: datetime) -> int:
    """Add one more team, without members. Raises Problem when the challenge is closed."""
    _refuse_closed(challenge, now)
    positions = [team.position for team in challenge.teams]
    touch([challenge.id])
    return _add_team(challenge, name, max(positions, default=-1) + 1)


def assign_teams(challenge: Challenge, choices: Mapping[int, int | None], today: date, now: datetime) -> set[int]:
    """Put entries of this challenge into teams of it, {entry: team or None}, as `rules.moved` says, and score them.

    Entries and teams of other challenges are passed over. Returns the entries that changed; after the commit ask for
    "jobs.leaderboards.publish". Raises Problem when the last day is over: what was run then stays where it was run.
    """
    _refuse_closed(challenge, now)
    if today > challenge.ends_on:
        raise Problem("The days are run", "The teams of this challenge stay as they are now.", status=409)
    known = {team.id for team in challenge.teams} | {None}
    mine = select(Entry).where(Entry.challenge_id == challenge.id, Entry.id.in_(choices))
    changed = {
        entry.id
        for entry in db.session.scalars(mine).all()
        if choices[entry.id] in known and _move(entry, choices[entry.id], challenge.starts_on, today)
    }
    # All at once: runners are held in one order, and so nobody waits for us while we wait for them.
    rederive_entries(changed)
    if today < challenge.starts_on:
        # A pick that no longer holds would keep them from being picked once more; the last one is given back.
        db.session.execute(delete(Pick).where(Pick.entry_id.in_(changed)))
    keep_waiting(challenge, changed, today)
    return changed


def freeze(challenge_id: int, now: datetime) -> str | None:
    """Make the totals of a challenge facts, if it is time and nothing of its board is on its way: its results.

    Nothing derives them anew after that. Returns the job to ask for after the commit, of which the freezing waits;
    None where there is none. A challenge that somebody else is writing to is left to the next round.
    """
    mine = select(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
    # The strong lock: neither a run is being taken in for it nor its board published.
    held = mine.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    challenge = db.session.scalar(held)
    if challenge is None or not queries.is_ripe(challenge, now):
        return None
    missing = queries.unsettled(challenge)
    if missing is None:
        unfrozen = update(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
        db.session.execute(unfrozen.values(frozen_at=now, unread=queries.unread_count(challenge)))
        db.session.execute(delete(ChallengeLeaver).where(ChallengeLeaver.challenge_id == challenge_id))
        store_results(challenge_id)
        note(challenge.group_id, "challenge_closed", None, None, challenge_id, "", now)
    return missing


def delete_challenge(challenge: Challenge) -> None:
    """Delete a challenge with all that hangs on it. The runs stay. Its series leaves out what it was made for."""
    if challenge.series_id is not None:
        db.session.merge(SeriesSkip(series_id=challenge.series_id, starts_on=challenge.starts_on))
    # Most of what hangs on it, at once: row by row, as the database follows its keys, takes twice as long.
    entries = select(Entry.id).where(Entry.challenge_id == challenge.id)
    db.session.execute(delete(Passed).where(Passed.passer_id.in_(entries)))
    db.session.execute(delete(Challenge).where(Challenge.id == challenge.id))


def _refuse_twin(group: Group, terms: Terms) -> None:
    same = (Challenge.name == terms.name, Challenge.starts_on == terms.starts_on, Challenge.ends_on == terms.ends_on)
    if db.session.scalar(select(Challenge.id).where(Challenge.group_id == group.id, *same)) is not None:
        raise TwinError


def is_closed(challenge: Challenge, now: datetime) -> bool:
    """Tell whether nobody can join or change it any more."""
    return challenge.frozen_at is not None or now >= closes_at(challenge.ends_on, challenge.grace_hours)


def _refuse_closed(challenge: Challenge, now: datetime) -> None:
    if is_closed(challenge, now):
        raise Problem("This challenge is finished", "Its results stand; nothing of it can be changed.", status=409)


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


def _place(
    challenge: Challenge, teams: Teams, team_ids: Sequence[int], runners: Sequence[int], today: date
) -> dict[int, int]:
    if teams.mode == "picked":
        # Captains run in their own teams; who runs with them is theirs to say.
        captains = zip(teams.captains, team_ids, strict=False)
        return {runner: team_id for runner, team_id in captains if runner in set(runners)}
    if teams.mode != "drawn":
        return spread_evenly(runners, team_ids)
    mileage = recent_mileage(challenge.group_id, min(challenge.starts_on, today))
    drawn = draw_evenly({runner: mileage.get(runner, 0) for runner in runners}, len(team_ids), str(challenge.id))
    return {runner: team_id for team_id, team in zip(team_ids, drawn, strict=True) for runner in team}


def _place_again(places: Mapping[int, int], team_ids: Sequence[int], runners: Sequence[int]) -> dict[int, int]:
    """Put each runner into the team of the place they had; who is new goes to the smallest, one after the other."""
    placed = {runner: team_ids[places[runner]] for runner in runners if runner in places}
    sizes = Counter(placed.values())
    for runner in runners:
        if runner not in placed:
            placed[runner] = min(team_ids, key=lambda team_id: sizes[team_id])
            sizes[placed[runner]] += 1
    return placed


def _add_team(challenge: Challenge, name: str, position: int, captain_id: int | None = None) -> int:
    team = Team(challenge_id=challenge.id, name=name, position=position, captain_id=captain_id)
    db.session.add(team)
    db.session.flush()
    return team.id


def _move(entry: Entry, team_id: int | None, starts_on: date, today: date) -> bool:
    before = [Spell(spell.team_id, spell.from_date, spell.to_date) for spell in entry.spells]
    now_in = before[-1].team_id if before and before[-1].to_date is None else None
    if team_id == now_in:
        return False
    after = moved(before, team_id, starts_on, today)
    db.session.execute(delete(TeamSpell).where(TeamSpell.entry_id == entry.id))
    if after:
        db.session.execute(insert(TeamSpell), [{"entry_id": entry.id, **spell._asdict()} for spell in after])
    db.session.expire(entry, ["spells"])
    return True

"""Boards for tests: groups of runners with totals, written as scoring would write them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import delete, func, insert, select, update

from tests.support.builders import make_challenge, make_group
from webapp.db import begin_write, db
from webapp.leaderboards import service
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Consent, Group, Membership
from webapp.models.leaderboards import Placement
from webapp.models.scoring import DayScore, Standing, TeamShare
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.rulebook.ruleset import RuleSet
from webapp.text import search_key

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
TODAY = NOON.date()


@dataclass(frozen=True, slots=True)
class Made:
    """A group with its challenge; `entries` and `runners` hold ids in the same order."""

    group: Group
    challenge: Challenge
    entries: list[int]
    runners: list[int]
    teams: list[int]


def make_board(
    names: Sequence[str],
    *,
    teams: Sequence[str] = (),
    tz: str = "UTC",
    roles: Mapping[int, str] | None = None,
    rules: RuleSet | None = None,
) -> Made:
    """Make a group of runners by these names, all of them in its challenge, teams in turn. Nothing is published."""
    group = make_group(tz=tz)
    challenge = make_challenge(group, teams=tuple(teams))
    if rules is not None:
        challenge.rules = challenge.shown_rules = rules
    team_ids = [team.id for team in challenge.teams]
    runners = _add(Runner, [{"name": name, "units": "km", "created_at": NOON} for name in names])
    _add(Membership, _memberships(group.id, runners, roles or {}))
    _add(Consent, [_consent(group.id, runner, name) for runner, name in zip(runners, names, strict=True)])
    entries = _add(
        Entry, [{"challenge_id": challenge.id, "runner_id": runner, "joined_at": NOON} for runner in runners]
    )
    team_of = {entry: team_ids[n % len(team_ids)] for n, entry in enumerate(entries)} if team_ids else {}
    stint = {"from_date": challenge.starts_on}
    _add(TeamStint, [{"entry_id": entry, "team_id": team, **stint} for entry, team in team_of.items()])
    _add(Standing, [_standing(challenge, entry, team_of.get(entry)) for entry in entries], keyed="entry_id")
    db.session.commit()
    return Made(group, challenge, entries, runners, team_ids)


def _memberships(group_id: int, runners: Sequence[int], roles: Mapping[int, str]) -> list[dict[str, object]]:
    return [
        {"group_id": group_id, "runner_id": runner, "role": roles.get(n, "member"), "joined_at": NOON}
        for n, runner in enumerate(runners)
    ]


def _consent(group_id: int, runner_id: int, name: str) -> dict[str, object]:
    names = {"shown_name": name, "search_name": search_key(name), "name_style": "full", "level": "totals"}
    return {
        "group_id": group_id,
        "runner_id": runner_id,
        "text_version": GROUP_CONSENT_VERSION,
        "given_at": NOON,
        **names,
    }


def _standing(challenge: Challenge, entry_id: int, team_id: int | None) -> dict[str, object]:
    values = {"total": 0, "days": 0, "dirty_from": challenge.starts_on}
    return {"entry_id": entry_id, "challenge_id": challenge.id, "team_id": team_id, **values}


def _add(model: type, rows: Sequence[Mapping[str, object]], keyed: str = "id") -> list[int]:
    if not rows:
        return []
    _insert(model, rows)
    column = getattr(model, keyed)
    return list(reversed(db.session.scalars(select(column).order_by(column.desc()).limit(len(rows))).all()))


def set_day(made: Made, entry_id: int, day: date, value: int) -> None:
    """Say what an entry has run on a date, as scoring would: day, standing, share of the team, dirty mark."""
    _score(made, {entry_id: value}, day)


def set_total(made: Made, totals: Mapping[int, int], *, day: date = date(2026, 11, 3)) -> None:
    """Let entries have run these totals on one date, and commit."""
    if totals:
        _score(made, totals, day)
    db.session.commit()


def _score(made: Made, values: Mapping[int, int], day: date) -> None:
    standings = select(Standing.entry_id, Standing.team_id, Standing.dirty_from).where(Standing.entry_id.in_(values))
    before = {row.entry_id: row for row in db.session.execute(standings)}
    db.session.execute(delete(DayScore).where(DayScore.entry_id.in_(values), DayScore.local_date == day))
    same = {"challenge_id": made.challenge.id, "local_date": day, "runs": 1}
    ran = {entry: value for entry, value in values.items() if value}
    _insert(DayScore, [{"entry_id": n, "team_id": before[n].team_id, "value": v, **same} for n, v in ran.items()])
    brought = _brought_by(values)
    db.session.execute(
        update(Standing),
        [
            {
                "entry_id": entry,
                "total": sum(share["total"] for share in brought[entry]),
                "days": sum(share["days"] for share in brought[entry]),
                "dirty_from": min(day, before[entry].dirty_from or day),
            }
            for entry in values
        ],
    )
    db.session.execute(delete(TeamShare).where(TeamShare.entry_id.in_(values)))
    _insert(TeamShare, [share for each in brought.values() for share in each if share["team_id"] is not None])


def _brought_by(entries: Iterable[int]) -> dict[int, list[dict[str, int]]]:
    """Return what each entry brought to each team and to none: entry, team, total, days."""
    of_team = (DayScore.entry_id, DayScore.team_id)
    sums = (func.sum(DayScore.value).label("total"), func.count().label("days"))
    found: dict[int, list[dict[str, int]]] = {entry: [] for entry in entries}
    statement = select(*of_team, *sums).where(DayScore.entry_id.in_(found)).group_by(*of_team)
    for row in db.session.execute(statement).mappings():
        found[row["entry_id"]].append({**row, "total": int(row["total"])})
    return found


def _insert(model: type, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        db.session.execute(insert(model), list(rows))


def publish(made: Made, today: date = TODAY, batch: int = service.BATCH) -> service.Published:
    """Publish as the job does, until nothing waits."""
    begin_write()
    published = service.publish(made.challenge.id, today, batch)
    db.session.commit()
    return publish(made, today, batch) if published.more else published


def move_team(made: Made, entry_id: int, team: Team | int) -> None:
    """Let an entry stand for another team from now on; what it brought stays."""
    team_id = team if isinstance(team, int) else team.id
    values = {"team_id": team_id, "dirty_from": made.challenge.ends_on}
    db.session.execute(update(Standing).where(Standing.entry_id == entry_id).values(**values))
    db.session.commit()


def on_the_board() -> set[int]:
    """Return the runners who stand on a board."""
    db.session.rollback()
    return set(db.session.scalars(select(Placement.runner_id)))

"""Challenges made by the service, and who runs where in them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select

from tests.support.builders import NOON
from webapp.challenge_admin import service
from webapp.challenge_admin.service import ChallengeSpec
from webapp.db import begin_write, db
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.teams import service as teams_service
from webapp.teams.service import TeamSetup

NOVEMBER = ChallengeSpec("November", date(2026, 11, 1), date(2026, 11, 30), 24)
SECOND = replace(NOVEMBER, name="November by hand", rules=RuleSet(counts=Eligibility(manual=True)))
MARCH = replace(NOVEMBER, name="March", starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))


def create(group: Group, spec: ChallengeSpec = NOVEMBER, mode: str = "none", names: Sequence[str] = ()) -> Challenge:
    begin_write()
    challenge = service.create_challenge(group, spec, TeamSetup(TeamMode(mode), names), NOON)
    db.session.commit()
    return challenge


def ran(runner_id: int, day: date, metres: int, sport: str = "run") -> None:
    sums = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres}
    db.session.add(LedgerDay(runner_id=runner_id, sport_class=sport, local_date=day, distance_m=metres, **sums))
    db.session.commit()


def members_of_teams(challenge: Challenge) -> dict[str, list[int]]:
    rows = db.session.execute(
        select(Team.name, Entry.runner_id)
        .join(TeamStint, TeamStint.team_id == Team.id)
        .join(Entry, Entry.id == TeamStint.entry_id)
        .where(Team.challenge_id == challenge.id)
        .order_by(Team.position, Entry.runner_id)
    ).all()
    return {name: [runner for team, runner in rows if team == name] for name in dict(rows)}


def stints_of(entry: Entry) -> list[Stint]:
    db.session.expire(entry)
    return [Stint(stint.team_id, stint.from_date, stint.to_date) for stint in entry.stints]


def assign(challenge: Challenge, choices: dict[int, int | None], today: date) -> set[int]:
    begin_write()
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    changed = teams_service.assign_teams(challenge, choices, today, now)
    db.session.commit()
    return changed

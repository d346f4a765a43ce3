"""A town of connected runners: athletes of the simulator, in groups with this month's challenge, their runs read in.

What only people can do (consent, the authorise page, forms) is left out: it is not what is measured. Everything else
goes through the application's own services.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from integrations.strava import parse
from integrations.strava.types import ActivityRow, AthleteSummary
from jobs import leaderboards, scoring
from tests.support.builders import make_group, make_member
from tests.support.simulator import Simulator
from tests.support.strava import granted
from webapp.accounts import service as accounts
from webapp.auth.rules import SCOPES
from webapp.challenge_admin.service import ChallengeSpec, create_challenge
from webapp.db import begin_write, db
from webapp.extensions import settings
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.sync import Connection
from webapp.rulebook.runs import raw_from
from webapp.sync.service import read_in
from webapp.teams.service import TeamSetup


@dataclass(frozen=True, slots=True)
class Resident:
    """An athlete of the simulator and the runner they are here."""

    athlete_id: int
    runner_id: int


@dataclass
class Board:
    """A challenge of one group."""

    challenge_id: int
    members: list[Resident] = field(default_factory=list)


def connect(simulator: Simulator, athlete: dict[str, Any], stored_from: date, now: datetime) -> Resident:
    """Connect one athlete and read in what they ran since `stored_from`, as an initial import would."""
    grant = granted(simulator, athlete["id"])
    who = AthleteSummary(athlete["id"], f"{athlete['firstname']} {athlete['lastname']}")
    begin_write()
    runner = accounts.connect(who, grant, SCOPES, None, now).runner
    details_from = raw_from(now.date(), settings().raw_days)
    read_in(runner.id, _rows(simulator, athlete["id"], stored_from), raw_from=details_from, now=now)
    looked = {"last_full_resync_at": now, "next_full_resync_at": now + timedelta(hours=40), "read_from": stored_from}
    db.session.execute(update(Connection).where(Connection.runner_id == runner.id).values(**looked))
    resident = Resident(athlete["id"], runner.id)
    db.session.commit()
    return resident


def found_group(name: str, members: Iterable[Resident]) -> Group:
    """Make a group of these runners; the first one organises it."""
    group = make_group(name)
    for place, resident in enumerate(members):
        runner = db.session.get_one(Runner, resident.runner_id)
        make_member(group, runner, role="member" if place else "organiser")
    return group


def start_challenge(group: Group, month: date, teams: Sequence[str], now: datetime) -> int:
    """Start the challenge of a month with these teams, derive it and publish it."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    mode = "named" if teams else "none"
    begin_write()
    spec = ChallengeSpec(f"{month:%B %Y}", month, last, 24)
    challenge_id = create_challenge(group, spec, TeamSetup(mode, teams), now).id  # type: ignore[arg-type]  # one of its words
    db.session.commit()
    scoring.rederive_challenge(challenge_id)
    leaderboards.publish_board(challenge_id)
    return challenge_id


def _rows(simulator: Simulator, athlete_id: int, stored_from: date) -> list[ActivityRow]:
    since = int(datetime.combine(stored_from, datetime.min.time()).timestamp())
    listed = simulator.control("GET", f"athletes/{athlete_id}/activities?since={since}")
    read = [parse.activity(row) for row in listed]
    return [row for row in read if isinstance(row, ActivityRow)]

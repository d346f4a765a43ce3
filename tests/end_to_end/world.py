"""A whole world at work: the athletes of the simulator, all connected, in groups with challenges of several months."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import requests
from flask import Flask
from sqlalchemy import select

from jobs.schedule import ENTRIES
from tests.oracle.judging import Row
from tests.support.flow import Walker
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs
from webapp.clock import Clock
from webapp.db import db
from webapp.models.sync import Connection
from webapp.queue import enqueue
from webapp.sync import due_queries, rules
from webapp.sync.token_service import access_token

# The last weekend of a month: while things change here, the month ends, first in Singapore and last in Chicago.
BEGIN = datetime(2026, 11, 29, 18, tzinfo=UTC)
MONTHS = [date(2026, month, 1) for month in range(6, 12)]
DECEMBER = date(2026, 12, 1)
# One that the group of everybody has no challenge of at first.
PAST_MONTH = date(2026, 7, 1)
# Strava's quarter hour: what is read in the next one counts again.
BREATH = timedelta(minutes=16)
# The schedule's own pace of full resyncs.
ROUND = timedelta(minutes=1)


@dataclass
class Entrant:
    """Somebody in a group: who they are to Strava, and how the group sees them."""

    athlete_id: int
    walker: Walker
    name: str
    runner_id: int = 0
    count_private: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A change of team: runs of this date and later count for the new one."""

    on: date
    before: str
    after: str


@dataclass
class Contest:
    """A challenge as the test knows it: what was typed into the form, and who was in the group then, in that order."""

    id: int
    month: date
    entrants: list[Entrant]
    teams: Sequence[str] = ()
    drawn: bool = False
    allow_private: bool = False
    allow_manual: bool = False
    # The athletes who changed team during the month.
    moves: dict[int, Move] = field(default_factory=dict)
    # By athlete: the date from which a late joiner runs for a team.
    joined_late: dict[int, date] = field(default_factory=dict)

    @property
    def window(self) -> tuple[date, date]:
        return self.month, (self.month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass
class Crew:
    """A group with its challenges."""

    slug: str
    invite: str
    tz: str
    members: list[Entrant]
    contests: list[Contest] = field(default_factory=list)


@dataclass
class World:
    """The application, the simulator, and everybody."""

    app: Flask
    simulator: Simulator
    names: dict[int, str] = field(default_factory=dict)
    crews: list[Crew] = field(default_factory=list)
    everybody: dict[int, Entrant] = field(default_factory=dict)
    # Jobs of the schedule that do not come by yet.
    held_back: set[str] = field(default_factory=set)
    # Boards that are final, as they were when they became so.
    final: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def contests(self) -> list[tuple[Crew, Contest]]:
        return [(crew, contest) for crew in self.crews for contest in crew.contests]

    @property
    def clock(self) -> Clock:
        clock: Clock = self.app.extensions["clock"]
        return clock

    @property
    def oldest(self) -> date:
        """Return the first date of all challenges that move; of what was before it only a part is read."""
        return min(contest.month for _, contest in self.contests if contest.id not in self.final)

    def pass_by(self, span: timedelta) -> None:
        """Move the one clock on, for the application and for Strava."""
        self.clock.set(now=self.clock.now() + span)

    def process_jobs(self) -> None:
        """Let the worker do all that was asked for; nothing may fail."""
        failed = process_jobs(self.app)
        assert not failed, failed[0]

    def keep_going(self) -> None:
        """Run the whole schedule once, as it runs every few seconds in life, and all that it asks for."""
        with self.app.app_context():
            for job in (job for job, _ in ENTRIES if job not in self.held_back):
                enqueue(job)
        self.process_jobs()

    def read_until_done(self) -> None:
        """Let the schedule do its full resyncs, a minute apart, until it has none to ask for."""
        for _ in range(3 * len(self.everybody)):
            self.keep_going()
            self.pass_by(ROUND)
            due = self._due()
            if not due:
                return
        raise AssertionError(f"runners {due} are still to be looked at")

    def _due(self) -> list[int]:
        now, quiet = self.clock.now(), timedelta()
        with self.app.app_context():
            due = [one.runner_id for one in due_queries.due(now) if rules.reason_for(one, now, quiet)]
            db.session.remove()
        return due

    def rows(self, entrant: Entrant) -> list[Row]:
        """Read what Strava's list says with the runner's own token, page by page to the empty one."""
        with self.app.app_context():
            token = access_token(entrant.runner_id, self.clock)
            db.session.remove()
        rows: list[Row] = []
        for number in range(1, 100):
            page = self._page(token, number)
            if not page:
                return rows
            rows += page
        raise AssertionError("the list does not end")

    def _page(self, token: str, number: int) -> list[Row]:
        after = int(datetime.combine(self.oldest - timedelta(days=3), time(), UTC).timestamp())
        query = {"page": number, "per_page": 200, "after": after}
        url = f"{self.simulator.base}/api/v3/athlete/activities"
        answer = requests.get(url, query, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        assert answer.status_code == 200, answer.text
        page: list[Row] = answer.json()
        return page


def start_groups(world: World, months: Sequence[date] = MONTHS, together: Sequence[date] = MONTHS[-2:]) -> None:
    """Let everybody of the simulator's world connect, found or join their groups, and start their challenges.

    Each group has challenges of `months`, and the group of everybody of those in `together`, which may reach further
    back than what was read at first. Both are in order and end with the month that runs.
    """
    subscribed = world.app.test_cli_runner().invoke(args=["strava", "subscribe"])
    assert subscribed.exit_code == 0, subscribed.output
    told = world.simulator.control("GET", "world")
    world.names = {who["id"]: f"{who['firstname']} {who['lastname']}" for who in told["athletes"]}
    for club in told["groups"]:
        world.crews.append(_found(world, club))
    world.process_jobs()
    _number(world)
    _set_private_wishes(world)
    for crew in world.crews:
        late = crew.members.pop()
        _start_challenges(crew, months)
        _join_late(world, crew, late)
    world.crews.append(_found_all_together(world, together))
    world.process_jobs()
    _change_team(world)
    world.read_until_done()


def _found(world: World, club: dict[str, Any]) -> Crew:
    """Found a group: the first athlete organises it, the last one connects but joins later."""
    first, *others, late = club["athletes"]
    organiser = _connect(world, first)
    started = organiser.walker.start_group(club["name"], club["tz"], club["text"], **_names(organiser))
    members = [organiser]
    for athlete_id in others:
        entrant = _connect(world, athlete_id, after=started.invite)
        entrant.walker.join(started.invite, **_names(entrant))
        members.append(entrant)
    return Crew(started.slug, started.invite, club["tz"], [*members, _connect(world, late)])


def _connect(world: World, athlete_id: int, after: str = "") -> Entrant:
    number = len(world.everybody)
    walker = Walker(world.app, athlete_id)
    # One in seven keeps "Only You" activities to themselves.
    scopes = ("read", "activity:read") if number % 7 == 3 else ("read", "activity:read", "activity:read_all")
    walker.sign_in(world.simulator, scopes, after)
    # On the board people are told apart by their names, so a namesake takes another one, as some do anyway.
    taken = {entrant.name for entrant in world.everybody.values()}
    name = world.names[athlete_id]
    name = f"Number {number}" if number % 5 == 4 or name in taken else name
    world.everybody[athlete_id] = Entrant(athlete_id, walker, name)
    return world.everybody[athlete_id]


def _names(entrant: Entrant) -> dict[str, str]:
    if entrant.name.startswith("Number "):
        return {"name_style": "alias", "alias": entrant.name}
    return {"name_style": "full"}


def _number(world: World) -> None:
    with world.app.app_context():
        for athlete_id, runner_id in db.session.execute(select(Connection.athlete_id, Connection.runner_id)):
            world.everybody[athlete_id].runner_id = runner_id
        db.session.remove()


def _set_private_wishes(world: World) -> None:
    for entrant in list(world.everybody.values())[::3]:
        entrant.walker.fill("/account", units="mi")
        entrant.count_private = True
    for crew in world.crews:
        for entrant in crew.members[:-1]:
            _count_private(crew, entrant)


def _count_private(crew: Crew, entrant: Entrant) -> None:
    if entrant.count_private:
        entrant.walker.fill(f"/g/{crew.slug}/me", count_private="y")


def _start_challenges(crew: Crew, months: Sequence[date]) -> None:
    """Start this month's challenge and those before: teams by name, drawn, none; more is allowed in some."""
    organiser = crew.members[0].walker
    for n, month in enumerate(reversed(months)):
        contest = Contest(0, month, list(crew.members), allow_private=n % 3 == 0, allow_manual=n % 5 in (0, 4))
        contest.teams = ("Larks", "Owls", "Swifts") if n % 3 != 2 else ()
        contest.drawn = n % 3 == 1
        contest.id = organiser.start_challenge(crew.slug, month, **_typed(contest))
        crew.contests.append(contest)


def _typed(contest: Contest) -> dict[str, str]:
    mode = "none" if not contest.teams else "drawn" if contest.drawn else "named"
    ticked = [name for name in ("allow_private", "allow_manual") if getattr(contest, name)]
    return {"teams_mode": mode, "team_names": "\n".join(contest.teams), **dict.fromkeys(ticked, "y")}


def _join_late(world: World, crew: Crew, late: Entrant) -> None:
    """Join when the challenges stand: only those that are not closed take them in."""
    late.walker.join(crew.invite, **_names(late))
    _count_private(crew, late)
    crew.members.append(late)
    crew.contests[0].entrants.append(late)
    crew.contests[0].joined_late[late.athlete_id] = world.clock.today(crew.tz)


def _found_all_together(world: World, months: Sequence[date]) -> Crew:
    """Found a group of everybody, whose board is the longest."""
    organiser, *others = world.everybody.values()
    started = organiser.walker.start_group("All Together", "UTC", **_names(organiser))
    for entrant in others:
        entrant.walker.join(started.invite, **_names(entrant))
    crew = Crew(started.slug, started.invite, "UTC", [organiser, *others])
    for month in reversed(months):
        contest = Contest(0, month, list(crew.members), ("North", "South"))
        contest.id = organiser.walker.start_challenge(crew.slug, month, **_typed(contest))
        crew.contests.append(contest)
    return crew


def _change_team(world: World) -> None:
    """Let the second member of the first group change team today: what they ran so far stays with the old one."""
    crew = world.crews[0]
    contest, mover = crew.contests[0], crew.members[1]
    crew.members[0].walker.choose_team(crew.slug, contest.id, mover.name, contest.teams[2])
    contest.moves[mover.athlete_id] = Move(world.clock.today(crew.tz), *contest.teams[1:])


def start_past_month(world: World) -> None:
    """Let the group of everybody start a challenge of a month that is long over, whose runs are no longer held."""
    crew = world.crews[-1]
    contest = Contest(0, PAST_MONTH, list(crew.members), ("North", "South"))
    contest.id = crew.members[0].walker.start_challenge(crew.slug, PAST_MONTH, **_typed(contest))
    crew.contests.append(contest)
    world.process_jobs()
    world.read_until_done()


def start_december(world: World) -> None:
    """Let every group start the challenge of the month that has begun meanwhile."""
    for crew in world.crews:
        contest = Contest(0, DECEMBER, list(crew.members), ("Larks", "Owls"))
        contest.id = crew.members[0].walker.start_challenge(crew.slug, DECEMBER, **_typed(contest))
        crew.contests.append(contest)
    world.process_jobs()

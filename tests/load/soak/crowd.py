"""Everybody connects, finds their groups and is entered in challenges, all by the pages that people use."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from flask import Flask
from sqlalchemy import select

from integrations.strava_simulator.people import CLUBS
from tests.load.soak.pace import looking
from tests.load.soak.people import Person
from tests.support.flow import Walker
from tests.support.simulator import Simulator
from webapp.db import db
from webapp.models.sync import Connection

ALL_SCOPES = ("read", "activity:read", "activity:read_all")
# One in seven keeps "Only You" activities to themselves.
FEW_SCOPES = ("read", "activity:read")


@dataclass
class Entrant:
    """Somebody in the groups: who they are to Strava, and how the groups see them."""

    person: Person
    walker: Walker
    name: str
    scopes: Sequence[str]
    count_private: bool
    runner_id: int = 0

    @property
    def athlete_id(self) -> int:
        return self.person.id

    @property
    def sees_private(self) -> bool:
        return "activity:read_all" in self.scopes


@dataclass
class Contest:
    """A challenge, as it was typed into the form."""

    id: int
    slug: str
    month: date
    entrants: Sequence[Entrant]
    teams: Sequence[str] = ()
    allow_private: bool = False
    allow_manual: bool = False

    @property
    def window(self) -> tuple[date, date]:
        return self.month, (self.month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass
class Crew:
    """A group; the first of its members organises it."""

    slug: str
    members: Sequence[Entrant]
    teams: Sequence[str]


@dataclass
class Crowd:
    """Everybody, by athlete id, with their groups and challenges."""

    app: Flask
    simulator: Simulator
    entrants: dict[int, Entrant] = field(default_factory=dict)
    crews: list[Crew] = field(default_factory=list)
    contests: list[Contest] = field(default_factory=list)

    def by_runner(self) -> dict[int, Entrant]:
        return {entrant.runner_id: entrant for entrant in self.entrants.values()}

    def connect(self, entrant: Entrant, after: str = "") -> None:
        """Connect with Strava, for the first time or once more."""
        entrant.walker.sign_in(self.simulator, entrant.scopes, after)

    def start_challenges(self, month: date) -> None:
        """Have each group start the challenge of a month; some allow more than others."""
        for number, crew in enumerate(self.crews):
            contest = Contest(0, crew.slug, month, crew.members, crew.teams, number % 2 == 0, number == 1)
            mode = {"teams_mode": "named" if crew.teams else "none", "team_names": "\n".join(crew.teams)}
            ticked = [name for name in ("allow_private", "allow_manual") if getattr(contest, name)]
            organiser = crew.members[0].walker
            contest.id = organiser.start_challenge(crew.slug, month, **mode, **dict.fromkeys(ticked, "y"))
            self.contests.append(contest)


def gather(app: Flask, simulator: Simulator, people: Sequence[Person], seed: int) -> Crowd:
    """Let everybody connect, and found and join the groups: one for each club, and one of all."""
    crowd = Crowd(app, simulator)
    dice = Random(f"crowd {seed}")
    for person in people:
        crowd.entrants[person.id] = _entrant(app, person, dice)
    for number, club in enumerate(CLUBS):
        members = [entrant for entrant in crowd.entrants.values() if entrant.person.club == number]
        if members:
            crowd.crews.append(_found(crowd, club.name, club.tz, members, club.teams, connects=True))
    everybody = list(crowd.entrants.values())
    crowd.crews.append(_found(crowd, "All Together", "UTC", everybody, ("North", "South"), connects=False))
    _number(crowd)
    return crowd


def _entrant(app: Flask, person: Person, dice: Random) -> Entrant:
    # On the board people are told apart by their names.
    name = f"Number {person.number}"
    scopes = FEW_SCOPES if dice.random() < 1 / 7 else ALL_SCOPES
    return Entrant(person, Walker(app, person.id), name, scopes, count_private=dice.random() < 1 / 3)


def _found(
    crowd: Crowd, name: str, tz: str, members: Sequence[Entrant], teams: Sequence[str], *, connects: bool
) -> Crew:
    organiser, *others = members
    if connects:
        crowd.connect(organiser)
    started = organiser.walker.start_group(name, tz, **_shown(organiser))
    for entrant in others:
        if connects:
            crowd.connect(entrant, after=started.invite)
        entrant.walker.join(started.invite, **_shown(entrant))
    for entrant in members:
        if entrant.count_private:
            entrant.walker.fill(f"/g/{started.slug}/me", count_private="y")
    return Crew(started.slug, members, teams)


def _shown(entrant: Entrant) -> dict[str, str]:
    return {"name_style": "alias", "alias": entrant.name}


def _number(crowd: Crowd) -> None:
    """Note who is which runner to the application."""
    with looking(crowd.app):
        for athlete_id, runner_id in db.session.execute(select(Connection.athlete_id, Connection.runner_id)):
            crowd.entrants[athlete_id].runner_id = runner_id

"""The runners as whom a visitor of a trial can sign in: those with something to see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select

from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges
from webapp.db import db
from webapp.groups.queries import is_role_of_organisers
from webapp.invitations.queries import shared_link
from webapp.models.challenges import Challenge, Team
from webapp.models.groups import Consent, Group, Membership
from webapp.models.leaderboards import Placement
from webapp.models.sync import Connection

Part = Literal["leader", "middle", "team_captain", "group_organiser", "operator"]


@dataclass(frozen=True, slots=True)
class TrialPerson:
    """A runner of the trial and what they are there."""

    part: Part
    athlete_id: int
    name: str
    group: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The runners to choose from; `invite` of the first group, None while there is none."""

    people: list[TrialPerson]
    invite: str | None


def guide(operators: tuple[str, ...], now: datetime) -> Guide:
    """Return the runners to choose from now; a trial may still be being filled when people visit it."""
    group = db.session.scalar(select(Group).order_by(Group.id).limit(1))
    if group is None:
        return Guide([], None)
    link = shared_link(group.id)
    current = current_of(shown_challenges(group, now))
    return Guide(list(_people(group, current, operators)), link.token if link else None)


def _people(group: Group, current: ShownChallenge | None, operators: tuple[str, ...]) -> Iterator[TrialPerson]:
    if current is not None:
        yield from _on_board(group, current.id)
    yield from _found("team_captain", group, Team.captain_id == Connection.runner_id, _captained(group))
    organises = (Membership.runner_id == Connection.runner_id) & is_role_of_organisers()
    yield from _found("group_organiser", group, organises, Membership.group_id == group.id)
    yield from _found("operator", group, Connection.athlete_id.in_(map(int, operators)))


def _on_board(group: Group, challenge_id: int) -> Iterator[TrialPerson]:
    """Yield the leader of the board and the runner in its middle, among those who have run."""
    ran = (Placement.challenge_id == challenge_id, Placement.days > 0)
    count = db.session.scalar(select(func.count()).select_from(Placement).where(*ran)) or 0
    parts: tuple[tuple[Part, int], ...] = (("leader", 0), ("middle", count // 2))
    for part, place in parts[: min(count, 2)]:
        order = (Placement.total.desc(), Placement.entry_id)
        runner_id = select(Placement.runner_id).where(*ran).order_by(*order).limit(1).offset(place).scalar_subquery()
        yield from _found(part, group, Connection.runner_id == runner_id)


def _captained(group: Group) -> ColumnElement[bool]:
    ours = select(Challenge.id).where(Challenge.group_id == group.id, Challenge.frozen_at.is_(None))
    return Team.challenge_id.in_(ours)


def _found(part: Part, group: Group, *wanted: ColumnElement[bool]) -> Iterator[TrialPerson]:
    """Yield the first connected runner of the group for whom the conditions hold."""
    theirs = (Consent.runner_id == Connection.runner_id) & (Consent.group_id == group.id)
    named = select(Connection.athlete_id, Consent.shown_name).join(Consent, theirs)
    row = db.session.execute(named.where(*wanted).order_by(Connection.athlete_id).limit(1)).first()
    if row is not None:
        yield TrialPerson(part, row.athlete_id, row.shown_name, group.name)

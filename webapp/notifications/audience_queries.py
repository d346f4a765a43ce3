"""Finding who is told a fact that does not name its reader."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, union

from webapp.db import db
from webapp.groups.permissions import ROLES, Permission
from webapp.models.challenges import Entry
from webapp.models.facts import Fact
from webapp.models.group_runs import PaceGroup
from webapp.models.groups import Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.notifications.kind_rules import KINDS, Audience

_PERMISSIONS = {
    Audience.ORGANISERS: Permission.MANAGE_MEMBERS,
    Audience.ANSWERERS: Permission.ANSWER_REQUESTS,
    Audience.PLANNERS: Permission.PLAN_RUNS,
}


def readers_of(fact: Fact, after: int, limit: int) -> Sequence[int]:
    """Return the next readers of a fact by id, without the runner who did it.

    What members show of themselves does not matter: hidden and muted ones are told too.
    """
    readers = _readers(fact).subquery()
    others = select(readers.c.runner_id).where(readers.c.runner_id > after)
    if fact.by_id is not None:
        others = others.where(readers.c.runner_id != fact.by_id)
    return db.session.scalars(others.order_by(readers.c.runner_id).limit(limit)).all()


def _readers(fact: Fact) -> Select[Any]:
    audience = KINDS[fact.kind].audience
    if audience is Audience.ONE:
        return select(Fact.runner_id).where(Fact.id == fact.id)
    if audience is Audience.ENTRANTS:
        return select(Entry.runner_id).where(Entry.challenge_id == fact.challenge_id)
    members = select(Membership.runner_id).where(Membership.group_id == fact.group_id)
    if audience is Audience.RUNNERS:
        return members.where(Membership.runner_id.in_(_runners(fact)))
    permission = _PERMISSIONS.get(audience)
    return members.where(Membership.role.in_(ROLES[permission])) if permission else members


def _runners(fact: Fact) -> Any:
    answered = select(Rsvp.runner_id).where(Rsvp.run_id == fact.group_run_id, Rsvp.answer != RsvpAnswer.OUT)
    theirs = select(PaceGroup).where(PaceGroup.run_id == fact.group_run_id).subquery()
    led = (select(column).where(column.is_not(None)) for column in (theirs.c.leader_id, theirs.c.back_marker_id))
    return union(answered, *led)

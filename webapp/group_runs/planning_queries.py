"""Reading whom a planner may name as the leader of a pace group."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.db import reading
from webapp.groups.permissions import ROLES, Permission
from webapp.groups.queries import by_visible_name, visible_name
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Consent, Membership
from webapp.privacy.queries import consent_is_given, is_named_member

# How many there are to choose from.
MAX_NAMED = 100


def leader_choices(
    group_id: int, viewer_id: int, there: Collection[int] = (), run_id: int = 0
) -> list[tuple[int, str]]:
    """Return members to lead a pace group, with their names: those who may plan runs, or offered to lead this one.

    `there`: those who lead or close one already, who stay to be chosen, under the name that the planner sees.
    """
    offered = select(LeaderOffer.runner_id).join(PaceGroup, PaceGroup.id == LeaderOffer.pace_group_id)
    of_run = offered.join(GroupRun, GroupRun.id == PaceGroup.run_id).where(GroupRun.id == run_id)
    has_role = and_(Membership.role.in_(ROLES[Permission.PLAN_RUNS]), or_(is_named_member(), _is(viewer_id)))
    may_lead = or_(has_role, and_(Consent.runner_id.in_(of_run), is_named_member()), Consent.runner_id.in_(there))
    named = (
        select(Consent.runner_id, visible_name(viewer_id=viewer_id))
        .join(Membership, and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id))
        .where(Consent.group_id == group_id, consent_is_given(), may_lead)
        .order_by(Consent.runner_id.not_in(there), *by_visible_name(viewer_id))
    )
    return [(runner_id, name) for runner_id, name in reading().execute(named.limit(MAX_NAMED))]


def _is(runner_id: int) -> ColumnElement[bool]:
    return Consent.runner_id == runner_id

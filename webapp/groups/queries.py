"""Reading groups, for those who belong to them."""

from collections.abc import Sequence

from sqlalchemy import select

from webapp.errors import not_found
from webapp.extensions import db
from webapp.groups.models import Group, Membership


def groups_of(runner_id: int) -> Sequence[Group]:
    """Return the groups of a runner by name."""
    mine = select(Group).join(Membership).where(Membership.runner_id == runner_id).order_by(Group.name)
    return db.session.scalars(mine).all()


def group_for_member(slug: str, runner_id: int) -> tuple[Group, Membership]:
    """Return the group and the runner's membership. Raises NotFound for a stranger as for a wrong address."""
    found = db.session.execute(
        select(Group, Membership).join(Membership).where(Group.slug == slug, Membership.runner_id == runner_id)
    ).one_or_none()
    if found is None:
        raise not_found()
    return found[0], found[1]


def group_for_organiser(slug: str, runner_id: int) -> tuple[Group, Membership]:
    """Return the group and the organiser's membership. Raises NotFound for everybody else."""
    group, membership = group_for_member(slug, runner_id)
    if membership.role != "organiser":
        raise not_found()
    return group, membership

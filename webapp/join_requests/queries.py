"""Reading requests to join: a runner's own, and those that wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, select

from webapp.db import db
from webapp.errors import not_found
from webapp.groups.moderation_queries import banned, is_banned
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_by_slug, may_now
from webapp.models.accounts import Runner
from webapp.models.groups import Group, Membership
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinPolicy, JoinRequestState
from webapp.names import called
from webapp.paging import Page, counting

# A page that leads to the requests says how many there are, if there are fewer.
MAX_COUNTED = 100


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request as those who answer it see it; `name` is that of the runner's account."""

    id: int
    runner_id: int
    name: str
    message: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request of one's own, on the home page."""

    slug: str
    group: str
    state: JoinRequestState


def group_to_ask(slug: str, runner_id: int) -> tuple[Group, JoinRequest | None]:
    """Return a group that takes requests, or has one of this runner, and their request. Raises NotFound."""
    group = group_by_slug(slug)
    if group is None:
        raise not_found()
    mine = request_of(group.id, runner_id)
    # A banned runner is led here from wherever they could join.
    takes_requests = group.join_policy == JoinPolicy.REQUEST and not group.is_read_only
    if not takes_requests and mine is None and not is_banned(group.id, runner_id):
        raise not_found()
    return group, mine


def request_of(group_id: int, runner_id: int) -> JoinRequest | None:
    return db.session.scalar(
        select(JoinRequest).where(JoinRequest.group_id == group_id, JoinRequest.runner_id == runner_id)
    )


def own_requests(runner_id: int) -> list[OwnRequest]:
    """Return the requests of a runner, the latest first."""
    return [OwnRequest(*row) for row in db.session.execute(_MINE, {"runner": runner_id})]


def pending_count(group: Group, member: Membership) -> int:
    """Return how many requests wait for this member's answer, up to `MAX_COUNTED`; 0 for one who may not answer."""
    if not may_now(member, Permission.ANSWER_REQUESTS):
        return 0
    return db.session.scalar(PENDING_COUNT, {"group": group.id, "up_to": MAX_COUNTED}) or 0


def pending_page(group_id: int, page: Page) -> list[PendingRequest]:
    """Return one page of the requests that wait for an answer, the oldest first."""
    values = {"group": group_id, "size": page.size, "offset": page.offset}
    return _listed(db.session.execute(_PAGE, values).all())


def pending_request(group_id: int, join_request_id: int) -> PendingRequest | None:
    """Return one request, None where it was answered or withdrawn, or never was."""
    found = _listed(db.session.execute(_ONE, {"group": group_id, "request": join_request_id}).all())
    return found[0] if found else None


# Statements are built once: it takes longer than running them.
_MINE = (
    select(Group.slug, Group.name, JoinRequest.state)
    .join(Group, Group.id == JoinRequest.group_id)
    .where(JoinRequest.runner_id == bindparam("runner"))
    .order_by(JoinRequest.id.desc())
)
_IS_PENDING = and_(
    JoinRequest.group_id == bindparam("group"),
    JoinRequest.state == JoinRequestState.PENDING,
    # What a banned runner asks reaches nobody.
    ~banned(bindparam("group"), JoinRequest.runner_id),
)
_PENDING = select(JoinRequest.id).where(_IS_PENDING)
# How many requests wait for an answer. Values: group, up_to.
PENDING_COUNT = counting(_PENDING)
_FIRST_FIRST = (JoinRequest.asked_at, JoinRequest.id)
_LISTED = select(JoinRequest.id, JoinRequest.runner_id, Runner.name, JoinRequest.message, JoinRequest.asked_at).join(
    Runner, Runner.id == JoinRequest.runner_id
)
_IDS = _PENDING.order_by(*_FIRST_FIRST).limit(bindparam("size")).offset(bindparam("offset")).subquery()
_PAGE = _LISTED.join(_IDS, _IDS.c.id == JoinRequest.id).order_by(*_FIRST_FIRST)
_ONE = _LISTED.where(_IS_PENDING, JoinRequest.id == bindparam("request"))


def _listed(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[PendingRequest]:
    return [PendingRequest(row.id, row.runner_id, called(row.name), row.message, row.asked_at) for row in rows]

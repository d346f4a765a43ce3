"""Reading the groups of the installation for its operators: names and sizes, and nothing of their members."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from webapp.db import db
from webapp.models.challenges import Challenge
from webapp.models.groups import Group, Membership
from webapp.paging import Page


@dataclass(frozen=True, slots=True)
class OperatedGroup:
    """A group in numbers."""

    id: int
    name: str
    created_at: datetime
    archived_at: datetime | None
    deletes_at: datetime | None
    closed_at: datetime | None
    members: int
    challenges: int


def group_count(search: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Group).where(*_found(search))) or 0


def groups_page(search: str, page: Page) -> list[OperatedGroup]:
    """Return one page of the groups whose name has `search` in it, the newest first."""
    members = select(func.count()).where(Membership.group_id == Group.id).scalar_subquery()
    challenges = select(func.count()).where(Challenge.group_id == Group.id).scalar_subquery()
    columns = (Group.id, Group.name, Group.created_at, Group.archived_at, Group.deletes_at, Group.closed_at)
    found = select(*columns, members, challenges).where(*_found(search)).order_by(Group.id.desc())
    return [OperatedGroup(*row) for row in db.session.execute(found.limit(page.size).offset(page.offset))]


def _found(search: str) -> list[ColumnElement[bool]]:
    return [Group.name.icontains(search, autoescape=True)] if search else []

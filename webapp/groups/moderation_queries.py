"""Reading which members are muted in a group, and which runners are banned from it."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select

from webapp.db import db
from webapp.models.bans import GroupBan
from webapp.models.groups import Consent
from webapp.paging import Page


def is_banned(group_id: int, runner_id: int) -> bool:
    return bool(db.session.scalar(select(banned(group_id, runner_id))))


def banned(group_id: Any, runner_id: Any) -> ColumnElement[bool]:
    """Return the condition that a runner (or a column of runners) is banned from a group."""
    return exists().where(GroupBan.group_id == group_id, GroupBan.runner_id == runner_id)


def is_muted(group_id: int, runner_id: int) -> bool:
    return bool(db.session.scalar(_MUTED, {"group": group_id, "runner": runner_id}))


_MUTED = select(
    exists().where(
        Consent.group_id == bindparam("group"), Consent.runner_id == bindparam("runner"), Consent.muted_at.is_not(None)
    )
)


def heard(group_id: int, runner_id: int, words: str) -> str:
    """Return what reaches the group of a member's words: nothing while they are muted."""
    return "" if words and is_muted(group_id, runner_id) else words


def ban_count(group_id: int) -> int:
    return db.session.scalar(select(func.count()).where(GroupBan.group_id == group_id)) or 0


def bans_page(group_id: int, page: Page) -> list[GroupBan]:
    """Return one page of a group's bans, the latest first."""
    bans = select(GroupBan).where(GroupBan.group_id == group_id).order_by(GroupBan.id.desc())
    return list(db.session.scalars(bans.limit(page.size).offset(page.offset)))

"""Reading the log of what was decided in a group."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.groups.queries import visible_name
from webapp.groups.rules import NAMING, NO_CHANGE, Change, sentence_of
from webapp.models.challenges import Challenge
from webapp.models.groups import AuditLine, Consent
from webapp.paging import Page, counting, page_of
from webapp.stand_ins import HIDDEN_NAME


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log as it is read: a sentence, the reason that was given ("": none), and what changed."""

    at: datetime
    sentence: str
    reason: str
    change: Change


# Statements are built once: it takes longer than running them.
_LINES = select(AuditLine.id).where(AuditLine.group_id == bindparam("group"))
_LINES_ABOUT = _LINES.where(or_(AuditLine.actor_id == bindparam("about"), AuditLine.subject_id == bindparam("about")))


def _page_of(lines: Select[int]) -> Select[*tuple[Any, ...]]:
    """Select one page of `lines`, the latest first, with names. Those before it are skipped without their names."""
    actor, subject = aliased(Consent), aliased(Consent)
    latest_first = (AuditLine.at.desc(), AuditLine.id.desc())
    ids = lines.order_by(*latest_first).limit(bindparam("size")).offset(bindparam("offset")).subquery()
    return (
        select(AuditLine, visible_name(actor), visible_name(subject), Challenge.name)
        .join(ids, ids.c.id == AuditLine.id)
        .outerjoin(actor, (actor.group_id == AuditLine.group_id) & (actor.runner_id == AuditLine.actor_id))
        .outerjoin(subject, (subject.group_id == AuditLine.group_id) & (subject.runner_id == AuditLine.subject_id))
        .outerjoin(Challenge, Challenge.id == AuditLine.challenge_id)
        .order_by(*latest_first)
    )


_PAGE, _PAGE_ABOUT = _page_of(_LINES), _page_of(_LINES_ABOUT)
_COUNT, _COUNT_ABOUT = counting(_LINES), counting(_LINES_ABOUT)


def log_page_wanted(group_id: int, about: int | None, size: int) -> Page:
    """Return the requested page of a group's log; with `about`, of the lines that concern that runner."""
    return page_of(_COUNT if about is None else _COUNT_ABOUT, {"group": group_id, "about": about}, size)


def log_page(group_id: int, page: Page, about: int | None = None) -> list[LogLine]:
    """Return one page of a group's log, the newest first; with `about`, of the lines that concern that runner.

    Names are those that the group sees now; a runner who has left or was erased is "a former member". Lines about a
    hidden runner's name do not quote it.
    """
    lines = _PAGE if about is None else _PAGE_ABOUT
    values = {"group": group_id, "about": about, "size": page.size, "offset": page.offset}
    return [
        _read(line, sentence_of(line.action, actor_name, subject_name, challenge), subject_name)
        for line, actor_name, subject_name, challenge in db.session.execute(lines, values)
    ]


def _read(line: AuditLine, sentence: str, subject_name: str | None) -> LogLine:
    if subject_name == HIDDEN_NAME and line.action in NAMING:
        return LogLine(line.at, sentence, "", NO_CHANGE)
    return LogLine(line.at, sentence, line.words, Change(line.before, line.after))

"""The log of what was decided in a group. Written in the transaction of the decision; nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.groups.queries import visible_name
from webapp.groups.rules import ACTIONS, NAMING, NO_CHANGE, Action, Change, sentence_of
from webapp.models.challenges import Challenge
from webapp.models.groups import AuditLine, Consent
from webapp.paging import Page
from webapp.stand_ins import HIDDEN_NAME


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log as it is read: a sentence, the reason that was given ("": none), and what changed."""

    at: datetime
    sentence: str
    reason: str
    change: Change


def record_audit(
    group_id: int,
    action: Action,
    actor_id: int | None,
    now: datetime,
    *,
    subject_id: int | None = None,
    challenge_id: int | None = None,
    words: str = "",
    change: Change = NO_CHANGE,
) -> None:
    """Write down who did what to whom, and what changed. Raises KeyError for an action that has no sentence.

    `actor_id`: None if the app itself did it. `words`: the reason given, or "", and never figures of a single run.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    ids = {"group_id": group_id, "actor_id": actor_id, "subject_id": subject_id, "challenge_id": challenge_id}
    db.session.add(AuditLine(**ids, before=change.before, after=change.after, action=action, words=words, at=now))


def redact_audit(group_id: int, runner_id: int) -> None:
    """Remove reasons about a runner who leaves, and what changed of theirs: free words may name them."""
    about = update(AuditLine).where(AuditLine.group_id == group_id, AuditLine.subject_id == runner_id)
    db.session.execute(about.values(words="", before="", after=""))


def lines_of(group_id: int, about: int | None = None) -> Select[int]:
    """Select the lines of a group's log; with `about`, those that concern that runner."""
    return select(AuditLine.id).where(*_lines(group_id, about))


def log_page(group_id: int, page: Page, about: int | None = None) -> list[LogLine]:
    """Return one page of a group's log, the newest first; with `about`, of the lines that concern that runner.

    Names are those that the group sees now; a runner who has left or was erased is "a former member". Lines about a
    hidden runner's name do not quote it.
    """
    actor, subject = aliased(Consent), aliased(Consent)
    latest_first = (AuditLine.at.desc(), AuditLine.id.desc())
    # Lines before this page are skipped in the index, without their names.
    ids = lines_of(group_id, about).order_by(*latest_first).limit(page.size).offset(page.offset).subquery()
    lines = (
        select(AuditLine, visible_name(actor), visible_name(subject), Challenge.name)
        .join(ids, ids.c.id == AuditLine.id)
        .outerjoin(actor, (actor.group_id == AuditLine.group_id) & (actor.runner_id == AuditLine.actor_id))
        .outerjoin(subject, (subject.group_id == AuditLine.group_id) & (subject.runner_id == AuditLine.subject_id))
        .outerjoin(Challenge, Challenge.id == AuditLine.challenge_id)
        .order_by(*latest_first)
    )
    return [
        _read(line, sentence_of(line.action, actor_name, subject_name, challenge), subject_name)
        for line, actor_name, subject_name, challenge in db.session.execute(lines)
    ]


def _lines(group_id: int, about: int | None) -> list[ColumnElement[bool]]:
    lines = [AuditLine.group_id == group_id]
    if about is not None:
        lines.append(or_(AuditLine.actor_id == about, AuditLine.subject_id == about))
    return lines


def _read(line: AuditLine, sentence: str, subject_name: str | None) -> LogLine:
    if subject_name == HIDDEN_NAME and line.action in NAMING:
        return LogLine(line.at, sentence, "", NO_CHANGE)
    return LogLine(line.at, sentence, line.words, Change(line.before, line.after))

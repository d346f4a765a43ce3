"""The log of what was decided in a group. Written in the transaction of the decision; nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.groups.queries import visible_name
from webapp.groups.rules import ACTIONS, NAMING, Action, sentence_of
from webapp.models.challenges import Challenge
from webapp.models.groups import AuditLine, Consent
from webapp.paging import Page
from webapp.stand_ins import HIDDEN_NAME


@dataclass(frozen=True)
class LogLine:
    """A line of the log as an organiser reads it: a sentence, and the reason that was given ("": none)."""

    at: datetime
    sentence: str
    reason: str


def record_audit(
    group_id: int,
    action: Action,
    actor_id: int | None,
    subject_id: int | None,
    challenge_id: int | None,
    words: str,
    now: datetime,
) -> None:
    """Write down who did what to whom. Raises KeyError for an action that has no sentence.

    `actor_id`: None if the app itself did it. `words`: the reason given, or "", and never figures of a single run.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    ids = {"group_id": group_id, "actor_id": actor_id, "subject_id": subject_id, "challenge_id": challenge_id}
    db.session.add(AuditLine(**ids, action=action, words=words, at=now))


def redact_audit(group_id: int, runner_id: int) -> None:
    """Remove the reasons that were given about a runner who leaves: free words may name them."""
    about = update(AuditLine).where(AuditLine.group_id == group_id, AuditLine.subject_id == runner_id)
    db.session.execute(about.values(words=""))


def line_count(group_id: int) -> int:
    return db.session.scalar(select(func.count()).where(AuditLine.group_id == group_id)) or 0


def log_page(group_id: int, page: Page) -> list[LogLine]:
    """Return one page of a group's log, the newest first.

    Names are those that the group sees now; a runner who has left or was erased is "a former member". Lines about a
    hidden runner's name do not quote it.
    """
    actor, subject = aliased(Consent), aliased(Consent)
    lines = (
        select(AuditLine, visible_name(actor), visible_name(subject), Challenge.name)
        .outerjoin(actor, (actor.group_id == AuditLine.group_id) & (actor.runner_id == AuditLine.actor_id))
        .outerjoin(subject, (subject.group_id == AuditLine.group_id) & (subject.runner_id == AuditLine.subject_id))
        .outerjoin(Challenge, Challenge.id == AuditLine.challenge_id)
        .where(AuditLine.group_id == group_id)
        .order_by(AuditLine.at.desc(), AuditLine.id.desc())
        .limit(page.size)
        .offset(page.offset)
    )
    return [
        LogLine(line.at, sentence_of(line.action, actor_name, subject_name, challenge), _words(line, subject_name))
        for line, actor_name, subject_name, challenge in db.session.execute(lines)
    ]


def _words(line: AuditLine, subject_name: str | None) -> str:
    return "" if subject_name == HIDDEN_NAME and line.action in NAMING else line.words

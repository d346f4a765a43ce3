"""The log of what was decided in a group. Written in the transaction of the decision; nothing here commits."""

from datetime import datetime

from sqlalchemy import update

from webapp.db import db
from webapp.groups.rules import ACTIONS, NO_CHANGE, Action, Change
from webapp.models.groups import AuditLine


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

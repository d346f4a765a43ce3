"""Stopping mails of a kind, or all of them. Nothing here commits."""

from sqlalchemy import select

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.words import Channel, FactKind
from webapp.notifications.choice_service import choose_many
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.unsubscribe_rules import MailKind


def mail_kind(runner_id: int, kind: FactKind) -> MailKind | None:
    """Return what a link in a mail of this kind to this runner is about; None for a runner who is gone."""
    created_at = db.session.scalar(select(Runner.created_at).where(Runner.id == runner_id))
    return MailKind.to(runner_id, created_at, kind) if created_at else None


def stop_mails(asked: MailKind, *, every_kind: bool) -> None:
    """Send a runner no more mails of a kind, or none of any kind. For a runner who is gone there is nothing to do."""
    if mail_kind(asked.runner_id, asked.kind) == asked:
        kinds = KINDS if every_kind else (asked.kind,)
        choose_many(asked.runner_id, {(kind, Channel.MAIL): False for kind in kinds})

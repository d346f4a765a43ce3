"""Telling captains that it is their turn. Nothing here commits."""

from datetime import datetime

from sqlalchemy import exists, select

from webapp.db import db
from webapp.drafts.turn_queries import turn_of
from webapp.facts.service import record_fact, withdraw_facts_of
from webapp.models.challenges import Challenge, Entry, Team
from webapp.models.words import FactKind


def record_turn(challenge: Challenge, now: datetime) -> None:
    """Have the captain on turn told, while runners wait to be picked; withdraw what others were told before.

    Call whenever a pick, a captain or the draft pool may have changed, before the first date.
    """
    key, captain_id = _on_turn(challenge)
    withdraw_facts_of(FactKind.TURN_TO_PICK, challenge.id, now, except_keys={key})
    if captain_id is not None:
        here = challenge.id
        record_fact(
            FactKind.TURN_TO_PICK, key, now, group_id=challenge.group_id, challenge_id=here, runner_id=captain_id
        )


def _on_turn(challenge: Challenge) -> tuple[str, int | None]:
    """Return the key of the turn, and the captain; None if nobody picks."""
    turn = turn_of(challenge)
    waits = exists().where(Entry.challenge_id == challenge.id, Entry.waiting_m.is_not(None))
    if turn is None or not db.session.scalar(select(waits)):
        return "", None
    captain_id = db.session.scalar(select(Team.captain_id).where(Team.id == turn.team_id))
    return f"{challenge.id}:{turn.number}:{captain_id}", captain_id

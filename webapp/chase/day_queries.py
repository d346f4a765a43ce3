"""Conditions on the days of others that the chase may use."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_

from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CHALLENGE, ENTRY
from webapp.rulebook.baselines import SHOWN_CLASS, classes_of


def shown_days(context: BoardContext, ledger: Any) -> ColumnElement[bool]:
    """Return the condition for ledger days whose figures others see, of the sports that count in a challenge.

    The board of a challenge shows what was done on its own days. Before its first date only runs are shown, on boards
    over any dates: the chase must not tell who walked.
    """
    classes = classes_of(context.rules.counts.sports)
    of_sports: ColumnElement[bool] = ledger.c.sport_class.in_(classes)
    if classes == [SHOWN_CLASS]:
        return of_sports
    in_challenge = ledger.c.local_date >= context.viewer.starts_on
    return and_(of_sports, or_(in_challenge, ledger.c.sport_class == SHOWN_CLASS))


def shows_earlier_days(context: BoardContext) -> bool:
    """Return whether others see anything from before the first date that would count in the challenge."""
    return SHOWN_CLASS in classes_of(context.rules.counts.sports)


def shows_scored_days() -> ColumnElement[bool]:
    """Return the condition that the days of an entry are those of its board, and not being derived by other rules."""
    return ~exists().where(CHALLENGE.c.id == ENTRY.c.challenge_id, CHALLENGE.c.is_changing)

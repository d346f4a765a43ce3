"""The days of others that the chase may use. Statements about them are built once, and take values as parameters."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, or_

from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CHALLENGE, ENTRY, table
from webapp.models.scoring import LedgerDay
from webapp.rulebook.baselines import SHOWN_CLASS, classes_of

LEDGER = table(LedgerDay)
RUNNERS: BindParameter[Any] = bindparam("runners", expanding=True)
# The condition for ledger days whose figures others see, of the sports that count in a challenge.
#
# The board of a challenge shows what was done on its own days. Before its first date only runs are shown, on boards
# over any dates: the chase must not tell who walked.
SHOWN_DAYS = and_(
    LEDGER.c.sport_class.in_(bindparam("classes", expanding=True)),
    or_(LEDGER.c.sport_class == SHOWN_CLASS, LEDGER.c.local_date >= bindparam("starts_on")),
)


def values_of_days(context: BoardContext) -> dict[str, Any]:
    """Return the values of `SHOWN_DAYS`."""
    return {"classes": classes_of(context.rules.counts.sports), "starts_on": context.viewer.starts_on}


def shows_earlier_days(context: BoardContext) -> bool:
    """Return whether others see anything from before the first date that would count in the challenge."""
    return SHOWN_CLASS in classes_of(context.rules.counts.sports)


def shows_scored_days() -> ColumnElement[bool]:
    """Return the condition that the days of an entry are those of its board, and not being derived by other rules."""
    return ~exists().where(CHALLENGE.c.id == ENTRY.c.challenge_id, CHALLENGE.c.is_changing)

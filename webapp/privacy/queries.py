"""TODO."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists

from webapp.models.groups import Consent
from webapp.models.sync import Connection


def took_access_away(runner_id: Any) -> ColumnElement[bool]:
    """Return the condition that a runner (a column) ended our access at Strava: hidden from all others until back."""
    return exists().where(Connection.runner_id == runner_id, Connection.state == "deauthorised")


def is_shown(runner_id: Any, group_id: Any, *, longest: bool = False) -> ColumnElement[bool]:
    """Return the condition under which a runner (a column) is shown in a group's tables, frozen ones too.

    Their consent holds, and they have not taken our access at Strava away. With `longest` it takes a consent to their
    longest run being seen. Of others a place reads as not shown; see `rules.figures_stay` for sums they are part of.
    """
    consented = and_(Consent.runner_id == runner_id, Consent.group_id == group_id, Consent.withdrawn_at.is_(None))
    if longest:
        consented = and_(consented, Consent.longest_at.is_not(None))
    return and_(exists().where(consented), ~took_access_away(runner_id))

"""Conditions for queries on which runners a group may see. Every list of runners takes its condition from here."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists

from webapp.models.groups import Consent
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, ConsentLevel


def consent_holds(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the condition that a consent is not withdrawn. `consent`: the model, an alias, or columns of its table."""
    holds: ColumnElement[bool] = consent.withdrawn_at.is_(None)
    return holds


def level_of(consent: Consent | None) -> ConsentLevel | None:
    """Return what a runner lets a group see by this consent ("totals" or "points"), None for nothing."""
    return consent.level if consent and consent.withdrawn_at is None else None


def is_hidden_runner(runner_id: Any) -> ColumnElement[bool]:
    """Return the condition that a runner (a column) ended our access at Strava, and so is hidden for now."""
    return exists().where(Connection.runner_id == runner_id, Connection.state == ConnectionState.DEAUTHORISED)


def is_shown(runner_id: Any, group_id: Any, *, longest: bool = False) -> ColumnElement[bool]:
    """Return the condition under which a runner (a column) is shown in a group's tables, frozen ones too.

    Their consent holds, and they have not taken our access at Strava away. With `longest`, the consent must include
    their longest run. The place of a runner who is not shown says so; `rulebook.results.figures_stay` decides about
    sums that they are part of.
    """
    consented = and_(Consent.runner_id == runner_id, Consent.group_id == group_id, consent_holds())
    if longest:
        consented = and_(consented, Consent.longest_at.is_not(None))
    return and_(exists().where(consented), ~is_hidden_runner(runner_id))

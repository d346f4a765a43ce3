"""Conditions for queries on which runners a group may see. Every list of runners takes its condition from here."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from webapp.models.groups import Consent
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, ConsentLevel
from webapp.privacy.gate import is_capped
from webapp.privacy.switch_rules import LONGEST, Switch
from webapp.privacy.text_rules import TEXT_VERSIONS, TextVersion, covers, versions_that_cover

Versions = Sequence[TextVersion]


def consent_is_given(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the condition that a consent is not withdrawn, even if it is to show nothing.

    It is for lists of a group's members. `consent`: the model, an alias, or columns of its table.
    """
    given: ColumnElement[bool] = consent.withdrawn_at.is_(None)
    return given


def consent_holds(consent: Any = Consent, versions: Versions = TEXT_VERSIONS) -> ColumnElement[bool]:
    """Return the condition that the runner is shown.

    The consent is not withdrawn, its level is not `hidden`, and it is to a text that covers what the level shows now.
    """
    return and_(consent_is_given(consent), consent.level != ConsentLevel.HIDDEN, *_agreed(consent, versions))


def chose_totals(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the condition that a member chose to show totals, whatever this installation makes of it."""
    return and_(consent_holds(consent), consent.level == ConsentLevel.TOTALS)


def _agreed(consent: Any, versions: Versions) -> Iterator[ColumnElement[bool]]:
    for level in ConsentLevel:
        if (covering := versions_that_cover(level, versions)) is not None:
            yield or_(consent.level != level, consent.text_version.in_(sorted(covering)))


def shares_totals(consent: Any = Consent, *, in_points: bool = False) -> ColumnElement[bool]:
    """Return the condition that others see the totals of a runner; `in_points`: totals that are points."""
    if in_points:
        return consent_holds(consent)
    # Nobody: every consent has a runner. A plain "false" would let SQLAlchemy drop the table that it is about.
    return consent.runner_id.is_(None) if is_capped() else chose_totals(consent)


def is_given(consent: Consent) -> bool:
    """Return whether a runner agreed to a text, and has not taken that back."""
    return consent.withdrawn_at is None and consent.text_version is not None


def level_of(consent: Consent | None, versions: Versions = TEXT_VERSIONS) -> ConsentLevel | None:
    """Return what a runner lets a group see by this consent, None for nothing."""
    if consent is None or consent.withdrawn_at is not None:
        return None
    return consent.level if covers(consent.text_version, consent.level, versions) else None


def shows(switch: Switch, consent: Any = Consent, versions: Versions = TEXT_VERSIONS) -> ColumnElement[bool]:
    """Return the condition that a member switched this on. The consent itself is a condition of its own."""
    is_on, covering = shown_since(switch, consent).is_not(None), versions_that_cover(switch, versions)
    return is_on if covering is None else and_(is_on, consent.text_version.in_(sorted(covering)))


def shown_since(switch: Switch, consent: Any = Consent) -> ColumnElement[datetime | None]:
    """Return the moment since when a switch is on, as a column; NULL is off."""
    since: ColumnElement[datetime | None] = getattr(consent, switch.column)
    return since


def switched_on(switch: Switch, consent: Consent | None, versions: Versions = TEXT_VERSIONS) -> bool:
    """Return whether a member switched this on, as `shows` for a consent that was read."""
    return (
        consent is not None
        and getattr(consent, switch.column) is not None
        and covers(consent.text_version, switch, versions)
    )


def is_hidden_member(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the condition that lists keep the row of this member without the name."""
    shown = and_(consent.level != ConsentLevel.HIDDEN, *_agreed(consent, TEXT_VERSIONS))
    return or_(~shown, is_hidden_runner(consent.runner_id))


def is_named_member(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the opposite of `is_hidden_member`, for long lists in the order of an index.

    The few runners whose access has ended are read once, and not for each row.
    """
    ended = select(Connection.runner_id).where(Connection.state == ConnectionState.DEAUTHORISED)
    return and_(consent.level != ConsentLevel.HIDDEN, consent.runner_id.not_in(ended), *_agreed(consent, TEXT_VERSIONS))


def is_hidden_runner(runner_id: Any) -> ColumnElement[bool]:
    """Return the condition that a runner (a column) ended our access at Strava, and so is hidden for now."""
    return exists().where(Connection.runner_id == runner_id, Connection.state == ConnectionState.DEAUTHORISED)


def is_shown(runner_id: Any, group_id: Any, *, longest: bool = False, totals: bool = False) -> ColumnElement[bool]:
    """Return the condition under which a runner (a column) is shown in a group's tables, frozen ones too.

    Their consent holds, and they have not taken our access at Strava away. With `longest`, the consent must include
    their longest run, with `totals` their totals. The place of a runner who is not shown says so;
    `rulebook.results.figures_stay` decides about sums that they are part of.
    """
    level = shares_totals() if totals else consent_holds()
    consented = and_(Consent.runner_id == runner_id, Consent.group_id == group_id, level)
    if longest:
        consented = and_(consented, shows(LONGEST))
    return and_(exists().where(consented), ~is_hidden_runner(runner_id))

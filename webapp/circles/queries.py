"""Reading whom a member chases. Nobody but the member reads it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, select

from webapp.db import db, reading
from webapp.groups.queries import consents_by_name
from webapp.models.circles import Circle, CircleKind, CircleRunner
from webapp.models.groups import Consent
from webapp.paging import Page
from webapp.privacy.queries import chose_totals, is_named_member, shares_totals
from webapp.text import anywhere, search_key

FOUND = 20


@dataclass(frozen=True, slots=True)
class ChosenCircle:
    """The kind of a circle, and the chosen runners, whatever kind it is."""

    kind: CircleKind = CircleKind.NEAREST
    runner_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """A member who can be chosen, under the name that the group sees."""

    runner_id: int
    name: str


def circle_of(group_id: int, runner_id: int) -> ChosenCircle:
    """Return a member's circle; the nearest for one who chose nothing."""
    rows = reading().execute(_CIRCLE, {"group": group_id, "runner": runner_id}).all()
    if not rows:
        return ChosenCircle()
    return ChosenCircle(rows[0].kind, frozenset(row.chosen_id for row in rows if row.chosen_id is not None))


_CIRCLE = (
    select(Circle.kind, CircleRunner.chosen_id)
    .outerjoin(CircleRunner, and_(CircleRunner.runner_id == Circle.runner_id, CircleRunner.group_id == Circle.group_id))
    .where(Circle.group_id == bindparam("group"), Circle.runner_id == bindparam("runner"))
)


def chosen_of(group_id: int, runner_ids: frozenset[int]) -> list[Choice]:
    """Return those of the chosen runners who show their totals; nothing says why others are missing."""
    return _choices(group_id, Consent.runner_id.in_(runner_ids))


def choices(group_id: int, runner_id: int, name: str) -> list[Choice]:
    """Return members whose shown name contains `name`, who show their totals, other than the one who looks."""
    wanted = (_HAS_NAME, _SHOWS_TOTALS, _IS_OTHER)
    values = {"name": anywhere(search_key(name)), "reader": runner_id}
    found = consents_by_name(group_id, Page(1, FOUND), wanted, values)
    return _choices(group_id, Consent.id.in_(found))


def can_be_chosen(group_id: int, runner_id: int) -> bool:
    """Return whether a runner is a member who shows their totals."""
    return bool(_choices(group_id, Consent.runner_id == runner_id))


_HAS_NAME = Consent.search_name.like(bindparam("name"), escape="/")
_SHOWS_TOTALS = chose_totals()
_IS_OTHER = Consent.runner_id != bindparam("reader")


def _choices(group_id: int, which: ColumnElement[bool]) -> list[Choice]:
    shown = select(Consent.runner_id, Consent.shown_name).where(Consent.group_id == group_id, shares_totals(), which)
    rows = db.session.execute(shown.where(is_named_member()).order_by(Consent.search_name, Consent.id))
    return [Choice(*row) for row in rows]

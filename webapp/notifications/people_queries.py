"""Reading what groups call the runners whom notifications name, and what these show."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from webapp.db import db
from webapp.models.groups import Consent
from webapp.models.words import ConsentLevel
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds, is_hidden_runner


@dataclass(frozen=True, slots=True)
class Person:
    """A runner whom a group shows."""

    name: str
    level: ConsentLevel

    def shows(self, field: str, *, in_points: bool = False) -> bool:
        return may_see(self.level, field, in_points=in_points)


def people_of(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Person]:
    """Return those of these (group, runner) who are shown there."""
    if not pairs:
        return {}
    groups, runners = ({pair[place] for pair in pairs} for place in (0, 1))
    found = select(Consent.group_id, Consent.runner_id, Consent.shown_name, Consent.level).where(
        Consent.group_id.in_(groups),
        Consent.runner_id.in_(runners),
        consent_holds(),
        ~is_hidden_runner(Consent.runner_id),
    )
    wanted = set(pairs)
    rows = db.session.execute(found)
    return {(group, runner): Person(name, level) for group, runner, name, level in rows if (group, runner) in wanted}

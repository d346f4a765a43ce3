"""One kind of row that is stored about a runner, and what such kinds have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from webapp.models.challenges import Challenge, Entry, Team

AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of row: what it is called and why it is there, how long it is kept, and its columns in the copy.

    `kept` may name {raw_days}, in words. `select` reads the rows of one runner, with the columns that `columns`
    explains, in that order. `owner` is the column that points at the runner, or at an entry of theirs.
    """

    key: str
    section: str
    file: str
    words: str
    about: str
    kept: str
    columns: Mapping[str, str]
    select: Callable[[int], AnySelect]
    # Mapped columns; `Any`, since a descriptor's type is that of the value it would give.
    owner: Any
    # The column of the dates that its rows span.
    when: Any = None


WITH_THE_ACCOUNT = "as long as your account"
UNTIL_YOU_LEAVE = "until you leave the group"
CHALLENGE = (Challenge.id.label("challenge_id"), Challenge.name.label("challenge"))
CHALLENGE_COLUMNS = {"challenge_id": "our number of the challenge", "challenge": "its name"}
TEAM = Team.name.label("team")
SUM_COLUMNS = {
    "total": "in the unit of its rules: metres, seconds, or a number; points and per cent in thousandths",
    "days": "days with a counting run",
}


def of_entries(runner_id: int, model: Any, *columns: Any, owner: str = "entry_id") -> AnySelect:
    """Return `columns` of the rows of `model` that belong to the runner's entries, each with its challenge."""
    entry = getattr(model, owner)
    return (
        select(*CHALLENGE, *columns)
        .select_from(model)
        .join(Entry, Entry.id == entry)
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Entry.runner_id == runner_id)
        .order_by(Challenge.starts_on, entry)
    )

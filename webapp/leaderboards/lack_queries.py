"""What is missing before an entry, or anybody, can score."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import read
from webapp.models.challenges import Entry
from webapp.rulebook import ranking


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why no entry has a score yet (`lack`; None once one has), and how many entries cannot score yet."""

    lack: ranking.Lack | None
    waiting: int


def unscored(context: BoardContext, now: datetime) -> Unscored:
    """Return what the board says about missing scores; entries are read only where totals are shares of something."""
    need, waiting = context.rules.shaped.needs, 0
    if need is not None and context.final is None:
        waiting = read(_waiting(need), {"challenge": context.viewer.challenge_id}).scalar_one()
    lack = None if context.have_run else ranking.lack_of(context.viewer.state(now), context.rules, waiting)
    return Unscored(lack, waiting)


def own_lack(context: BoardContext) -> ranking.Lack | None:
    """Return what the viewer's own entry needs before it can score; None if it needs only a run."""
    need = context.rules.shaped.needs
    if need is None or context.viewer.total or context.viewer.entry_id is None:
        return None
    return need if read(_own(need), {"entry": context.viewer.entry_id}).scalar() else None


@cache
def _waiting(need: ranking.Lack) -> Select[int]:
    return select(func.count()).where(Entry.challenge_id == bindparam("challenge"), _lacks(need))


@cache
def _own(need: ranking.Lack) -> Select[int]:
    return select(Entry.id).where(Entry.id == bindparam("entry"), _lacks(need))


def _lacks(need: ranking.Lack) -> ColumnElement[bool]:
    """Return the condition for an entry that lacks what it needs before it can score."""
    return Entry.target.is_(None) if need == "target" else Entry.baseline_snapshot_at.is_(None)

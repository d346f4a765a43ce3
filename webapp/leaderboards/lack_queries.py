"""What is missing before an entry, or anybody, can score."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

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
    missing = _missing_need(context)
    waiting = 0
    if missing is not None and context.final is None:
        here = select(func.count()).where(Entry.challenge_id == context.viewer.challenge_id, missing)
        waiting = read(here, {}).scalar_one()
    lack = None if context.have_run else ranking.lack_of(context.viewer.state(now), context.rules, waiting)
    return Unscored(lack, waiting)


def own_lack(context: BoardContext) -> ranking.Lack | None:
    """Return what the viewer's own entry needs before it can score; None if it needs only a run."""
    missing = _missing_need(context)
    if missing is None or context.viewer.total or context.viewer.entry_id is None:
        return None
    found = read(select(Entry.id).where(Entry.id == context.viewer.entry_id, missing), {}).scalar()
    return context.rules.shaped.needs if found else None


def _missing_need(context: BoardContext) -> ColumnElement[bool] | None:
    """Return the condition for an entry that lacks what it needs before it can score."""
    need = context.rules.shaped.needs
    if need is None:
        return None
    return Entry.target.is_(None) if need == "target" else Entry.baseline_snapshot_at.is_(None)

"""Answers to group runs: as rows, and as members give them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tests.support.builders import NOON, make_member, make_runner
from webapp.db import db, write_transaction
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer
from webapp.rsvps import service
from webapp.rsvps.service import WantedAnswer

IN, MAYBE, OUT, WAITING = RsvpAnswer.IN, RsvpAnswer.MAYBE, RsvpAnswer.OUT, RsvpAnswer.WAITING


def rsvp(run: GroupRun, runner_id: int, answer: RsvpAnswer = IN, **values: Any) -> Rsvp:
    """Store an answer as it is."""
    usual = {"guests": 0, "note": "", "answered_at": NOON, "queued_at": NOON if answer == WAITING else None}
    row = Rsvp(run_id=run.id, runner_id=runner_id, answer=answer, **{**usual, **values})
    db.session.add(row)
    db.session.commit()
    return row


def members(group: Group, names: Iterable[str]) -> list[int]:
    """Return the ids of new members of these names."""
    return [make_member(group, make_runner(name)).runner_id for name in names]


def answer(
    run: GroupRun,
    runner_id: int,
    wanted: RsvpAnswer = IN,
    now: datetime = NOON,
    *,
    pace_group: PaceGroup | None = None,
    guests: int = 0,
    note: str = "",
) -> RsvpAnswer:
    """Let a member answer; return what their answer is then."""
    with write_transaction():
        said = WantedAnswer(wanted, pace_group.id if pace_group else None, note, guests)
        return service.answer_run(run.id, runner_id, said, now).answer


def answers(run: GroupRun) -> dict[int, str]:
    """Return what each runner's answer is, with "offered" for those to whom a place is."""
    db.session.expire_all()
    rows = db.session.scalars(select(Rsvp).where(Rsvp.run_id == run.id).order_by(Rsvp.id))
    return {row.runner_id: "offered" if row.offered_until else str(row.answer) for row in rows}


def told(run: GroupRun) -> list[tuple[int | None, bool]]:
    """Return who was told that a place is free, in order, and whether it was offered; what is no longer true is not."""
    kinds = (FactKind.PLACE_FREED, FactKind.PLACE_OFFERED)
    db.session.rollback()  # SQLite would go on showing what was there when the test last read
    mine = (Fact.group_run_id == run.id, Fact.kind.in_(kinds), Fact.withdrawn_since.is_(None))
    facts = db.session.scalars(select(Fact).where(*mine).order_by(Fact.id))
    return [(fact.runner_id, fact.kind == FactKind.PLACE_OFFERED) for fact in facts]

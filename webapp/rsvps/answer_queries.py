"""Reading who comes to a group run, as its group may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, func, select

from webapp.db import reading
from webapp.groups.queries import by_visible_name, visible_name
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent, Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.paging import Page
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.gate import may_see
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import is_hidden_member
from webapp.rsvps.queries import leads_run


@dataclass(frozen=True, slots=True)
class ShownRsvp:
    """An answer as the group sees it. A hidden runner has a place, and nothing else of them is shown.

    `leads`: do they lead a pace group of the run, or close it? `is_excused`: are they out, and on a break that day?
    `photo`: its address, None for initials.
    """

    runner_id: int
    name: str
    answer: RsvpAnswer
    pace_group_id: int | None
    guests: int
    note: str
    leads: bool
    is_excused: bool
    is_me: bool
    is_hidden: bool
    photo: str | None


def answers_page(run: GroupRun, answer: RsvpAnswer, viewer_id: int, page: Page) -> list[ShownRsvp]:
    """Return one page of those who gave an answer: who waits in the order of the queue, all others by shown name.

    What a muted member wrote reaches themselves alone.
    """
    values = {"run": run.id, "answer": answer, "viewer": viewer_id, "size": page.size, "offset": page.offset}
    found = _QUEUED if answer == RsvpAnswer.WAITING else _BY_NAME
    return [_shown(row, viewer_id) for row in reading().execute(found, values)]


def first_answers(run: GroupRun, answer: RsvpAnswer, viewer_id: int, most: int) -> list[ShownRsvp]:
    """Return those who answered first, by shown name: as many as a page shows, however many there are."""
    values = {"run": run.id, "answer": answer, "viewer": viewer_id, "size": most, "offset": 0}
    return [_shown(row, viewer_id) for row in reading().execute(_FIRST, values)]


def count_of(run_id: int, answer: RsvpAnswer) -> int:
    """Return how many members gave an answer."""
    mine = select(func.count()).where(Rsvp.run_id == run_id, Rsvp.answer == answer)
    return reading().execute(mine).scalar() or 0


_SHOWN: Select[Any] = (
    select(
        *(Rsvp.runner_id, Rsvp.answer, Rsvp.pace_group_id, Rsvp.guests, Rsvp.note, Group.slug, Consent.level),
        leads_run().label("leads"),
        case(
            (and_(Rsvp.answer == RsvpAnswer.OUT, is_on_break(Rsvp.runner_id, GroupRun.on_date)), True), else_=False
        ).label("is_excused"),
        visible_name(viewer_id=bindparam("viewer")).label("name"),
        case((is_hidden_member(), True), else_=False).label("is_hidden"),
        Consent.muted_at.is_not(None).label("is_muted"),
        photo_version().label("photo"),
    )
    .join(GroupRun, GroupRun.id == Rsvp.run_id)
    .join(Group, Group.id == GroupRun.group_id)
    .join(Consent, and_(Consent.group_id == GroupRun.group_id, Consent.runner_id == Rsvp.runner_id))
    .where(Rsvp.run_id == bindparam("run"), Rsvp.answer == bindparam("answer"))
    .limit(bindparam("size"))
    .offset(bindparam("offset"))
)
_BY_NAME = _SHOWN.order_by(*by_visible_name(bindparam("viewer")), Rsvp.id)
_ANSWERED = select(Rsvp.id).where(Rsvp.run_id == bindparam("run"), Rsvp.answer == bindparam("answer"))
_FIRST_IDS = _ANSWERED.order_by(Rsvp.id).limit(bindparam("size")).subquery()
_FIRST = _BY_NAME.where(Rsvp.id.in_(select(_FIRST_IDS.c.id)))
_QUEUED = _SHOWN.order_by(Rsvp.queued_at, Rsvp.id)


def _shown(row: Row[Any], viewer_id: int) -> ShownRsvp:
    is_me = row.runner_id == viewer_id
    level = None if row.is_hidden else row.level

    def shown(field: str) -> bool:
        return may_see(level, field, is_self=is_me)

    has_note = shown("rsvp_note") and (is_me or not row.is_muted)
    return ShownRsvp(
        row.runner_id,
        row.name,
        row.answer,
        row.pace_group_id if shown("pace_group") else None,
        row.guests if shown("rsvp") else 0,
        row.note if has_note else "",
        bool(row.leads) and shown("rsvp"),
        bool(row.is_excused) and shown("rsvp"),
        is_me,
        bool(row.is_hidden) and not is_me,
        shown_link(row.slug, row.runner_id, row.level, row.photo) if shown("rsvp") else None,
    )


def in_pace_group(shown: Sequence[ShownRsvp], pace_group_id: int | None) -> list[ShownRsvp]:
    return [one for one in shown if one.pace_group_id == pace_group_id and not one.is_hidden]

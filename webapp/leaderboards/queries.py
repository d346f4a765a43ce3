"""Reading a published board: who looks, a page of rows, one's own row. Core statements, made once: pages are many."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Table, and_, bindparam, case, exists, func, literal, select, union_all

from webapp.accounts.models import Runner
from webapp.challenges.models import Challenge, Entry, Team
from webapp.challenges.rules import State, days_left, state_of
from webapp.extensions import Base, db
from webapp.formats import distance, initials, near
from webapp.groups.models import Consent, Group, Membership
from webapp.groups.rules import is_writable, search_key
from webapp.leaderboards import rules
from webapp.leaderboards.kept import kept
from webapp.leaderboards.models import CellTally, Placement
from webapp.privacy.rules import shared
from webapp.scoring.models import Standing

LARGEST_ID = 2**31 - 1


def table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


RUNNER, GROUP, MEMBERSHIP, CONSENT = (table(model) for model in (Runner, Group, Membership, Consent))
CHALLENGE, ENTRY, TEAM, PLACEMENT, TALLY = (table(model) for model in (Challenge, Entry, Team, Placement, CellTally))


class Viewer(NamedTuple):
    """A member who looks at a board: the runner, the group, the challenge as published, and the runner's own place."""

    runner_id: int
    runner_name: str
    units: str
    group_id: int
    slug: str
    group_name: str
    tz: str
    role: str
    challenge_id: int
    challenge_name: str
    starts_on: date
    ends_on: date
    grace_hours: int
    created_at: datetime
    version: int
    as_of: date | None
    entry_id: int | None
    total: int
    cell: int
    team_id: int | None

    @property
    def edition(self) -> tuple[object, ...]:
        """Return what names this publication among all; ids alone may be given out again."""
        return self.challenge_id, self.created_at, self.version, self.as_of

    def state(self, now: datetime) -> State:
        return state_of(self.starts_on, self.ends_on, self.grace_hours, self.tz, now)

    def days_left(self, now: datetime) -> int:
        return days_left(now.astimezone(ZoneInfo(self.tz)).date(), self.ends_on)


class Row(NamedTuple):
    """A runner on the board as one viewer may see them; None is "not shown". The texts are in the viewer's unit."""

    entry_id: int
    runner_id: int
    name: str
    rank: int | None
    total: int
    today: int | None
    active_days: int | None
    gap: int | None
    movement: int | None
    is_new: bool
    team_id: int | None
    team_name: str | None
    is_me: bool
    total_text: str
    today_text: str
    gap_text: str
    initials: str
    page: int | None = None


class Look(NamedTuple):
    """How rows are shown: the viewer, what the board's cells and teams are, and whether yesterday means anything."""

    viewer: Viewer
    now: rules.Cells
    before: rules.Cells
    teams: Mapping[int, str]
    moves: bool


_VIEWER = (
    select(
        *(RUNNER.c[name] for name in ("id", "name", "units")),
        *(GROUP.c[name] for name in ("id", "slug", "name", "tz")),
        MEMBERSHIP.c.role,
        *(CHALLENGE.c[name] for name in ("id", "name", "starts_on", "ends_on", "grace_hours", "created_at")),
        *(CHALLENGE.c[name] for name in ("version", "as_of")),
        *(PLACEMENT.c[name] for name in ("entry_id", "total", "cell", "team_id")),
    )
    .select_from(CHALLENGE)
    .join(GROUP, GROUP.c.id == CHALLENGE.c.group_id)
    .join(MEMBERSHIP, and_(MEMBERSHIP.c.group_id == GROUP.c.id, MEMBERSHIP.c.runner_id == bindparam("runner")))
    .join(RUNNER, RUNNER.c.id == MEMBERSHIP.c.runner_id)
    .outerjoin(ENTRY, and_(ENTRY.c.challenge_id == CHALLENGE.c.id, ENTRY.c.runner_id == RUNNER.c.id))
    .outerjoin(PLACEMENT, PLACEMENT.c.entry_id == ENTRY.c.id)
    .where(CHALLENGE.c.id == bindparam("challenge"), GROUP.c.slug == bindparam("slug"))
    .where(RUNNER.c.session_epoch == bindparam("epoch"))
)


def _rows_of(found: Any) -> Select[*tuple[Any, ...]]:
    """Select what a row is made of for the placements in the subquery `found`, in the order of the board.

    `found.own` is 1 for the viewer's own placement, read besides the page: of it alone the equal totals ahead are
    counted, too, which tell the page it stands on. Level and name of the consent come as one text, looked up row by
    row: joined, a database may think it cheaper to read all members of the group. NULL is "no consent".
    """
    near, late = PLACEMENT.alias("near"), PLACEMENT.alias("late")
    here = select(func.count()).where(near.c.challenge_id == found.c.challenge_id, near.c.cell == found.c.cell)
    ties = here.where(near.c.total == found.c.total, near.c.entry_id < found.c.entry_id).scalar_subquery()
    before = select(func.count()).where(
        late.c.challenge_id == found.c.challenge_id, late.c.before_cell == found.c.before_cell
    )
    consent = select(CONSENT.c.level + "/" + CONSENT.c.shown_name).where(
        CONSENT.c.group_id == bindparam("group"),
        CONSENT.c.runner_id == found.c.runner_id,
        CONSENT.c.withdrawn_at.is_(None),
    )
    columns = ("runner_id", "entry_id", "team_id", "total", "before", "days", "gap", "cell", "before_cell", "own")
    return (
        select(
            consent.scalar_subquery(),
            *(found.c[name] for name in columns),
            here.where(near.c.total > found.c.total).scalar_subquery(),
            before.where(late.c.before > found.c.before).scalar_subquery(),
            case((found.c.own == 1, ties), else_=0),
        )
        .select_from(found)
        .order_by(found.c.own, found.c.cell, found.c.total.desc(), found.c.entry_id)
    )


_ORDER = (PLACEMENT.c.cell, PLACEMENT.c.total.desc(), PLACEMENT.c.entry_id)
_OTHERS = select(PLACEMENT, literal(0).label("own")).where(PLACEMENT.c.challenge_id == bindparam("challenge"))
_MINE = select(PLACEMENT, literal(1).label("own")).where(PLACEMENT.c.entry_id == bindparam("entry"))
_BOARD = (
    _OTHERS.where(PLACEMENT.c.cell >= bindparam("cell"))
    .order_by(*_ORDER)
    .limit(rules.PAGE)
    .offset(bindparam("offset"))
    .subquery()
)
_PAGE = _rows_of(_BOARD)
_PAGE_AND_OWN = _rows_of(union_all(select(_BOARD), _MINE).subquery())
_OWN = _rows_of(_MINE.subquery())
_SOME = _rows_of(_OTHERS.where(PLACEMENT.c.entry_id.in_(bindparam("entries", expanding=True))).subquery())
_NAMED = (
    _OTHERS.join(CONSENT, and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .where(CONSENT.c.withdrawn_at.is_(None))
    .where(CONSENT.c.search_name.like(bindparam("name"), escape="/"))
)
_FOUND = _rows_of(_NAMED.order_by(*_ORDER).limit(rules.PAGE).offset(bindparam("offset")).subquery())
_HOW_MANY = select(func.count()).select_from(_NAMED.subquery())
_TALLIES = select(TALLY.c.cell, TALLY.c.entries).where(
    TALLY.c.challenge_id == bindparam("challenge"), TALLY.c.ordering == bindparam("order")
)
_TEAM_NAMES = select(TEAM.c.id, TEAM.c.name).where(TEAM.c.challenge_id == bindparam("challenge"))


def viewer_of_board(slug: str, challenge_id: int, runner_id: int, epoch: int) -> Viewer | None:
    """Return the member who looks, with all that tells whether anything is new: one short read.

    None for a stranger, a wrong address, and a session that was ended elsewhere.
    """
    if not is_writable(slug) or challenge_id > LARGEST_ID:
        return None
    values = {"slug": slug, "challenge": challenge_id, "runner": runner_id, "epoch": epoch}
    row = read(_VIEWER, values).one_or_none()
    return Viewer._make(row) if row else None


def look_of(viewer: Viewer, now: datetime) -> Look:
    """Return how `viewer` sees the rows. What all viewers share is kept by version."""
    began = viewer.as_of is not None and viewer.as_of > viewer.starts_on
    return Look(
        viewer,
        kept((*viewer.edition, "now"), partial(_cells, viewer.challenge_id, "now")),
        kept((*viewer.edition, "before"), partial(_cells, viewer.challenge_id, "before")),
        kept((*viewer.edition, "team names"), partial(_team_names, viewer.challenge_id)),
        began and viewer.state(now) in ("open", "grace"),
    )


def board_page(look: Look, page: int) -> list[Row]:
    """Return the rows of a page, from 1; empty beyond the last one."""
    start = _start_of(look, page)
    return _shown(look, read(_PAGE, {**_ids(look.viewer), **start})) if start else []


def board_page_and_own(look: Look, page: int) -> tuple[list[Row], Row | None]:
    """Return the rows of a page, and the viewer's own with the page it stands on, in one read."""
    start, entry_id = _start_of(look, page), look.viewer.entry_id
    if not start or entry_id is None:
        return board_page(look, page), None
    rows = _shown(look, read(_PAGE_AND_OWN, {**_ids(look.viewer), **start, "entry": entry_id}))
    return ([*rows[:-1]], rows[-1]) if rows and rows[-1].page else (rows, None)


def search_page(look: Look, name: str, page: int) -> tuple[list[Row], int]:
    """Return a page of the rows whose shown name holds `name`, and how many there are in all."""
    values = {**_ids(look.viewer), "name": _anywhere(search_key(name))}
    count = read(_HOW_MANY, values).scalar_one()
    return _shown(look, read(_FOUND, {**values, "offset": (page - 1) * rules.PAGE})), count


def own_row(look: Look) -> Row | None:
    """Return the viewer's own row with the page it stands on; None for one who is not on the board."""
    if look.viewer.entry_id is None:
        return None
    rows = _shown(look, read(_OWN, {"group": look.viewer.group_id, "entry": look.viewer.entry_id}))
    return rows[0] if rows else None


def rows_of(look: Look, entry_ids: Collection[int]) -> dict[int, Row]:
    """Return the rows of some entries, few in number, by entry; those who are not shown are left out."""
    if not entry_ids:
        return {}
    return {row.entry_id: row for row in _shown(look, read(_SOME, {**_ids(look.viewer), "entries": list(entry_ids)}))}


def zone_of(challenge_id: int) -> str | None:
    """Return the time zone of a challenge's group; None when the challenge is gone."""
    return db.session.scalar(select(Group.tz).join(Challenge).where(Challenge.id == challenge_id))


def boards_to_publish(now: datetime) -> list[int]:
    """Return the challenges with another date on them than the group's today, and those with standings that wait."""
    waits = exists().where(Standing.challenge_id == Challenge.id, Standing.dirty_from.is_not(None))
    windows = (Challenge.starts_on, Challenge.ends_on, Challenge.grace_hours, Group.tz, Challenge.as_of)
    return [
        challenge_id
        for challenge_id, *window, tz, as_of, waiting in db.session.execute(
            select(Challenge.id, *windows, waits).join(Group).order_by(Challenge.id)
        )
        if waiting or _turns(window, tz, as_of, now)
    ]


def overtakes_to_derive() -> list[int]:
    """Return the challenges whose overtakes are not settled."""
    return list(db.session.scalars(select(Challenge.id).where(Challenge.overtakes_from.is_not(None))))


def _turns(window: Iterable[Any], tz: str, as_of: date | None, now: datetime) -> bool:
    starts_on, ends_on, grace_hours = window
    running = state_of(starts_on, ends_on, grace_hours, tz, now) in ("open", "grace")
    return running and as_of != now.astimezone(ZoneInfo(tz)).date()


def _shown(look: Look, found: Iterable[Any]) -> list[Row]:
    return [_row(look, *consent.split("/", 1), *values) for consent, *values in found if consent]


def _row(
    look: Look, level: str, name: str, runner_id: int, entry_id: int, team_id: int | None, total: int, before: int,
    days: int, gap: int | None, cell: int, before_cell: int, own: int, ahead: int, ahead_before: int, ties: int,
) -> Row:  # fmt: skip
    is_me = runner_id == look.viewer.runner_id
    rank = look.now.rank(total, cell, ahead)
    moves = look.moves and before > 0
    movement = look.before.rank(before, before_cell, ahead_before) - rank if moves else None
    whole = {"days": days, "gap": gap, "today": total - before if look.moves or total > before else None}
    seen = shared(level, {"name": name, "rank": rank, "total": total, **whole, "movement": movement}, is_self=is_me)
    today = seen["today"]
    row = worded(
        look.viewer.units, entry_id, runner_id, seen["name"], seen["rank"], seen["total"], today, seen["days"],
        seen["gap"], seen["movement"], bool(look.moves and not before and today),
        team_id, look.teams.get(team_id) if team_id else None, is_me,
    )  # fmt: skip
    return row._replace(page=(look.now.before(cell) + ahead + ties) // rules.PAGE + 1) if own else row


def worded(
    units: str, entry_id: int, runner_id: int, name: str, rank: int | None, total: int, today: int | None,
    active_days: int | None, gap: int | None = None, movement: int | None = None, is_new: bool = False,
    team_id: int | None = None, team_name: str | None = None, is_me: bool = False,
) -> Row:  # fmt: skip
    """Return a row with its figures in words: made here and not in the template, which has fifty of them to show."""
    return Row(
        entry_id, runner_id, name, rank, total, today, active_days, gap, movement, is_new, team_id, team_name, is_me,
        distance(total, units),
        distance(today, units) if today else "",
        near(gap, units) if gap else "",
        initials(name),
    )  # fmt: skip


def _start_of(look: Look, page: int) -> dict[str, int] | None:
    """Return where a page begins; None beyond the last one."""
    try:
        cell, offset = look.now.at((page - 1) * rules.PAGE)
    except IndexError:
        return None
    return {"cell": cell, "offset": offset}


def _anywhere(key: str) -> str:
    for special in "/%_":
        key = key.replace(special, f"/{special}")
    return f"%{key}%"


def _cells(challenge_id: int, order: str) -> rules.Cells:
    rows = read(_TALLIES, {"challenge": challenge_id, "order": order})
    return rules.Cells([(cell, entries) for cell, entries in rows])


def _team_names(challenge_id: int) -> dict[int, str]:
    return {team_id: name for team_id, name in read(_TEAM_NAMES, {"challenge": challenge_id})}  # noqa: C416  # a Result is not the dict it looks like


def _ids(viewer: Viewer) -> dict[str, Any]:
    return {"challenge": viewer.challenge_id, "group": viewer.group_id}


def read(statement: Any, values: Mapping[str, Any]) -> Any:
    """Run a Core statement: past the ORM, whose way of making rows costs more than the reading."""
    return db.session.connection().execute(statement, values)

"""The statements that read boards, compiled once, in SQLAlchemy Core: making ORM rows costs more than the reading."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, case, func, literal, select

from webapp.db import Base, reading
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, Team
from webapp.models.circles import Circle
from webapp.models.groups import Consent, Group, Membership
from webapp.models.leaderboards import BucketTally, Placement
from webapp.models.results import Result
from webapp.privacy.photo_queries import photo_version
from webapp.privacy.queries import consent_holds
from webapp.rulebook import ranking

# Separates the parts of texts that the database joins; no name contains a control character.
FIELD, LINE = "\x1f", "\x1e"
# What a statement of rows reads of each placement.
COLUMNS = (
    "runner_id", "entry_id", "team_id", "total", "before", "days", "gap", "bucket", "before_bucket", "rank_only", "own",
)  # fmt: skip


class FoundRow(Protocol):
    """A row of a statement of rows. `consent`: as `CONSENTED`, None for a runner who is not shown.

    `ahead` and `ahead_before`: how many of its bucket are ahead, now and yesterday; `ahead` None: it follows from the
    order of the rows. `own`: 1 for the viewer's own, for which alone `ties` counts the equal totals before it.
    """

    consent: str | None
    runner_id: int
    entry_id: int
    team_id: int | None
    total: int
    before: int
    days: int
    gap: int | None
    bucket: int
    before_bucket: int
    rank_only: bool
    own: int
    ahead: int | None
    ahead_before: int
    ties: int


def table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


RUNNER, GROUP, MEMBERSHIP, CONSENT = (table(model) for model in (Runner, Group, Membership, Consent))
CHALLENGE, ENTRY, TEAM, PLACEMENT, TALLY = (table(model) for model in (Challenge, Entry, Team, Placement, BucketTally))
RESULT, CIRCLE = table(Result), table(Circle)
# What rows show by a consent, as one text: its level, the version of the photo ("" for none), and the name.
CONSENTED = CONSENT.c.level + "/" + photo_version(CONSENT.c) + "/" + CONSENT.c.shown_name


_theirs, _belongs = GROUP.alias("theirs"), MEMBERSHIP.alias("belongs")
VIEWER = (
    select(
        *(RUNNER.c[name] for name in ("id", "name", "units")),
        *(GROUP.c[name] for name in ("id", "slug", "name", "tz")),
        MEMBERSHIP.c.role,
        *(CHALLENGE.c[name] for name in ("id", "name", "starts_on", "ends_on", "grace_hours", "closed_at")),
        *(CHALLENGE.c[name] for name in ("team_mode", "created_at", "version", "as_of", "frozen_at", "unread")),
        CHALLENGE.c.checksum.is_not(None),
        RESULT.c.place,
        *(PLACEMENT.c[name] for name in ("entry_id", "total", "bucket", "team_id")),
        select(func.aggregate_strings(_theirs.c.slug + FIELD + _theirs.c.name, LINE))
        .join(_belongs, _belongs.c.group_id == _theirs.c.id)
        .where(_belongs.c.runner_id == RUNNER.c.id)
        .scalar_subquery(),
        *(CIRCLE.c.changed_at, ENTRY.c.target, ENTRY.c.joined_at),
        *(CHALLENGE.c[name] for name in ("is_changing", "overtakes_from")),
    )
    .select_from(CHALLENGE)
    .join(GROUP, GROUP.c.id == CHALLENGE.c.group_id)
    .join(MEMBERSHIP, and_(MEMBERSHIP.c.group_id == GROUP.c.id, MEMBERSHIP.c.runner_id == bindparam("runner")))
    .join(RUNNER, RUNNER.c.id == MEMBERSHIP.c.runner_id)
    .outerjoin(ENTRY, and_(ENTRY.c.challenge_id == CHALLENGE.c.id, ENTRY.c.runner_id == RUNNER.c.id))
    .outerjoin(PLACEMENT, PLACEMENT.c.entry_id == ENTRY.c.id)
    .outerjoin(CIRCLE, and_(CIRCLE.c.group_id == GROUP.c.id, CIRCLE.c.runner_id == RUNNER.c.id))
    .outerjoin(RESULT, and_(RESULT.c.challenge_id == CHALLENGE.c.id, RESULT.c.runner_id == RUNNER.c.id))
    .where(CHALLENGE.c.id == bindparam("challenge"), GROUP.c.slug == bindparam("slug"))
    .where(RUNNER.c.session_epoch == bindparam("epoch"))
)


# The other placements in the bucket of one, now and in the order of yesterday.
_near, _late = PLACEMENT.alias("near"), PLACEMENT.alias("late")


def _rows_of(found: Any, *, in_order: bool = False) -> Select[*tuple[Any, ...]]:
    """Select what a row is made of for the placements in the subquery `found`, in the order of the board.

    `found.own` is 1 for the viewer's own placement: only for it the equal totals ahead are counted, which give the page
    it stands on. With `in_order` the rows ahead in the bucket are counted in the page's first bucket only; later ones
    begin on it.
    """
    ahead = _ahead_of(found)
    if in_order:
        ahead = case((found.c.bucket == bindparam("bucket"), ahead))
    return (
        select(
            _consent_of(found).label("consent"),
            *(found.c[name] for name in COLUMNS),
            ahead.label("ahead"),
            _ahead_yesterday_of(found).label("ahead_before"),
            case((found.c.own == 1, _ties_of(found)), else_=0).label("ties"),
        )
        .select_from(found)
        .order_by(found.c.own, found.c.bucket, found.c.total.desc(), found.c.rank_only, found.c.entry_id)
    )


def _consent_of(found: Any) -> Any:
    """Select what the consent says as one text (`CONSENTED`); NULL is "no consent".

    It is looked up row by row: with a join, a database may prefer to read all members of the group.
    """
    consent = select(CONSENTED).where(
        CONSENT.c.group_id == bindparam("group"),
        CONSENT.c.runner_id == found.c.runner_id,
        consent_holds(CONSENT.c),
    )
    return consent.scalar_subquery()


def _ahead_of(found: Any) -> Any:
    """Select how many of the bucket are ahead: greater totals, and for a rank alone those that show the same total."""
    return _count_near(found, _near.c.total > found.c.total) + case(
        (found.c.rank_only, _count_near(found, _near.c.total == found.c.total, ~_near.c.rank_only)), else_=0
    )


def _ahead_yesterday_of(found: Any) -> Any:
    """Select the same of the totals up to yesterday."""
    return _count_late(found, _late.c.before > found.c.before) + case(
        (found.c.rank_only, _count_late(found, _late.c.before == found.c.before, ~_late.c.rank_only)), else_=0
    )


def _ties_of(found: Any) -> Any:
    """Select how many with the same total, and as much of it shown, stand before."""
    alike = (_near.c.rank_only == found.c.rank_only, _near.c.entry_id < found.c.entry_id)
    return _count_near(found, _near.c.total == found.c.total, *alike)


def _count_near(found: Any, *which: ColumnElement[bool]) -> Any:
    here = (_near.c.challenge_id == found.c.challenge_id, _near.c.bucket == found.c.bucket)
    return select(func.count()).where(*here, *which).scalar_subquery()


def _count_late(found: Any, *which: ColumnElement[bool]) -> Any:
    here = (_late.c.challenge_id == found.c.challenge_id, _late.c.before_bucket == found.c.before_bucket)
    return select(func.count()).where(*here, *which).scalar_subquery()


_ORDER = (PLACEMENT.c.bucket, PLACEMENT.c.total.desc(), PLACEMENT.c.rank_only, PLACEMENT.c.entry_id)
_OTHERS = select(PLACEMENT, literal(0).label("own")).where(PLACEMENT.c.challenge_id == bindparam("challenge"))
_MINE = select(PLACEMENT, literal(1).label("own")).where(PLACEMENT.c.entry_id == bindparam("entry"))
_BOARD = (
    _OTHERS.where(PLACEMENT.c.bucket >= bindparam("bucket"))
    .order_by(*_ORDER)
    .limit(bindparam("size"))
    .offset(bindparam("offset"))
    .subquery()
)
PAGE = _rows_of(_BOARD, in_order=True)
OWN = _rows_of(_MINE.subquery())
SOME = _rows_of(_OTHERS.where(PLACEMENT.c.entry_id.in_(bindparam("entries", expanding=True))).subquery())
_NAMED = (
    _OTHERS.join(CONSENT, and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .where(consent_holds(CONSENT.c))
    .where(CONSENT.c.search_name.like(bindparam("name"), escape="/"))
)
FOUND = _rows_of(_NAMED.order_by(*_ORDER).limit(ranking.PAGE).offset(bindparam("offset")).subquery())
HOW_MANY = select(func.count()).select_from(_NAMED.subquery())
TALLIES = select(TALLY.c.bucket, TALLY.c.entries, TALLY.c.total, TALLY.c.rank_only).where(
    TALLY.c.challenge_id == bindparam("challenge"), TALLY.c.ordering == bindparam("order")
)
# By their entries, which an index finds; otherwise the whole board is read.
ENTRIES_OF = (
    select(ENTRY.c.runner_id, ENTRY.c.id)
    .join(PLACEMENT, PLACEMENT.c.entry_id == ENTRY.c.id)
    .where(ENTRY.c.challenge_id == bindparam("challenge"), ENTRY.c.runner_id.in_(bindparam("runners", expanding=True)))
)
RULES = select(CHALLENGE.c.shown_rules, CHALLENGE.c.rules).where(CHALLENGE.c.id == bindparam("challenge"))
TEAM_NAMES = select(TEAM.c.id, TEAM.c.name).where(TEAM.c.challenge_id == bindparam("challenge"))


def read(statement: Any, values: Mapping[str, Any]) -> Any:
    """Run a Core statement without the ORM: making ORM rows costs more than the reading."""
    return reading().execute(statement, values)

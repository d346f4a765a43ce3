"""Reading a published board: the viewer, a page of rows, one's own row."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from webapp.cache import cached
from webapp.db import MAX_ID
from webapp.groups.queries import GroupLink
from webapp.leaderboards import final_board_queries, statement_queries
from webapp.leaderboards.rows import BoardRow as BoardRow
from webapp.leaderboards.rows import format_row as format_row
from webapp.leaderboards.statement_queries import FIELD, LINE, FoundRow, read
from webapp.models.words import ConsentLevel, Role
from webapp.paging import Page, page_with
from webapp.privacy.break_queries import Break, breaks_in
from webapp.privacy.gate import is_capped, may_see, shared, shows_rank_only
from webapp.privacy.photo_queries import photo_link
from webapp.rulebook import ranking
from webapp.rulebook.lifecycle import COUNTING, State, closes_at, days_left, state_of
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.results import FORMER, Counted, Place
from webapp.rulebook.ruleset import RuleSet
from webapp.text import anywhere, is_writable, search_key


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member who views a board: the runner, the group, the challenge as published, and the runner's own place."""

    runner_id: int
    runner_name: str
    units: str
    group_id: int
    slug: str
    group_name: str
    tz: str
    role: Role
    challenge_id: int
    challenge_name: str
    starts_on: date
    ends_on: date
    grace_hours: int
    closed_at: datetime | None
    team_mode: TeamMode
    created_at: datetime
    version: int
    as_of: date | None
    frozen_at: datetime | None
    unread: int | None
    # Whether its results are stored. If so, they are the board, and this is the runner's own place.
    is_final: bool
    place: int | None
    entry_id: int | None
    total: int
    bucket: int
    team_id: int | None
    # The runner's groups for the head of the page, in one text, so that no page needs another read for them.
    groups: str
    # When they changed whom they chase here; None for the nearest, whoever it is.
    circle_at: datetime | None
    # What they set out to do, which nobody else sees, and since when they take part, placed or not.
    target: int | None
    joined_at: datetime | None
    # Whether its days are being derived by other rules than those of the board.
    is_changing: bool
    # The first date on which overtakes and the tallies of the replay are not up to date.
    overtakes_from: date | None

    @property
    def edition(self) -> tuple[object, ...]:
        """Return a unique name of this publication; ids alone may be reused."""
        return self.challenge_id, self.created_at, self.version, self.as_of

    @property
    def days_edition(self) -> tuple[object, ...]:
        """Return a unique name of the overtakes and of the tallies of the replay, which a job derives after a board."""
        return *self.edition, self.overtakes_from

    @property
    def my_groups(self) -> list[GroupLink]:
        """Return the runner's groups by name."""
        links = [GroupLink(*line.split(FIELD)) for line in self.groups.split(LINE)]
        return sorted(links, key=lambda link: link.name)

    def state(self, now: datetime) -> State:
        return state_of(self.starts_on, self.ends_on, self.grace_hours, self.tz, now, self.closed_at)

    @property
    def closes_at(self) -> datetime:
        return closes_at(self.ends_on, self.grace_hours, self.closed_at)

    def days_left(self, now: datetime) -> int:
        return days_left(now.astimezone(ZoneInfo(self.tz)).date(), self.ends_on)

    def chase_day(self, now: datetime) -> date:
        """Return the date whose breaks keep runners out of chases: today in the group's zone, or the last day."""
        return min(now.astimezone(ZoneInfo(self.tz)).date(), self.ends_on)


@dataclass(frozen=True, slots=True)
class BoardContext:
    """How rows are shown: the viewer, the board's rules, buckets and teams, and whether there is a yesterday.

    `breaks`: those of the runners in the challenge on `day`, by runner.
    """

    viewer: Viewer
    rules: RuleSet
    now: ranking.Buckets
    before: ranking.Buckets
    teams: Mapping[int, str]
    moves: bool
    final: Counted | None
    day: date
    breaks: Mapping[int, Break]

    @property
    def size(self) -> int:
        """Return how many entries are on the board."""
        return self.final.size if self.final else self.now.size

    @property
    def have_run(self) -> int:
        return self.final.have_run if self.final else self.now.above_zero

    @property
    def total_of_all(self) -> int | None:
        """Return the total of all; None where it would reveal the total of somebody who left or does not show it."""
        if self.final:
            return self.final.total_of_all
        return None if self.hides_figures and self.have_run else self.now.total

    @property
    def has_places(self) -> bool:
        return self.rules.has_places

    @property
    def hides_figures(self) -> bool:
        """Return whether this installation shows no figures of a challenge like this one."""
        return hides_figures(self.rules)


def hides_figures(rules: RuleSet) -> bool:
    """Return whether this installation shows no figures of challenges with these rules."""
    return is_capped() and not rules.is_in_points


def viewer_of_board(slug: str, challenge_id: int, runner_id: int, epoch: int) -> Viewer | None:
    """Return the viewer, with everything that decides whether anything is new, in one short read.

    None for a stranger, a wrong address, and a session that was ended elsewhere.
    """
    if not is_writable(slug) or challenge_id > MAX_ID:
        return None
    values = {"slug": slug, "challenge": challenge_id, "runner": runner_id, "epoch": epoch}
    row = read(statement_queries.VIEWER, values).one_or_none()
    return Viewer(*row) if row else None


def board_context_of(viewer: Viewer, now: datetime) -> BoardContext:
    """Return how `viewer` sees the rows. What all viewers share is cached by version."""
    began = viewer.as_of is not None and viewer.as_of > viewer.starts_on
    day = viewer.chase_day(now)
    return BoardContext(
        viewer,
        rules_of(viewer),
        cached((*viewer.edition, "now"), partial(_buckets, viewer.challenge_id, "now")),
        cached((*viewer.edition, "before"), partial(_buckets, viewer.challenge_id, "before")),
        cached((*viewer.edition, "team names"), partial(_team_names, viewer.challenge_id)),
        began and viewer.state(now) in COUNTING,
        cached((*viewer.edition, "final"), lambda: final_board_queries.count(final_board_ref_of(viewer)))
        if viewer.is_final
        else None,
        day,
        cached((*viewer.edition, "breaks", day), partial(breaks_in, viewer.challenge_id, day)),
    )


def rules_of(viewer: Viewer) -> RuleSet:
    """Return the rules by which the published board was derived; before the first publication, the challenge's."""
    return cached((*viewer.edition, "rules"), partial(_rules, viewer.challenge_id))


def final_board_ref_of(viewer: Viewer) -> final_board_queries.FinalBoardRef:
    """Return the reference of the final board that the viewer sees."""
    return final_board_queries.final_board_ref(viewer.challenge_id, viewer.group_id, rules_of(viewer))


def board_page(context: BoardContext, page: int) -> list[BoardRow]:
    """Return the rows of a page, from 1; empty beyond the last one."""
    if context.final:
        return _final_page_and_own(context, page)[0]
    return _rows_from(context, Page(page, ranking.PAGE).offset, ranking.PAGE)


def rows_from(context: BoardContext, position: int, size: int) -> list[BoardRow]:
    """Return rows from `position` (from 0) on; from the placements, as `own_placement`, when the board is final."""
    return _with_final_ranks(context, _rows_from(context, position, size))


def _rows_from(context: BoardContext, position: int, size: int) -> list[BoardRow]:
    start = _start_of(context, position)
    if start is None:
        return []
    return _shown(context, read(statement_queries.PAGE, {**_ids(context.viewer), **start, "size": size}))


def search_page(context: BoardContext, name: str, page: int) -> tuple[list[BoardRow], int]:
    """Return a page of the rows whose shown name contains `name`, and how many there are in all."""
    like, offset = anywhere(search_key(name)), Page(page, ranking.PAGE).offset
    if context.final:
        places, count = final_board_queries.named(final_board_ref_of(context.viewer), like, offset)
        return _final_rows(context, places), count
    values = {**_ids(context.viewer), "name": like}
    count = read(statement_queries.HOW_MANY, values).scalar_one()
    return _shown(context, read(statement_queries.FOUND, {**values, "offset": offset})), count


def own_row(context: BoardContext) -> BoardRow | None:
    """Return the viewer's own row with its page; None if they are not on the board."""
    if context.final:
        return _final_page_and_own(context, 0)[1]
    return own_placement(context)


def own_placement(context: BoardContext) -> BoardRow | None:
    """Return the same from the placements, which the chase still reads when the board is final."""
    if context.viewer.entry_id is None:
        return None
    rows = _shown(
        context, read(statement_queries.OWN, {"group": context.viewer.group_id, "entry": context.viewer.entry_id})
    )
    return _with_final_ranks(context, rows)[0] if rows else None


def rows_of(context: BoardContext, entry_ids: Collection[int]) -> dict[int, BoardRow]:
    """Return the rows of a few entries, by entry; entries that are not shown are left out."""
    if not entry_ids:
        return {}
    found = _shown(context, read(statement_queries.SOME, {**_ids(context.viewer), "entries": list(entry_ids)}))
    return {row.entry_id: row for row in _with_final_ranks(context, found)}


def entries_on_board(challenge_id: int, runner_ids: Collection[int]) -> dict[int, int]:
    """Return the entries of those runners who are on the board of a challenge, by runner."""
    values = {"challenge": challenge_id, "runners": list(runner_ids)}
    rows = read(statement_queries.ENTRIES_OF, values)
    return {runner_id: entry_id for runner_id, entry_id in rows}  # noqa: C416  # a Result is not the dict it looks like


def _shown(context: BoardContext, found: Iterable[FoundRow]) -> list[BoardRow]:
    return [_row(context, row, row.consent, ahead) for row, ahead in _with_ahead(found) if row.consent]


def _with_ahead(found: Iterable[FoundRow]) -> Iterator[tuple[FoundRow, int]]:
    """Yield each row with how many are ahead in its bucket, which the statement may leave to the order of the rows."""
    bucket = equal = None
    place = ahead = 0
    for row in found:
        if row.bucket != bucket:
            bucket, equal, place = row.bucket, None, 0
        if (row.total, row.rank_only) != equal:
            equal, ahead = (row.total, row.rank_only), place
        place += 1
        yield row, ahead if row.ahead is None else row.ahead


def _row(context: BoardContext, found: FoundRow, consent: str, ahead: int) -> BoardRow:
    level, photo, name = consent.split("/", 2)
    total, before = found.total, found.before
    rank = context.now.rank(total, found.bucket, ahead)
    rank_before = context.before.rank(before, found.before_bucket, found.ahead_before) if context.moves else None
    on_break = context.breaks.get(found.runner_id)
    movement = rank_before - rank if rank and rank_before and not on_break else None
    today = total - before if context.moves or total > before else None
    row = {"name": name, "photo": photo, "rank": rank, "total": total, "movement": movement}
    row |= {"days": found.days, "gap": found.gap, "today": today}
    is_me = found.runner_id == context.viewer.runner_id
    row["on_break"] = on_break is not None and (on_break.is_marked or is_me)
    seen = shared(ConsentLevel(level), row, is_self=is_me, in_points=context.rules.is_in_points)
    shown = format_row(
        context.viewer.units, context.rules.unit, entry_id=found.entry_id, runner_id=found.runner_id,
        name=seen["name"], rank=seen["rank"], total=seen["total"], today=seen["today"], active_days=seen["days"],
        gap=seen["gap"], movement=seen["movement"], is_new=bool(context.moves and not before and seen["today"]),
        team_id=found.team_id, team_name=context.teams.get(found.team_id) if found.team_id else None, is_me=is_me,
        rank_only=found.rank_only, photo=photo_link(context.viewer.slug, found.runner_id, seen["photo"]),
        on_break=bool(seen["on_break"]), shows_days=may_see(ConsentLevel(level), "daily"),
    )  # fmt: skip
    if found.own:
        shown = shown._replace(page=page_with(context.now.before(found.bucket) + ahead + found.ties, ranking.PAGE))
    return shown if context.has_places else shown.without_place


def _final_page_and_own(context: BoardContext, page: int) -> tuple[list[BoardRow], BoardRow | None]:
    before, own = Page(page, ranking.PAGE).offset, context.viewer.place
    first, last = before + 1, before + ranking.PAGE
    places = final_board_queries.places(final_board_ref_of(context.viewer), first, last, own)
    rows = _final_rows(context, [found for found in places if first <= found.at.place <= last])
    mine = _final_rows(context, [found for found in places if found.at.place == own])
    return rows, mine[0]._replace(page=page_with((own or 1) - 1, ranking.PAGE)) if mine else None


def _final_rows(context: BoardContext, places: Iterable[final_board_queries.Found]) -> list[BoardRow]:
    """Return the rows of former members, and of runners who are shown; hidden runners are left out."""
    return [
        _final_row(context, found.at, found.consent, found.entry_id)
        for found in places
        if found.consent or found.at.runner_id is None
    ]


def _final_row(context: BoardContext, at: Place, consent: str | None, entry_id: int | None) -> BoardRow:
    units, unit = context.viewer.units, context.rules.unit
    if at.runner_id is None or at.total is None or consent is None or entry_id is None or context.final is None:
        rank = _former_rank(context, at.rank)
        return format_row(units, unit, entry_id=-at.place, runner_id=0, name=FORMER, rank=rank, total=0)
    level, photo, name = consent.split("/", 2)
    in_points, team_id, is_me = context.rules.is_in_points, at.team_id, at.runner_id == context.viewer.runner_id
    gap = None if at.gap and at.total + at.gap in context.final.secret else at.gap
    rank_only = shows_rank_only(ConsentLevel(level), in_points=in_points)
    rank = context.final.rank_alone(at.rank, at.total) if rank_only else at.rank
    row = {"name": name, "photo": photo, "rank": ranking.place_of(rank, at.total), "total": at.total}
    row |= {"days": at.days, "gap": gap}
    seen = shared(ConsentLevel(level), row, is_self=is_me, in_points=in_points)
    shown = format_row(
        units, unit, entry_id=entry_id, runner_id=at.runner_id, name=seen["name"], rank=seen["rank"],
        total=seen["total"], active_days=seen["days"], gap=seen["gap"], team_id=team_id,
        team_name=context.teams.get(team_id) if team_id else None, is_me=is_me, rank_only=rank_only,
        photo=photo_link(context.viewer.slug, at.runner_id, seen["photo"]),
    )  # fmt: skip
    return shown if context.has_places else shown.without_place


def _former_rank(context: BoardContext, rank: int) -> int | None:
    """Return the rank of a former member. One who was at zero had no score, and so has no place."""
    return rank if context.has_places and rank <= context.have_run else None


def _with_final_ranks(context: BoardContext, rows: list[BoardRow]) -> list[BoardRow]:
    """Give rows that were made from placements the ranks of the final board, where former members keep theirs."""
    if not context.final or not context.has_places:
        return rows
    ranks = final_board_queries.ranks_of(final_board_ref_of(context.viewer), [row.runner_id for row in rows])
    return [row._replace(rank=_final_rank(context.final, row, *ranks.get(row.runner_id, (0, 0)))) for row in rows]


def _final_rank(final: Counted, row: BoardRow, rank: int, total: int) -> int | None:
    if not rank or not total:
        return None
    return final.rank_alone(rank, total) if row.rank_only else rank


def _start_of(context: BoardContext, position: int) -> dict[str, int] | None:
    """Return where the rows from a position on begin; None beyond the last one."""
    try:
        bucket, offset = context.now.at(position)
    except IndexError:
        return None
    return {"bucket": bucket, "offset": offset}


def _buckets(challenge_id: int, order: str) -> ranking.Buckets:
    rows = read(statement_queries.TALLIES, {"challenge": challenge_id, "order": order})
    return ranking.Buckets([tuple(row) for row in rows])


def _team_names(challenge_id: int) -> dict[int, str]:
    return {team_id: name for team_id, name in read(statement_queries.TEAM_NAMES, {"challenge": challenge_id})}  # noqa: C416  # a Result is not the dict it looks like


def _rules(challenge_id: int) -> RuleSet:
    shown, latest = read(statement_queries.RULES, {"challenge": challenge_id}).one()
    rules: RuleSet = shown or latest
    return rules


def _ids(viewer: Viewer) -> dict[str, Any]:
    return {"challenge": viewer.challenge_id, "group": viewer.group_id}

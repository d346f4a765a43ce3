"""What boards, days and verdicts must be: by the second opinion now, and for frozen challenges as it was then.

A frozen challenge shows what was true at the last read of each runner before it froze. Strava tells nobody of an
edited distance, and a lost event is found by a later read only, so its total must be that of the list as it stood at
some moment from that read to the freezing. The challenge counts runners
who could not be read; they are left out here.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import select

from tests.load.soak.actions import Version
from tests.load.soak.crowd import Contest, Crowd, Entrant
from tests.load.soak.freezing import Frozen
from tests.load.soak.pace import looking
from tests.load.soak.truth import Findings, Read, day_of, visible
from tests.oracle.judging import Opinion, Row, second_opinion
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry
from webapp.models.results import Result
from webapp.models.scoring import DayScore, Standing
from webapp.rulebook.lifecycle import days_end_at
from webapp.scoring.verdict_queries import verdicts_of

AROUND = timedelta(days=2)


def opinion_of(entrant: Entrant, contest: Contest, rows: list[Row]) -> Opinion:
    """Return what the rows amount to in the contest; those of other weeks do not matter."""
    first, last = contest.window
    near = [row for row in rows if first - AROUND <= day_of(row) <= last + AROUND]
    return second_opinion(
        near,
        first,
        last,
        count_private=entrant.count_private,
        allow_private=contest.allow_private,
        allow_manual=contest.allow_manual,
    )


# Open challenges ----------------------------------------------------------------------------------------------------


def compare_open(crowd: Crowd, contest: Contest, reads: Mapping[int, Read], findings: Findings) -> None:
    """Compare verdicts, days, totals and the pages of a challenge that is not frozen."""
    opinions = {
        runner_id: opinion_of(read.entrant, contest, read.rows)
        for runner_id, read in reads.items()
        if read.entrant in contest.entrants
    }
    with looking(crowd.app):
        challenge = db.session.get_one(Challenge, contest.id)
        for runner_id, opinion in opinions.items():
            where = f"challenge {contest.id}, athlete {reads[runner_id].entrant.athlete_id}"
            _compare_verdicts(where, runner_id, challenge, opinion, findings)
            findings.check("days", where, _days(challenge.id, runner_id), opinion.days)
            said = _standing(challenge.id, runner_id)
            findings.check("standing", where, said, (opinion.total, opinion.active_days))
    totals = {reads[runner_id].entrant.name: opinion.total for runner_id, opinion in opinions.items()}
    _compare_pages(contest, totals, findings)


def _compare_verdicts(where: str, runner_id: int, challenge: Challenge, opinion: Opinion, findings: Findings) -> None:
    judged = {
        int(each.activity.source_id): each.verdict.value for each in verdicts_of(runner_id, challenge, clock().now())
    }
    counts = (number for number, verdict in judged.items() if verdict == "counts")
    expected = (number for number, verdict in opinion.verdicts.items() if verdict == "counts")
    findings.check_ids("counting", where, counts, expected)
    findings.check("verdicts", where, judged, {number: opinion.verdicts.get(number) for number in judged})


def _days(challenge_id: int, runner_id: int) -> dict[date, int]:
    days = select(DayScore.local_date, DayScore.value).join(Entry, Entry.id == DayScore.entry_id)
    wanted = days.where(Entry.challenge_id == challenge_id, Entry.runner_id == runner_id)
    return dict(db.session.execute(wanted).all())


def _standing(challenge_id: int, runner_id: int) -> tuple[int, int] | None:
    standing = select(Standing.total, Standing.days).join(Entry, Entry.id == Standing.entry_id)
    found = db.session.execute(
        standing.where(Entry.challenge_id == challenge_id, Entry.runner_id == runner_id)
    ).one_or_none()
    return (found.total, found.days) if found else None


def _compare_pages(contest: Contest, totals: Mapping[str, int], findings: Findings) -> None:
    """Compare all pages of a board, as its members read them: totals, ranks, and the sums of teams.

    On a final board former members and who is hidden keep their ranks, and the figures of the teams they ran for are
    not shown: there, a rank may be lower by as many as are gone, and a sum may be missing.
    """
    where = f"board of challenge {contest.id}"
    board = _reader(contest).walker.board(contest.slug, contest.id)
    named = [row for row in board["runners"] if row["total"] is not None]
    shown = {row["name"]: row for row in named}
    findings.check("names", where, len(shown), len(named))
    gone = len(contest.entrants) - len(named) if board["challenge"]["final"] else 0
    for name, total in totals.items():
        row = shown.get(name, {})
        rank = 1 + sum(other["total"] > total for other in named)
        if total == 0:
            findings.check("row", f"{where}, {name}", (row.get("rank"), row.get("total")), (None, 0))
            continue
        said = row.get("rank") or 0
        findings.check("row", f"{where}, {name}", (said, row.get("total")), (min(max(said, rank), rank + gone), total))
    told = {team["name"]: 0 for team in board["teams"]}
    for row in named:
        told[row["team"]] = told.get(row["team"], 0) + row["total"]
    sums = {team["name"]: team["total"] for team in board["teams"] if team["total"] is not None or not gone}
    findings.check("teams", where, sums, {name: told[name] for name in sums})


def _reader(contest: Contest) -> Entrant:
    return contest.entrants[0]


# Frozen ones ----------------------------------------------------------------------------------------------------------


def compare_frozen(
    crowd: Crowd,
    contest: Contest,
    frozen: Frozen,
    versions: Mapping[int, list[Version]],
    reads: Mapping[int, Read],
    findings: Findings,
) -> None:
    """Compare totals and days of a frozen challenge with the lists as they stood when it froze."""
    totals: dict[str, int] = {}
    unread = 0
    with looking(crowd.app):
        for runner_id, read in reads.items():
            if read.entrant not in contest.entrants:
                continue
            if not _was_read(contest, frozen, runner_id):
                unread += 1
                continue
            days = _days(contest.id, runner_id)
            where = f"frozen challenge {contest.id}, athlete {read.entrant.athlete_id}"
            true = [opinion_of(read.entrant, contest, rows).days for rows in _then(read, frozen, versions)]
            findings.check("frozen days", where, days, days if days in true else true)
            findings.check("frozen total", where, _standing(contest.id, runner_id), (sum(days.values()), len(days)))
            # Runners who were hidden when it froze and came back later have no place in it.
            if _has_place(contest.id, runner_id):
                totals[read.entrant.name] = sum(days.values())
    findings.compared["unread when frozen"] += unread
    _compare_pages(contest, totals, findings)


def _has_place(challenge_id: int, runner_id: int) -> bool:
    mine = select(Result.place).where(Result.challenge_id == challenge_id, Result.runner_id == runner_id)
    return db.session.scalar(mine) is not None


def _was_read(contest: Contest, frozen: Frozen, runner_id: int) -> bool:
    read_at = frozen.read_at.get(runner_id)
    return read_at is not None and read_at >= days_end_at(contest.window[1])


def _then(read: Read, frozen: Frozen, versions: Mapping[int, list[Version]]) -> Iterator[list[Row]]:
    """Yield the list as it stood at the last read before the freezing, and each later one up to it."""
    kept = versions[read.entrant.athlete_id]
    first = frozen.read_at[read.entrant.runner_id].timestamp()
    for version, following in zip(kept, [*kept[1:], None], strict=True):
        if version.at <= frozen.at.timestamp() and (following is None or following.at > first):
            yield visible(read.entrant, version.rows)

"""What the ledger must be.

From the first date whose runs are held, it follows from the list as it is now. Earlier days are facts. Days whose runs
were held within the month are as some list since the month's last days made them; days before them are as the first
read found them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from tests.load.soak.actions import Version
from tests.load.soak.crowd import Crowd, Entrant
from tests.load.soak.pace import looking
from tests.load.soak.truth import Findings, Read, day_of, visible
from tests.oracle.judging import Row, second_ledger
from tests.support.strava import listed
from webapp.db import db
from webapp.models.scoring import LedgerDay

Ledger = dict[tuple[str, date], tuple[int, ...]]
COLUMNS = ("distance_m", "moving_s", "climb_m", "runs", "longest_m")
# Of the ledgers that the first reads made, this many are compared in full.
COMPARED_AT_FIRST = 40


@dataclass(frozen=True)
class Before:
    """The ledgers as the first reads made them, and the first date whose runs were held then."""

    ledgers: Mapping[int, Ledger]
    stored_from: date


def ledgers_of(crowd: Crowd, runner_ids: Iterable[int]) -> dict[int, Ledger]:
    """Return what is stored."""
    with looking(crowd.app):
        return {runner_id: _stored(runner_id) for runner_id in runner_ids}


def _stored(runner_id: int) -> Ledger:
    found = db.session.scalars(select(LedgerDay).where(LedgerDay.runner_id == runner_id))
    return {(row.sport_class, row.local_date): tuple(getattr(row, name) for name in COLUMNS) for row in found}


def compare_first(crowd: Crowd, first_date: date, findings: Findings) -> Mapping[int, Ledger]:
    """Compare some of the ledgers that the first reads made, and return all of them. Nothing may go wrong before."""
    found = ledgers_of(crowd, crowd.by_runner())
    for entrant in list(crowd.entrants.values())[:COMPARED_AT_FIRST]:
        rows = [
            row for row in visible(entrant, listed(crowd.simulator, entrant.athlete_id)) if day_of(row) > first_date
        ]
        expected = _of(entrant, rows)
        said = {key: value for key, value in found[entrant.runner_id].items() if key[1] > first_date}
        findings.check(
            "first ledger", f"athlete {entrant.athlete_id}", _unlike(said, expected), _unlike(expected, said)
        )
    return found


def compare_ledgers(
    crowd: Crowd,
    reads: Mapping[int, Read],
    before: Before,
    versions: Mapping[int, list[Version]],
    again: Iterable[int],
    findings: Findings,
) -> None:
    """Compare every ledger, day by day. `again`: athletes who connected once more, whose older days were read again."""
    again = set(again)
    for runner_id, ledger in ledgers_of(crowd, reads).items():
        read = reads[runner_id]
        where = f"athlete {read.entrant.athlete_id}"
        now = _of(read.entrant, [row for row in read.rows if day_of(row) >= read.read_from])
        said = {key: value for key, value in ledger.items() if key[1] >= read.read_from}
        findings.check("ledger", where, _unlike(said, now), _unlike(now, said))
        if read.entrant.athlete_id in again:
            continue
        then = [_of(read.entrant, visible(read.entrant, version.rows)) for version in versions[read.entrant.athlete_id]]
        _compare_facts(where, ledger, then, before.stored_from, read.read_from, findings)
        old, first = (_until(each, before.stored_from) for each in (ledger, before.ledgers[runner_id]))
        findings.check("old ledger", where, _unlike(old, first), _unlike(first, old))


def _of(entrant: Entrant, rows: list[Row]) -> Ledger:
    return second_ledger(rows)


def _until(ledger: Ledger, last: date) -> Ledger:
    return {key: value for key, value in ledger.items() if key[1] < last}


def _compare_facts(where: str, ledger: Ledger, then: list[Ledger], first: date, last: date, findings: Findings) -> None:
    """Compare the days that were held within the month and are facts by now: each is what one of the lists made it."""
    keys = {key for each in (ledger, *then) for key in each if first <= key[1] < last}
    for key in sorted(keys) if then else ():
        true = [each.get(key) for each in then]
        said = ledger.get(key)
        findings.check("ledger fact", f"{where}, {key}", said, said if said in true else true)


def _unlike(one: Ledger, other: Ledger) -> Ledger:
    """Return of one only what is not in the other, so that a difference can be read."""
    return {key: value for key, value in one.items() if other.get(key) != value}

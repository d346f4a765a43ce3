"""`flask audit`: derive everything again, compare it with what is stored, and change nothing."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

import click
from flask import Flask

from webapp.activities.queries import read_from_of, runs_of
from webapp.chase.service import differences as chase_differences
from webapp.clock import latest_date
from webapp.db import batches, db
from webapp.extensions import clock
from webapp.leaderboards.service import differences as board_differences
from webapp.results.queries import differences as result_differences
from webapp.results.queries import final_challenges
from webapp.rulebook.judging import Rows, differences
from webapp.rulebook.runs import LEDGER_SPORTS
from webapp.scoring.entry_queries import (
    DAYS,
    LEDGER,
    EntryContext,
    StoredTable,
    all_runners,
    derived_entries,
    derived_ledger,
    derived_sums,
    due_again,
    entries_of_runners,
    published_challenges,
    stored_ledger,
    stored_rows,
)

# Runners derived at once: some hundred thousand runs in memory.
BATCH = 200


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(audit)


@click.command("audit")
def audit() -> None:
    """Derive everything from the runs and name what is stored differently; exit 1 if anything is.

    The ledger is derived from the first date whose runs are stored, and challenges are until they are frozen. In frozen
    ones, totals are derived from days, and results from totals and checksum. Nothing can be derived about former
    members, so they are no difference.
    """
    found = 0
    lines = (_derived_differences(), _published_differences(), _chase_differences(), _final_differences())
    for line in chain.from_iterable(lines):
        click.echo(line)
        found += 1
    db.session.rollback()
    if found:
        raise click.ClickException(f"{found} differences")
    click.echo("No difference: everything stored follows from the runs.")


def _derived_differences() -> Iterator[str]:
    """Compare ledger, day scores, standings and team shares, all as they stood at one moment."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        # SQLite reads one moment anyway. Otherwise a run ingested meanwhile would look like a difference.
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    today = latest_date(clock().now())
    waiting = set(due_again(today))
    if waiting:
        click.echo(f"{len(waiting)} runners are not compared: a job is due to derive them again.")
    for runner_ids in batches([each for each in all_runners() if each not in waiting], BATCH):
        yield from _differences_of(runner_ids, today)
    db.session.rollback()


def _differences_of(runner_ids: Sequence[int], today: date) -> Iterator[str]:
    runs = runs_of(runner_ids, sports=LEDGER_SPORTS)
    ledger: Rows = {}
    for runner_id in runner_ids:
        ledger |= derived_ledger(runner_id, runs.get(runner_id, []), today)
    yield from _in_words(LEDGER, ledger, stored_ledger(runner_ids, read_from_of(runner_ids)))
    entries = entries_of_runners(runner_ids)
    entry_ids = [entry.id for entry in entries]
    for shape, derived in derived_entries(entries, runs, today).items():
        yield from _in_words(shape, derived, stored_rows(shape, entry_ids))
    yield from _differences_of_frozen(entries_of_runners(runner_ids, frozen=True))


def _differences_of_frozen(entries: Sequence[EntryContext]) -> Iterator[str]:
    """Compare sums with the days, which are facts, because their runs may be gone."""
    entry_ids = [entry.id for entry in entries]
    for shape, derived in derived_sums(entries, stored_rows(DAYS, entry_ids)).items():
        yield from _in_words(shape, derived, stored_rows(shape, entry_ids), "days")


def _in_words(shape: StoredTable, derived: Rows, stored: Rows, source: str = "runs") -> Iterator[str]:
    for key in sorted(differences(derived, stored).keys):
        name = ", ".join(f"{column} {part}" for column, part in zip(shape.key, key, strict=True))
        said, stands = _text_of(shape, derived.get(key)), _text_of(shape, stored.get(key))
        yield f"{shape.table.name} ({name}): stored {stands}; the {source} say {said}"


def _text_of(shape: StoredTable, values: tuple[object, ...] | None) -> str:
    if values is None:
        return "nothing"
    return ", ".join(f"{column} {value}" for column, value in zip(shape.values, values, strict=True))


def _published_differences() -> Iterator[str]:
    """Compare boards with standings, where no standing waits to be published."""
    for challenge_id in published_challenges():
        found = board_differences(challenge_id)
        if found and challenge_id in published_challenges():
            yield from (f"board of challenge {challenge_id}: {line}" for line in found)
        db.session.rollback()


def _chase_differences() -> Iterator[str]:
    """Compare overtakes and replays with the days behind the boards, where no standing waits to be published."""
    for challenge_id in published_challenges():
        found = chase_differences(challenge_id)
        if found and challenge_id in published_challenges():
            yield from (f"chases of challenge {challenge_id}: {line}" for line in found)
        db.session.rollback()


def _final_differences() -> Iterator[str]:
    """Compare the results of frozen challenges with the totals behind them, each as they stood at one moment."""
    for challenge_id in final_challenges():
        found = list(result_differences(challenge_id))
        if found:
            # A runner who left in between is gone from both sides by now.
            db.session.rollback()
            found = list(result_differences(challenge_id))
        yield from (f"results of challenge {challenge_id}: {line}" for line in found)
        db.session.rollback()

"""Capacity on paper: `make capacity` prints the tables of docs/capacity.md, as they stand there.

With numbers of your own: `python -m ops.capacity --reads 400,5000 --seats 500 --resync-hours 47`.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace

from ops import capacity_model as model
from ops.capacity_model import GRANTS, Grant, Life, Work

USUAL = Life()
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
SIZES = (10_000, 100_000, 10_000_000)
SETTINGS: tuple[tuple[str, dict[str, float]], ...] = (
    ("as set", {}),
    ("`RESYNC_HOURS=24`", {"resync_hours": 24}),
    ("a grace time of 48 h", {"grace_hours": 48}),
    ("nobody changes or deletes anything", {"changed": 0, "deleted": 0}),
    ("twice as many runs", {"runs_a_day": 2 * USUAL.runs_a_day}),
)  # fmt: skip


def tables(life: Life, grants: Sequence[Grant]) -> list[str]:
    """Return every table in Markdown."""
    return [_of_runners(life), _of_grants(life, grants), _of_settings(life, grants[-1]), _of_sizes(life, grants[-1])]


def _of_runners(life: Life) -> str:
    lines: list[Sequence[str]] = []
    for share in SHARES:
        a_day = model.activities_a_day(life, share)
        reads = model.reads_of(life, a_day)
        name = f"{_percent(share)} of runners run less"
        lines.append((*_runner(life, name, a_day, reads), str(model.initial_import_reads(life, a_day))))
    idle, first = model.reads_of(life, 0.0), str(model.initial_import_reads(life, 0.0))
    lines.append((*_runner(life, "a month off, nothing stored", 0.0, idle), first))
    lines.append((*_runner(life, "**the mean of all**", model.mean_activities(life), model.mean_reads(life)), ""))
    titles = (
        "runner",
        "runs a month",
        "by events",
        "full resyncs",
        "final syncs",
        "joining",
        "reads a day",
        "reads for each run",
        "initial import",
    )
    return _table(titles, lines)


def _runner(life: Life, name: str, a_day: float, reads: model.Reads) -> Sequence[str]:
    runs = a_day / (1 + life.other_sports)
    each_run = f"{reads.total / runs:.2f}" if runs else ""
    figures = (f"{each:.2f}" for each in (reads.events, reads.resyncs, reads.closing, reads.joining, reads.total))
    return (name, f"{runs * model.DAYS_A_MONTH:.1f}", *figures, each_run)


def _of_grants(life: Life, grants: Iterable[Grant]) -> str:
    lines = []
    for given in grants:
        fit = model.fit(given, life)
        limits = (f"{given.quarter:,} / {given.day:,}", *(f"{each:,}" for each in astuple(fit)), f"**{fit.runners:,}**")
        lines.append((given.name, *limits, f"{model.joining_at_once(given, life):,}"))
    titles = (
        "what Strava grants", "reads a quarter hour / day", "an ordinary day", "the day months close",
        "the busiest quarter hour", "seats", "runners", "initial imports a quarter hour",
    )  # fmt: skip
    return _table(titles, lines)


def _of_settings(life: Life, given: Grant) -> str:
    lines = []
    for name, changes in SETTINGS:
        other = replace(life, **changes)
        ordinary, closing = model.mean_reads(other).total, model.closing_reads(other).total
        fits = (f"{each:,}" for each in astuple(model.fit(given, other))[:3])
        lines.append((name, f"{ordinary:.2f}", f"{closing:.2f}", *fits))
    titles = (
        "the reviewed application, by reads alone", "reads a day", "when months close", "an ordinary day",
        "the day months close", "the busiest quarter hour",
    )  # fmt: skip
    return _table(titles, lines)


def _of_sizes(life: Life, given: Grant) -> str:
    sizes = [model.needs(runners, given, life, Work()) for runners in SIZES]
    rows = (
        ("applications at Strava", [f"{size.applications:,}" for size in sizes]),
        ("reads a day", [f"{size.reads_a_day:,.0f}" for size in sizes]),
        ("events a second, busiest hour", [f"{size.events_a_second:,.1f}" for size in sizes]),
        ("reads a second, busiest hour", [f"{size.reads_a_second:,.1f}" for size in sizes]),
        ("cores for events", [f"{size.web_cores:,.2f}" for size in sizes]),
        ("cores for jobs", [f"{size.job_cores:,.2f}" for size in sizes]),
        ("cores for PostgreSQL", [f"{size.database_cores:,.2f}" for size in sizes]),
        ("GB on PostgreSQL, from the first month", [f"{size.gb_at_once:,.1f}" for size in sizes]),
        ("GB more each year", [f"{size.gb_a_year:,.1f}" for size in sizes]),
        ("years until events run out of numbers", [f"{size.id_years:,.1f}" for size in sizes]),
    )
    return _table(("runners", *(f"{size.runners:,}" for size in sizes)), [(name, *row) for name, row in rows])


def _table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] + ["--:"] * (len(titles) - 1)
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, rule, *lines))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    grants = list(GRANTS)
    if asked.reads:
        quarter, day = (int(number) for number in asked.reads.split(","))
        grants.append(Grant("yours", quarter, day, asked.seats))
    print("\n\n".join(tables(Life(resync_hours=asked.resync_hours, grace_hours=asked.grace_hours), grants)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.capacity", description="Capacity on paper.")
    parser.add_argument("--reads", help="reads a quarter hour and a day that Strava grants you, such as 400,5000")
    parser.add_argument("--seats", type=int, default=9_999, help="athletes it lets you connect")
    parser.add_argument("--resync-hours", type=float, default=USUAL.resync_hours, help="as RESYNC_HOURS")
    parser.add_argument("--grace-hours", type=float, default=USUAL.grace_hours, help="the challenges' grace time")
    return parser


if __name__ == "__main__":
    sys.exit(main())

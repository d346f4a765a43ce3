"""Measure, print a table, write `build/bench.json`.

The board is measured per database as a ratio to a bare Flask page of the same size, asked for in turn over the same
connection under the same gunicorn: what the machine is busy with otherwise weighs on both.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from tests.load.bench.chase import measure_chase
from tests.load.bench.console import measure_console
from tests.load.bench.crowd import Crowd, make_crowd
from tests.load.bench.directory import measure_directory
from tests.load.bench.engine import SIZES as LOG_SIZES
from tests.load.bench.engine import measure_engine
from tests.load.bench.group_runs import measure_group_runs
from tests.load.bench.home import measure_home
from tests.load.bench.measure import Load, analyze, durability, ingest_rate, put_under_load
from tests.load.bench.notifications import measure_notifications
from tests.load.bench.road import measure_road
from tests.load.bench.stage import ROOT, Stage, stage
from webapp.db import db
from webapp.factory import create_app

SIZES = (100, 10_000, 100_000)
DATABASES = ("sqlite", "postgresql")
SETTLE_S = 8
OUT = ROOT / "build" / "bench.json"
ABOUT_GROUPS = {"console": measure_console, "directory": measure_directory}
ROAD, HOME, CHASE = {"road": measure_road}, {"home": measure_home}, {"chase": measure_chase}
NOTIFICATIONS, GROUP_RUNS = {"notifications": measure_notifications}, {"group runs": measure_group_runs}
SUBJECTS = {**ABOUT_GROUPS, **ROAD, **HOME, **CHASE, **NOTIFICATIONS, **GROUP_RUNS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.load.bench", description=__doc__)
    parser.add_argument("--groups-only", action="store_true", help="measure the pages about groups, and print them")
    parser.add_argument("--road-only", action="store_true", help="measure the road of large challenges, and print it")
    parser.add_argument("--home-only", action="store_true", help="measure the start page, and print it")
    parser.add_argument("--chase-only", action="store_true", help="measure the page of chases, and print it")
    parser.add_argument("--notifications-only", action="store_true", help="measure how fast a group is told by mail")
    parser.add_argument("--runs-only", action="store_true", help="measure the pages of group runs, and print them")
    wanted = parser.parse_args()
    chosen = (
        *((wanted.groups_only, ABOUT_GROUPS), (wanted.road_only, ROAD)),
        *((wanted.home_only, HOME), (wanted.chase_only, CHASE)),
        *((wanted.notifications_only, NOTIFICATIONS), (wanted.runs_only, GROUP_RUNS)),
    )
    if subjects := next((subjects for is_chosen, subjects in chosen if is_chosen), None):
        say("\n".join(_page_lines({name: _pages(name, subjects) for name in DATABASES})))
        return 0
    found: dict[str, Any] = {name: _database(name) | _engine(name) | _pages(name, SUBJECTS) for name in DATABASES}
    found["memory_mb"] = _memory()
    found["cores"] = os.cpu_count()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    say(_table(found))
    say(f"Written to {OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT}.")
    return 0


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _database(name: str) -> dict[str, Any]:
    with stage(name) as made:
        app = create_app(made.settings)
        crowds = _fill(made, name)
        made.start_web("tests.load.bench.wsgi:app")
        made.start_jobs()
        loads = {crowd.members: put_under_load(made, app, crowd) for crowd in crowds}
        for members, load in loads.items():
            say(f"  {name}, {members:,} members: {_in_words(load)}")
        rate, fsync = ingest_rate(app, crowds[1]), durability(app)
        with app.app_context():
            db.engine.dispose()
        return {
            "board_ratio": {str(members): load.board_ratio for members, load in loads.items()},
            "front_ratio": {str(members): load.front_ratio for members, load in loads.items()},
            "board_304_ratio": loads[10_000].unchanged_ratio,
            "take_in_runs_per_s": rate,
            "fsync": fsync,
            "board_ms": {str(members): round(load.board, 2) for members, load in loads.items()},
            "bare_ms": {str(members): round(load.bare, 2) for members, load in loads.items()},
        }


def _engine(name: str) -> dict[str, Any]:
    with stage(name) as made:
        app = create_app(made.settings)
        with app.app_context():
            upgrade()
        found = measure_engine(made, app)
        with app.app_context():
            db.engine.dispose()
    change = found["rule_change"]
    say(
        f"  {name}: one run {found['one_run_ms']} ms ({found['fsync']}); other rules for {change['entries']:,} entries "
        f"and {change['runs']:,} runs in {change['seconds']} s, {change['pages']} board pages meanwhile, the worst in "
        f"{change['worst_ms']} ms"
    )
    return found


def _pages(name: str, subjects: Mapping[str, Callable[[Stage, Flask], Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for subject, measure in subjects.items():
        with stage(name, TRUSTED_PROXIES="1") as made:
            app = create_app(made.settings)
            with app.app_context():
                upgrade()
            made.start_web("tests.load.bench.wsgi:app")
            found[subject] = measure(made, app)
            with app.app_context():
                db.engine.dispose()
    return {"page_ratio": found}


def _fill(made: Stage, name: str) -> list[Crowd]:
    app = create_app(made.settings)
    begun = time.monotonic()
    with app.app_context():
        upgrade()
        crowds = [make_crowd(size) for size in SIZES]
        analyze()
        db.session.remove()
        db.engine.dispose()
    say(f"{name}: {sum(SIZES):,} members in {time.monotonic() - begun:.0f} s")
    return crowds


def _memory() -> dict[str, float]:
    """Return the memory of an idle instance on SQLite, as `make run` starts it, without the simulator."""
    with stage("sqlite") as made:
        subprocess.run([sys.executable, "-m", "ops.migrate"], cwd=ROOT, env=made.environment, check=True)
        made.start_web("wsgi:app")
        made.start_jobs()
        made.start_schedule()
        for _ in range(40):
            connection = made.connect()
            connection.request("GET", "/")
            connection.getresponse().read()
        time.sleep(SETTLE_S)
        parts = made.memory_mb()
    return {**parts, "total": round(sum(parts.values()), 1)}


def _in_words(load: Load) -> str:
    return (
        f"board {load.board:.2f} ms, first page {load.front:.2f} ms, bare {load.bare:.2f} ms; "
        f"nothing new {load.unchanged:.2f} ms, bare "
        f"{load.bare_then:.2f} ms ({load.asked:,} pages of some {load.size:,} bytes)"
    )


def _table(found: dict[str, Any]) -> str:
    lines = ["", f"{'':34}{'SQLite':>16}{'PostgreSQL':>16}"]

    def line(title: str, *values: object) -> None:
        lines.append(f"{title:34}" + "".join(f"{value!s:>16}" for value in values))

    for size in SIZES:
        line(f"board / bare page, {size:,} members", *(found[name]["board_ratio"][str(size)] for name in DATABASES))
    for size in SIZES:
        line(
            f"first page / bare page, {size:,} members", *(found[name]["front_ratio"][str(size)] for name in DATABASES)
        )
    lines += _page_lines(found)
    line("304 / bare page", *(found[name]["board_304_ratio"] for name in DATABASES))
    line("runs ingested a second", *(found[name]["take_in_runs_per_s"] for name in DATABASES))
    lines += [f"  {name}: {found[name]['fsync']}" for name in DATABASES]
    line("one run and what follows, ms", *(found[name]["one_run_ms"] for name in DATABASES))
    line("other rules, 10,000 entries, s", *(found[name]["rule_change"]["seconds"] for name in DATABASES))
    for size in LOG_SIZES:
        told = [(found[name]["board_published_ms"], found[name]["board_by_summing_ms"]) for name in DATABASES]
        line(
            f"board read / summed, {size:,}, ms", *(f"{kept[str(size)]} / {summed[str(size)]}" for kept, summed in told)
        )
    memory = found["memory_mb"]
    lines.append("memory, idle, MB: " + ", ".join(f"{name} {value}" for name, value in memory.items()))
    lines.append(f"cores: {found['cores']}")
    return "\n".join(lines)


def _page_lines(found: dict[str, Any]) -> list[str]:
    lines = []
    for subject, sizes in found["sqlite"]["page_ratio"].items():
        for page in next(iter(sizes.values())):
            every = [found[name]["page_ratio"][subject] for name in DATABASES]
            figures = "".join(f"{' / '.join(str(one[size][page]) for size in sizes):>20}" for one in every)
            title = f"{subject}: {page}, {' / '.join(sizes)}"
            lines.append(f"{title:54}{figures}")
    return lines


sys.exit(main())

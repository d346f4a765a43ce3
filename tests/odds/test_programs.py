"""`make odds-report` and `make odds-fit`, on a small invented log."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.odds.chases import Log, chases_in, logs_of
from tests.odds.fit import fit, five_fold, folds_of
from tests.odds.report import chance_of, report, table
from tests.support.rows import REPOSITORY, rows_of_log
from webapp.rulebook.odds import SHIPPED

HEAD = "runner,start_local,utc_offset_s,sport_type,distance_m,moving_s,avg_hr,elevation_m"
FIRST = date(2026, 1, 1)


def written(path: Path, lines: Iterator[str]) -> Path:
    with gzip.open(path, "wt") as file:
        file.write("\n".join([HEAD, *lines]) + "\n")
    return path


def invented(runners: int, days: int = 180) -> Iterator[str]:
    """Yield the lines of a log: everybody runs some 5 km on every other day."""
    dice = Random(1)
    for runner in range(runners):
        for number in range(days):
            if dice.random() < 0.5:
                day, metres = FIRST + timedelta(days=number), dice.randint(3000, 7000)
                yield f"r{runner:03},{day} 07:00:00,0,Run,{metres},{metres * 36 // 100},,"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("log") / "runs.csv.gz", invented(14))


def started(program: str, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"tests.odds.{program}", *args]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_a_chase_is_two_neighbours_on_an_evening_and_how_it_ended() -> None:
    every_day = {FIRST + timedelta(days=n): 2.0 for n in range(120)}
    ahead, behind = every_day | {date(2026, 3, 1): 4.0}, every_day | {date(2026, 3, 31): 9.0}
    far = {day: 2 * km for day, km in every_day.items()}
    found = chases_in({"ahead": Log(ahead), "behind": Log(behind), "far": Log(far)})
    march = [chase for chase in found if chase.on.month == 3]
    assert [chase.on.day for chase in march] == list(range(5, 30, 2))
    assert {(chase.chaser, chase.leader, chase.passed) for chase in march} == {("behind", "ahead", True)}
    assert march[0].days == 26
    assert march[0].gap_km == pytest.approx(2.0)
    assert march[0].behind.members[0].history_days == 31 + 28 + 5


def test_newcomers_and_those_who_have_not_run_this_month_are_in_no_chase() -> None:
    every_day = {FIRST + timedelta(days=n): 2.0 + n / 100 for n in range(60)}
    new = {day: 2.5 for day in every_day if day >= date(2026, 2, 1)}
    away = {day: 2.1 for day in every_day if day < date(2026, 2, 1)}
    found = chases_in({"one": Log(every_day), "new": Log(new), "away": Log(away)})
    february = [chase for chase in found if chase.on.month == 2]
    assert {chase.on for chase in february} == set()


def test_runs_are_judged_as_the_product_does(tmp_path: Path) -> None:
    lines = (f"r1,2026-03-01 {start},0,{sport},10000,3000,," for start, sport in SAME_MORNING)
    assert logs_of(rows_of_log(written(tmp_path / "odd.csv.gz", lines)))["r1"].km == [20.0]


SAME_MORNING = [("07:00:00", "Run"), ("07:01:00", "Run"), ("12:00:00", "Ride"), ("18:00:00", "TrailRun")]


def test_the_report_has_every_figure(log: Path) -> None:
    logs = logs_of(rows_of_log(log))
    chases = chases_in(logs)
    found = report(chases, list(logs))
    assert found["chases"] == len(chases) == sum(each["n"] for each in found["bins"]) > 300
    assert 0 < found["brier"] < found["references"]["the one ahead stays"]
    assert set(found["references"]) == {"the one ahead stays", "28-day pace goes on", "the base rate"}
    assert all(0 < each["se"] < 0.5 for each in found["bins"] if each["n"] > 30)
    wide = [each for each in found["bins"] if each["n"] >= 300]
    worst = max(wide, key=lambda each: abs(each["true"] - each["mean"]))
    assert found["worst_bin"] == worst | {"off": worst["true"] - worst["mean"]}
    assert f"{len(chases):,} chases" in table(found)


def test_a_fit_is_no_worse_than_where_it_began_and_held_out_runners_are_not_in_it(log: Path) -> None:
    logs = logs_of(rows_of_log(log))
    chases = chases_in(logs)[::5]
    began = replace(SHIPPED, spread=9.0)
    fitted = fit(chases, began)
    squares = [(chance_of(chase, began) - chase.passed) ** 2 for chase in chases]
    assert fitted.brier < sum(squares) / len(squares)
    folds = folds_of(logs)
    assert sorted(runner for fold in folds for runner in fold) == sorted(logs)
    assert 0.1 < five_fold({SHIPPED.max_day_km: chases}, folds) < 0.3


def test_the_report_is_printed_and_written(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "odds.json"
    ended = started("report", str(log), "--out", str(out))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "the one ahead stays" in ended.stdout
    assert json.loads(out.read_text())["chases"] > 300


@pytest.mark.parametrize("program", ["report", "fit"])
def test_without_a_log_they_say_what_to_give(program: str, tmp_path: Path) -> None:
    ended = started(program, OPEN_LOG=str(tmp_path / "none.csv.gz"))
    assert ended.returncode == 1
    assert f"make odds-{program} RUNS=path.csv.gz" in ended.stderr
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(b"no gzip")
    assert "cannot be read" in started(program, str(torn)).stderr
    assert "This log holds" in started(program, str(written(tmp_path / "few.csv.gz", invented(1)))).stderr

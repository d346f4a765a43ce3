"""Every formula, written a second time by somebody else, comes to the same end: on invented months and a real log."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from tests.oracle.formulas import (
    second_amounts,
    second_met,
    second_team_score,
    second_team_sums,
    second_values,
    second_verdicts,
)
from tests.support.months import Month, as_own, as_run, months
from tests.support.rows import Row, open_log, rows_of_log
from webapp.rulebook.judging import ChallengeRules, Sum, counting, day_values, met_target, sum_of, team_sums, verdicts
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.ranking import Contribution, parts, team_score, wanted_shares
from webapp.rulebook.ruleset import TEAM_SCORES, RuleSet
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes import SHAPES

SEED = 20261125


def assert_judged(month: Month) -> tuple[dict[int, str], list[Run]]:
    """Let both judge a month; return the verdicts, and the runs that count as the rules know them."""
    rules = RuleSet.from_data(month.rules)
    window, own = ChallengeRules(month.first, month.last, rules.counts), as_own(month.own)
    runs = [as_run(run) for run in month.runs]
    judged = second_verdicts(month.runs, rules.to_data(), month.first, month.last, month.own, month.begun)
    assert {run_id: verdict.value for run_id, verdict in verdicts(runs, window, own, month.begun).items()} == judged
    return judged, counting(runs, window, own, month.begun)


def assert_scored(month: Month, judged: dict[int, str], counted: list[Run]) -> None:
    """Let both score what counts of a month, to the last unit."""
    rules = RuleSet.from_data(month.rules)
    # The second implementation reads what is kept, with what was left out filled in.
    data = rules.to_data()
    amounts = second_amounts(month.runs, judged, month.own, data["measure"])
    measured = {day: amount for day, (amount, _) in amounts.items()}
    values = second_values(measured, data, month.first, month.last, month.target, month.baseline)
    context = rules.context(month.first, month.last, month.target, month.baseline)
    days = day_values(counted, [Stint(*stint) for stint in month.stints], rules, context)
    assert [(day, made.value, made.amount, made.runs) for day, made in days.items()] == [
        (day, values[day], *amounts[day]) for day in sorted(amounts)
    ]
    total = sum_of(days.values())
    assert total == Sum(sum(values.values()), len(values))
    assert met_target(total.total, rules, month.target) == second_met(sum(values.values()), data, month.target)
    brought = {team: [part.total, part.days] for team, part in team_sums(days.values()).items()}
    assert brought == second_team_sums(values, month.stints)


def test_both_agree_on_four_thousand_invented_months() -> None:
    seen: set[str] = set()
    for number, month in enumerate(months(SEED, 4_000)):
        try:
            judged, counted = assert_judged(month)
            assert_scored(month, judged, counted)
        except AssertionError as error:
            raise AssertionError(f"month {number} of seed {SEED}: {month}") from error
        seen |= set(judged.values())
    # Every verdict was given, so that both were asked about every rule.
    assert seen == {
        "private", "other_sport", "outside_window", "not_yet", "manual", "treadmill", "flagged", "nothing_measured",
        "too_short", "impossible_pace", "pace", "unusual", "changed", "left_out", "overlap", "counts",
    }  # fmt: skip


def from_row(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "day": date.fromisoformat(row["start_date_local"][:10]),
        "start": int(datetime.fromisoformat(row["start_date"]).astimezone(UTC).timestamp()),
        "hidden": row["start_date_local"][11:19] == "00:00:01",
        "sport": row["sport_type"],
        "metres": round(row["distance"]),
        "seconds": round(row["moving_time"]),
        "elapsed": None,
        "climb": round(row["total_elevation_gain"]),
        "first_m": None,
        **{name: bool(row[name]) for name in ("manual", "private", "flagged", "trainer")},
    }


OWN = {"count_private": False, "usual_longest_m": 12_000, "overrides": {}}
STRICT = {"treadmill": False, "min_distance_m": 3_000, "min_time_s": 600, "slowest": 480, "stops_unusual": True}
# Months take turns with the pairs; each pair has hundreds of months.
MONTHS_TURNS = 3
PAIRS = [(measure, shape) for shape in SHAPES for measure in sorted(SHAPES[shape].measures)]


def months_of(rows: list[Row]) -> Iterator[Month]:
    """Yield every month that a runner was out in, all that counts and little taking turns."""
    by_month: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for run in (from_row(row) for row in rows):
        by_month.setdefault((run["day"].year, run["day"].month), []).append(run)
    for number, ((year, month), runs) in enumerate(sorted(by_month.items())):
        first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        stints = [(1, first, date(year, month, 9)), (2, date(year, month, 10), None)]
        yield Month(
            runs, {"version": 1, "counts": STRICT if number % 2 else {}}, first, last, OWN, 60_000, 20_000, stints
        )


def test_both_agree_on_the_real_log_by_every_formula() -> None:
    """27 runners, every month that any of them was out in, every measure and shape in turn."""
    if not open_log().is_file():
        pytest.skip(f"the real log is not at {open_log().name}")
    log = rows_of_log(open_log())
    scored: Counter[str] = Counter()
    for rows in log.values():
        for number, month in enumerate(months_of(rows)):
            judged, counted = assert_judged(month)
            for measure, shape in PAIRS[number % MONTHS_TURNS :: MONTHS_TURNS]:
                assert_scored(
                    replace(month, rules={**month.rules, "measure": measure, "shape": shape}), judged, counted
                )
                scored[shape] += 1
    assert len(log) == 27
    assert set(scored) == set(SHAPES)


@pytest.mark.parametrize("kind", TEAM_SCORES)
def test_both_agree_on_the_scores_of_teams(kind: str) -> None:
    dice = Random(f"{SEED} {kind}")
    for _ in range(500):
        members = [_member(dice) for _ in range(dice.randint(0, 9))]
        rules = RuleSet(team_score=kind, best=dice.randint(1, 6))  # type: ignore[arg-type]  # from the table itself
        placed = {number: 1 if member["now"] else 2 for number, member in enumerate(members)}
        shares = [(number, 1, member["total"], member["days"], member["met"]) for number, member in enumerate(members)]
        brought = sum((part for (team, _), part in parts(placed, shares).items() if team == 1), Contribution())
        first, many = wanted_shares(rules, brought)
        running = sorted((total for _, _, total, days, _ in shares if days), reverse=True)
        assert Fraction(*team_score(rules, brought, running[first : first + many])) == second_team_score(
            members, kind, rules.best
        )


def _member(dice: Random) -> dict[str, Any]:
    days = dice.randint(0, 3)
    total = dice.choice((0, 5, dice.randint(0, 99_999))) if days else 0
    return {"total": total, "days": days, "met": dice.random() < 0.5, "now": dice.random() < 0.8}

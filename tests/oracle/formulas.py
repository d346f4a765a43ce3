"""Every formula of a challenge a second time, as plainly as it can be written, over lists of runs.

Nothing of the application is imported here: what both say the same is worth something. A run is a dictionary (see
`tests.support.months`), rules are the JSON that is kept. A day's value is never worked out by itself: it is the total
up to and with that day less the total up to the day before. Slow on purpose.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from tests.oracle.judging import believed, fastest

Run = dict[str, Any]
Rules = dict[str, Any]
Member = dict[str, Any]

A_DAY = timedelta(days=1)
LOWEST_WEEK = {"distance": 5000, "moving_time": 1800, "climb": 50, "runs": 1, "active_days": 1}


def second_verdicts(
    runs: list[Run], rules: Rules, first: date, last: date, own: dict[str, Any], begun: date
) -> dict[int, str]:
    """Judge one runner's runs. `own`: count_private, usual_longest_m (metres or None), overrides {run id: override}.

    `begun`: the last date that has begun anywhere.
    """
    verdicts = {}
    contending = []
    for run in runs:
        verdict = _alone(run, rules["counts"], first, last, own)
        if run["day"] > begun and verdict not in ("private", "other_sport", "outside_window"):
            verdict = "not_yet"
        override = own["overrides"].get(run["id"])
        if override and verdict not in ("private", "other_sport", "outside_window", "not_yet"):
            if (run["metres"], run["seconds"]) != (override["metres"], override["seconds"]):
                verdict = "changed"
            elif override["decision"] == "leave_out":
                verdict = "left_out"
            else:
                verdict = "counts"
        elif verdict == "counts":
            contending.append(run)
        verdicts[run["id"]] = verdict
    # A run of the date before or after stands in the way of others as if it were in the window.
    beside = [run for run in runs if run["day"] in (first - A_DAY, last + A_DAY) and run["id"] not in own["overrides"]]
    anywhere = (rules["counts"], date.min, date.max, own)
    contending += [run for run in beside if run["day"] <= begun and _alone(run, *anywhere) == "counts"]
    standing: list[Run] = []
    for run in sorted(contending, key=lambda run: (-run["metres"], -_lasted(run), run["id"])):
        if not any(_share_time(run, other) for other in standing):
            standing.append(run)
        elif verdicts[run["id"]] == "counts":
            verdicts[run["id"]] = "overlap"
    return verdicts


def _alone(run: Run, counts: dict[str, Any], first: date, last: date, own: dict[str, Any]) -> str:
    metres, seconds = run["metres"], run["seconds"]
    if run["private"] and not (counts["private"] and own["count_private"]):
        return "private"
    if run["sport"] not in counts["sports"]:
        return "other_sport"
    if run["day"] < first or run["day"] > last:
        return "outside_window"
    if run["manual"] and not counts["manual"]:
        return "manual"
    if (run["trainer"] or run["sport"] == "VirtualRun") and not counts["treadmill"]:
        return "treadmill"
    if run["flagged"] and not counts["flagged"]:
        return "flagged"
    if metres == 0 or seconds == 0:
        return "nothing_measured"
    return _by_numbers(run, counts, own["usual_longest_m"])


def _by_numbers(run: Run, counts: dict[str, Any], usual_longest_m: int | None) -> str:
    metres, seconds = run["metres"], run["seconds"]
    if metres < counts["min_distance_m"] or seconds < counts["min_time_s"]:
        return "too_short"
    if metres / seconds > fastest(metres):
        return "impossible_pace"
    pace = Fraction(1000 * seconds, metres)
    if pace < (counts["quickest"] or 0) or (counts["slowest"] and pace > counts["slowest"]):
        return "pace"
    if counts["stops_unusual"] and usual_longest_m is not None and metres > 25_000 and metres > 3 * usual_longest_m:
        return "unusual"
    if counts["stops_changed"] and run["first_m"]:
        grown = metres - run["first_m"]
        if grown > 500 and grown > run["first_m"] // 10:
            return "changed"
    return "counts"


def _lasted(run: Run) -> int:
    if run["elapsed"] is None or run["elapsed"] < run["seconds"]:
        return int(run["seconds"])
    return int(run["elapsed"])


def _share_time(one: Run, other: Run) -> bool:
    if one["hidden"] or other["hidden"]:
        return False
    end = one["start"] + min(_lasted(one), 24 * 3600)
    other_end = other["start"] + min(_lasted(other), 24 * 3600)
    return bool(min(end, other_end) - max(one["start"], other["start"]) > 180)


def second_amounts(
    runs: list[Run], verdicts: dict[int, str], own: dict[str, Any], measure: str
) -> dict[date, tuple[int, int]]:
    """Return (amount of the measure, number of runs) of each day with a run that counts, in order."""
    by_day: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for run in runs:
        if verdicts[run["id"]] == "counts":
            by_day[run["day"]].append(_counted(run, own["overrides"].get(run["id"])))
    return {day: (_amount(by_day[day], measure), min(24, len(by_day[day]))) for day in sorted(by_day)}


def _counted(run: Run, override: dict[str, Any] | None) -> tuple[int, int, int]:
    """Return metres, seconds and climb that count; an organiser vouches for what they were shown."""
    metres, seconds = run["metres"], run["seconds"]
    if override is None:
        return believed(metres, seconds, run["climb"])
    if override["decision"] == "adjust":
        metres, seconds = override["adjusted"]
    if override["climb"] != run["climb"]:
        return metres, seconds, believed(metres, seconds, run["climb"])[2]
    return metres, seconds, run["climb"] if override["adjusted_climb"] is None else override["adjusted_climb"]


def _amount(of_day: list[tuple[int, int, int]], measure: str) -> int:
    if measure in ("distance", "points"):
        return min(sum(metres for metres, _, _ in of_day), 500_000)
    if measure == "moving_time":
        return min(sum(seconds for _, seconds, _ in of_day), 48 * 3600)
    if measure == "climb":
        return sum(climb for _, _, climb in of_day)
    if measure == "runs":
        return min(24, len(of_day))
    if measure == "longest_run":
        return max(metres for metres, _, _ in of_day)
    assert measure == "active_days"
    return 1


def second_values(
    amounts: dict[date, int], rules: Rules, first: date, last: date, target: int | None, baseline: int | None
) -> dict[date, int]:
    """Return by how much each day raised the total: the total with it less the total without it and all after."""
    values = {}
    before = 0
    for day in sorted(amounts):
        so_far = {other: amount for other, amount in amounts.items() if other <= day}
        total = second_total(so_far, rules, first, last, target, baseline)
        values[day] = total - before
        before = total
    return values


def second_total(
    amounts: dict[date, int], rules: Rules, first: date, last: date, target: int | None, baseline: int | None
) -> int:
    """Return what these days come to. Points and per cent in thousandths."""
    shape, params = rules["shape"], rules["params"]
    done = (max if rules["measure"] == "longest_run" else sum)(amounts.values()) if amounts else 0
    if shape in ("plain", "group_goal", "journey"):
        return done
    if shape == "daily_cap":
        return sum(min(amount, params["cap"]) for amount in amounts.values())
    if shape in ("weekly_cap", "best_days"):
        return sum(_week(week, shape, params) for week in _weeks(amounts))
    if shape == "steps":
        return sum(_steps(amount, params) for amount in amounts.values())
    if shape == "saddles":
        return sum(second_saddles(amount) for amount in amounts.values())
    if shape == "streak":
        return _longest_streak([day for day in sorted(amounts) if amounts[day] >= params["min_amount"]], params["rest"])
    if shape == "target_share":
        return _share(100_000 * done, target, params["max_percent"])
    assert shape == "improvement"
    if baseline is None:
        return 0
    of_seven_days = max(baseline, LOWEST_WEEK[rules["measure"]]) * ((last - first).days + 1)
    return _share(7 * 100_000 * done, of_seven_days, params["max_percent"])


def _weeks(amounts: dict[date, int]) -> list[list[int]]:
    weeks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for day, amount in amounts.items():
        weeks[day.isocalendar()[:2]].append(amount)
    return list(weeks.values())


def _week(week: list[int], shape: str, params: dict[str, Any]) -> int:
    if shape == "weekly_cap":
        return min(sum(week), int(params["cap"]))
    return sum(sorted(week, reverse=True)[: params["days"]])


def _steps(metres: int, params: dict[str, Any]) -> int:
    if metres == 0 or metres < params["min_m"]:
        return 0
    near, beyond = min(metres, params["knee"]), max(0, metres - params["knee"])
    millimetres = 1000 * (near * params["rate"] + beyond * params["rate_beyond"])
    points: int = params["out"] * 1000 + millimetres * 1000 // (1_609_344 if params["per"] == "mi" else 1_000_000)
    return points


def second_saddles(metres: int) -> int:
    """Return the published points of a day in thousandths; the mile of a watch is 1,609 whole metres."""
    if metres < 1609:
        return 0
    d = Decimal(metres) / Decimal("1609.344")
    points = 10 + Decimal("0.5") * (21 * d - d**2) if d <= 10 else 65 + d - 10
    return int((points * 1000).quantize(Decimal(1), ROUND_HALF_EVEN))


def _longest_streak(days: list[date], rest: int) -> int:
    longest = 0
    for start in range(len(days)):
        length = 1
        while start + length < len(days) and (days[start + length] - days[start + length - 1]).days - 1 <= rest:
            length += 1
        longest = max(longest, length)
    return longest


def _share(part: int, whole: int | None, most: int) -> int:
    return min(part // whole, most * 1000) if whole else 0


def second_met(total: int, rules: Rules, target: int | None) -> bool:
    """Return whether who has this total has got where they set out to."""
    if rules["shape"] in ("target_share", "improvement"):
        return total >= 100_000
    return target is not None and total >= target


def second_team_sums(values: dict[date, int], stints: list[tuple[int, date, date | None]]) -> dict[int, list[int]]:
    """Return what each team has of one runner's days: [sum, days]."""
    sums: dict[int, list[int]] = {}
    for day, value in values.items():
        for team, start, end in stints:
            if day >= start and (end is None or day <= end):
                sums.setdefault(team, [0, 0])
                sums[team][0] += value
                sums[team][1] += 1
    return sums


def second_team_score(members: list[Member], kind: str, best: int) -> Fraction:
    """Return a team's score. Members: total (for this team), days, met, now (is it their team now?)."""
    ran = [member for member in members if member["days"] > 0]
    totals = sorted((Fraction(member["total"]) for member in ran), reverse=True)
    if kind == "met":
        size = max(len([member for member in members if member["now"]]), len(ran))
        return Fraction(100_000 * len([member for member in ran if member["met"]]), size or 1)
    if not totals:
        return Fraction(0)
    if kind == "average":
        return sum(totals, Fraction(0)) / len(totals)
    if kind == "median":
        return Fraction(median(totals))
    return sum(totals[:best] if kind == "best" else totals, Fraction(0))

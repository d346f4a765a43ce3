"""What a burst showed: answers, times to the boards, reads, and whether the boards are right."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from statistics import median
from typing import Any

from tests.load.burst.mix import Mix
from tests.load.burst.sender import Answered

# Strava's own patience, and our aim.
ANSWER_S, BOARD_S = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How times lie, in seconds."""

    median: float = 0.0
    p95: float = 0.0
    worst: float = 0.0


@dataclass(frozen=True)
class Report:
    """Times in milliseconds (answers) and seconds (boards). A run is on "its first board" and on "all its boards"."""

    events: int
    refused_or_late: int
    forged: dict[str, int]
    answer_median_ms: float
    answer_p99_ms: float
    answer_worst_ms: float
    runs_on_boards: int
    never_shown: int
    first_board: Spread
    all_boards: Spread
    drained_s: float
    # By kind of call.
    reads: dict[str, int]
    jobs: int
    jobs_failed: int
    cpu: dict[str, float]
    wrong: list[str]

    @property
    def core_ms(self) -> dict[str, float]:
        """Return the milliseconds of one core for an event answered, and for a read with everything that follows: the
        jobs' own and the database's. (The database's part of the events is among the latter.)"""
        reads, forged = max(1, sum(self.reads.values())), sum(self.forged.values())
        return {
            "event": round(1000 * self.cpu["web"] / (self.events + forged), 1),
            "read": round(1000 * self.cpu["jobs"] / reads, 1),
            "database": round(1000 * self.cpu["postgres"] / reads, 1),
        }

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        boards = {"first_board_s": found.pop("first_board"), "all_boards_s": found.pop("all_boards")}
        return found | boards | {"core_ms": self.core_ms, "wrong": len(self.wrong)}


def of_answers(answers: Sequence[Answered]) -> dict[str, Any]:
    """Return the part of a report that is about answers."""
    events = [one for one in answers if one.event.kind != "forged"]
    took = sorted(1000 * one.took for one in events)
    return {
        "events": len(events),
        "refused_or_late": sum(one.status != 200 or one.took > ANSWER_S for one in events),
        "forged": dict(Counter(str(one.status) for one in answers if one.event.kind == "forged")),
        "answer_median_ms": round(median(took), 1),
        "answer_p99_ms": round(took[int(0.99 * len(took))], 1),
        "answer_worst_ms": round(took[-1], 1),
    }


def of_boards(sent: Mapping[int, float], seen: Mapping[int, Sequence[float | None]]) -> dict[str, Any]:
    """Return the part about boards. `sent`: by runner, when the upload was told of; `seen`: when each of the boards
    that it changes showed it."""
    shown = {runner: [when for when in times if when is not None] for runner, times in seen.items()}
    missing = sum(None in times for times in seen.values())
    first = sorted(min(times) - sent[runner] for runner, times in shown.items() if times)
    last = sorted(max(times) - sent[runner] for runner, times in shown.items() if times)
    return {
        "runs_on_boards": len(seen),
        "never_shown": missing,
        "first_board": _spread(first),
        "all_boards": _spread(last),
    }


def _spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread()
    return Spread(round(median(values), 2), round(values[int(0.95 * len(values))], 2), round(values[-1], 2))


def table(mix: Mix, found: Mapping[str, Report]) -> str:
    """Return what to print."""
    lines = [f"{mix.events} events and {mix.forged} forged ones in a minute; {mix.reads_owed} reads are owed.", ""]
    lines.append(f"{'':44}" + "".join(f"{name:>22}" for name in found))

    def line(title: str, *values: object) -> None:
        lines.append(f"{title:44}" + "".join(f"{value!s:>22}" for value in values))

    every = list(found.values())
    line("answered 200 within 2 s", *(f"{one.events - one.refused_or_late} of {one.events}" for one in every))
    line("  median, p99, worst, ms", *(_three(_of(one, "answer")) for one in every))
    line("forged ones refused", *(", ".join(f"{n} x {s}" for s, n in one.forged.items()) for one in every))
    line("upload to its first board, s: median, p95, worst", *(_three(astuple(one.first_board)) for one in every))
    line("upload to all its boards, s", *(_three(astuple(one.all_boards)) for one in every))
    line("  of this many runs; never shown", *(f"{one.runs_on_boards}; {one.never_shown}" for one in every))
    line("queue empty after, s", *(f"{one.drained_s:.1f}" for one in every))
    line("reads spent", *(f"{sum(one.reads.values())} {tuple(one.reads.values())}" for one in every))
    line("jobs done; failed", *(f"{one.jobs}; {one.jobs_failed}" for one in every))
    for part in every[0].cpu:
        line(f"seconds of a core: {part}", *(one.cpu.get(part, "") for one in every))
    for what in every[0].core_ms:
        line(f"ms of a core: {what}", *(one.core_ms[what] for one in every))
    line("not as the second opinion says", *(len(one.wrong) for one in every))
    lines += [f"  {name}: {fault}" for name, one in found.items() for fault in one.wrong[:10]]
    return "\n".join(lines) + "\n"


def _of(one: Report, what: str) -> tuple[float, float, float]:
    median_ms, p99_ms, worst_ms = (getattr(one, f"{what}_{which}_ms") for which in ("median", "p99", "worst"))
    return median_ms, p99_ms, worst_ms


def _three(values: tuple[float, float, float]) -> str:
    return " / ".join(f"{value:g}" for value in values)

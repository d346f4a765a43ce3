"""What others see of a board a second time, as plainly as it can be written, over a list of entries.

Nothing of the application is imported here: what both say the same is worth something. An entry is a dictionary: id,
total, level ("totals", "points" or "hidden"), team. Slow on purpose.
"""

from typing import Any

Entry = dict[str, Any]


def second_rows(entries: list[Entry], *, in_points: bool, final: bool) -> list[tuple[Any, ...]]:
    """Return (id, rank, total, gap) of each row in order; None is "not shown".

    `final`: hidden entries were on the board when it was frozen, and keep their place without being named.
    """
    there = _there(entries, final)
    shown = [entry for entry in entries if entry["level"] != "hidden"]
    shown.sort(key=lambda entry: (-entry["total"], _is_dark(entry, in_points), entry["id"]))
    return [_row(entry, there, in_points) for entry in shown]


def _there(entries: list[Entry], final: bool) -> list[Entry]:
    return [entry for entry in entries if final or entry["level"] != "hidden"]


def _is_dark(entry: Entry, in_points: bool) -> bool:
    """Return whether nobody sees the total of an entry."""
    return entry["level"] == "hidden" or (entry["level"] == "points" and not in_points)


def _row(entry: Entry, there: list[Entry], in_points: bool) -> tuple[Any, ...]:
    total, dark = entry["total"], _is_dark(entry, in_points)
    before = [other for other in there if other["total"] > total]
    if dark:
        before += [other for other in there if other["total"] == total and not _is_dark(other, in_points)]
    rank = 1 + len(before) if total else None
    gap = None
    if entry["level"] == "totals" and total and before:
        nearest = min(other["total"] for other in before)
        if any(other["total"] == nearest and not _is_dark(other, in_points) for other in before):
            gap = nearest - total
    return entry["id"], rank, None if dark else total, gap


def second_sum(entries: list[Entry], *, in_points: bool, final: bool) -> int | None:
    """Return what they have together; None where the sum has a total in it that nobody sees."""
    there = _there(entries, final)
    if any(entry["total"] and _is_dark(entry, in_points) for entry in there):
        return None
    return sum(int(entry["total"]) for entry in there)


def second_team_ranks(sums: list[tuple[int, int | None]]) -> list[int | None]:
    """Return the ranks of teams; each is (what it has, what is shown of it)."""
    return [
        1
        + sum(other > mine for other, _ in sums)
        + sum(other == mine and seen is not None for other, seen in sums if shown is None)
        if mine
        else None
        for mine, shown in sums
    ]

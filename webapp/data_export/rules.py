"""What is stored about a runner, in words: how the page groups it, and how the copy writes values."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from webapp.data_export.inventory import INVENTORY
from webapp.data_export.kinds import Kind

# The version of the copy; it moves when a column changes its meaning or is removed.
FORMAT = 2

# A spreadsheet takes a text that begins like this for a formula, and works it out.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def scopes_in_words(scopes: Collection[str]) -> str:
    """Return what somebody allowed on Strava's page."""
    words = {
        "read": "your profile",
        "activity:read": "your activities",
        "activity:read_all": "those that only you can see",
    }
    return ", ".join(said for scope, said in words.items() if scope in scopes) or "nothing"


def kept_in_words(kind: Kind, raw_days: str) -> str:
    """Return how long rows of a kind are kept; `raw_days`: how long titles and devices are, in words."""
    return kind.kept.format(raw_days=raw_days)


def plain(value: Any) -> Any:
    """Return a value as JSON takes it: dates and moments as ISO 8601 says, moments to the second, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def cell(value: Any) -> str:
    """Return a value as a cell of a table that no spreadsheet takes for a formula.

    A text that looks like one gets a ' in front, as spreadsheets themselves write it. Nothing is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    return str(plain(value))


def read_me(exported_at: datetime, raw_days: str) -> str:
    """Return the text that explains the copy: its files, and each of their columns."""
    lines = [
        "Everything that is held about you here",
        f"Made on {plain(exported_at)}, format {FORMAT}.",
        "",
        "everything.json holds all of it; each .csv file holds one kind of rows (UTF-8, commas, one line of names).",
        "Dates look like 2026-11-12, times like 2026-11-12T07:00:00Z (UTC). An empty cell means “nothing”.",
        "In .csv files a text that begins like a formula has a ' in front of it.",
        "",
        *(line for kind in INVENTORY.values() for line in _explained(kind, raw_days)),
    ]
    return "\n".join(lines)


def _explained(kind: Kind, raw_days: str) -> Iterable[str]:
    yield f"{kind.file}.csv: {kind.words}"
    yield f"  {kind.about}"
    yield f"  Kept {kept_in_words(kind, raw_days)}."
    yield from (f"    {name}: {meaning}" for name, meaning in kind.columns.items())
    yield ""


# Each rank in a row of the copy, and the total that it goes with.
_TOTAL_OF = {"rank": "total", "rank_before": "total_before", "rank_after": "total_after"}


def ranked_by_score(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the copy without ranks that go with a total of zero: no score, no place."""
    at_zero = {rank for rank, total in _TOTAL_OF.items() if rank in row and not row[total]}
    return {name: None if name in at_zero else value for name, value in row.items()}

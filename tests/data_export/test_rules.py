"""What is held, in words, and as cells that no spreadsheet works out."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.data_export.inventory import INVENTORY, SECTIONS
from webapp.data_export.rules import cell, kept_in_words, plain, ranked_by_score, read_me, scopes_in_words

SECURITY = Path(__file__).parent.parent.parent / "docs" / "security.md"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-18_000, "-18000"),
        (date(2026, 11, 2), "2026-11-02"),
        (datetime(2026, 11, 2, 8, tzinfo=timezone(timedelta(hours=1))), "2026-11-02T07:00:00Z"),
        ("Lake loop", "Lake loop"),
        ('=HYPERLINK("http://evil.example","me")', '\'=HYPERLINK("http://evil.example","me")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("3 x 1 km = 3 km", "3 x 1 km = 3 km"),
    ],
)
def test_a_cell_holds_what_was_there_and_no_formula(value: object, written: str) -> None:
    assert cell(value) == written


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell(text).removeprefix("'") == text.removeprefix("'")


def test_moments_are_in_utc_and_the_rest_is_as_it_was() -> None:
    assert plain(datetime(2026, 11, 2, 7, tzinfo=UTC)) == "2026-11-02T07:00:00Z"
    assert plain({"private": "true"}) == {"private": "true"}


def test_every_kind_stands_in_a_section_and_has_a_file_of_its_own() -> None:
    assert {kind.section for kind in INVENTORY.values()} == set(SECTIONS)
    assert len({kind.file for kind in INVENTORY.values()}) == len(INVENTORY)


def test_the_docs_list_every_kind_and_how_long_it_is_kept() -> None:
    raw = "`RAW_DAYS` days"
    rows = [f"| {kind.words} | {kept_in_words(kind, raw)} |" for kind in INVENTORY.values()]
    assert SECURITY.read_text().partition("| --- | --- |\n")[2].partition("\n\n")[0].splitlines() == rows


def test_a_total_of_zero_has_no_rank_in_the_copy() -> None:
    assert ranked_by_score({"place": 4, "rank": 3, "total": 0}) == {"place": 4, "rank": None, "total": 0}
    assert ranked_by_score({"rank": 3, "total": 9}) == {"rank": 3, "total": 9}
    change = {"rank_before": 2, "total_before": 0, "rank_after": 1, "total_after": 5}
    assert ranked_by_score(change) == {**change, "rank_before": None}
    assert ranked_by_score({"name": "Ana"}) == {"name": "Ana"}


def test_how_long_is_said_with_the_days_that_are_set() -> None:
    assert "6 days at least" in kept_in_words(INVENTORY["runs"], "6 days")


def test_the_text_beside_the_tables_names_every_file_and_column() -> None:
    text = read_me(datetime(2026, 11, 12, tzinfo=UTC), "6 days")
    assert "{raw_days}" not in text
    for kind in INVENTORY.values():
        assert f"{kind.file}.csv" in text
        assert all(f"    {name}: {meaning}" in text for name, meaning in kind.columns.items())


def test_what_was_allowed_is_said_in_words() -> None:
    assert scopes_in_words({"read", "activity:read"}) == "your profile, your activities"
    assert scopes_in_words({"activity:read_all", "activity:read"}) == "your activities, those that only you can see"
    assert scopes_in_words(set()) == "nothing"

"""Capacity on paper: the model against processes that can be counted, and its tables as the documents have them."""

from pathlib import Path

import pytest

from ops import capacity
from ops.capacity_model import (
    GRANTS,
    Life,
)

LIFE = Life()
DOCUMENT = Path(__file__).parents[2] / "docs" / "capacity.md"


def test_the_document_shows_the_tables_as_they_are_computed() -> None:
    shown = DOCUMENT.read_text()
    assert [table.splitlines()[0] for table in capacity.tables(LIFE, GRANTS) if table not in shown] == []


def test_numbers_of_ones_own_get_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert capacity.main(["--reads", "400,5000", "--seats", "500"]) == 0
    assert "| yours | 400 / 5,000 |" in capsys.readouterr().out

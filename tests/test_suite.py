"""The suite itself: where tests are, which database they run on, and what a process gets first (tests/README.md)."""

import re
from pathlib import Path

import pytest
from flask import Flask

from ops.tests_of import mirror_of, where_tested
from ops.tests_of import modules as modules_of
from tests.support.distribution import APART, LONGEST, TOGETHER, piece_of, turn_of
from webapp.db import db

TESTS = Path(__file__).parent
ON_BOTH = ("test_at_once.py", "test_requests_at_once.py")
# They go through the whole application, so that nothing fails on PostgreSQL unseen.
WALKS = ("test_hostile_requests.py", "end_to_end/test_boards_on_the_real_log.py", "journeys/test_a_month_goes_by.py")
IMPORTS_A_TEST = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*test_\w+", re.MULTILINE)
REPLACES = re.compile(r"monkeypatch\.(?:set|del)attr\(|^(?:from|import) unittest", re.MULTILINE)
RULES = re.compile(r"(?:^|_)rules\.py$")
MARKED = re.compile(r"^pytestmark = pytest\.mark\.both_databases\b", re.MULTILINE)


def modules(*names: str) -> list[Path]:
    return sorted(path for name in names for path in TESTS.rglob(name))


def is_marked(module: Path) -> bool:
    return MARKED.search(module.read_text()) is not None


def test_modules_about_the_database_run_on_both() -> None:
    assert [str(module) for module in modules(*ON_BOTH) if not is_marked(module)] == []
    assert [name for name in WALKS if "postgresql" not in (TESTS / name).read_text()] == []


def test_each_module_of_the_rulebook_is_tested_in_the_file_of_its_name() -> None:
    named = modules_of("webapp/rulebook")
    assert sorted(str(path) for path in named if not (TESTS.parent / mirror_of(path)).exists()) == []


def test_rules_are_tested_in_the_folder_of_their_package() -> None:
    """In the file of their name; a situation that needs several modules may have a file of its own instead."""
    found = [path for path in modules_of("webapp") if RULES.search(path.name)]
    assert len(found) > 30
    assert [str(path) for path in found if where_tested(path)[0].parent != mirror_of(path).parent] == []


def test_no_module_imports_a_test_module() -> None:
    """What tests share is in `tests/support` or in a conftest."""
    assert [str(module) for module in modules("*.py") if IMPORTS_A_TEST.search(module.read_text())] == []


def test_no_test_replaces_a_part_of_ours() -> None:
    """A test gives a function other values, or a real part that behaves otherwise (README.md)."""
    replaced = [str(module) for module in modules("*.py") if REPLACES.search(module.read_text())]
    assert replaced == []


def test_modules_about_pages_mark_single_tests_at_most() -> None:
    assert [str(module) for module in modules("test_*views.py", "test_*forms.py") if is_marked(module)] == []


@pytest.mark.both_databases
def test_a_marked_test_has_the_database_that_it_is_named_after(app: Flask, request: pytest.FixtureRequest) -> None:
    assert request.node.name.endswith(f"[{db.engine.dialect.name}]")


def test_an_unmarked_test_has_sqlite_unless_both_are_asked_for(app: Flask, request: pytest.FixtureRequest) -> None:
    assert db.engine.dialect.name == "sqlite" or request.config.getoption("databases") == "both"


@pytest.mark.only_sqlite
def test_what_only_sqlite_can_show_has_sqlite(app: Flask) -> None:
    assert db.engine.dialect.name == "sqlite"


@pytest.mark.only_postgresql
def test_what_only_postgresql_can_show_has_postgresql(app: Flask) -> None:
    assert db.engine.dialect.name == "postgresql"


def test_what_takes_longest_comes_first() -> None:
    long, short = "tests/end_to_end/test_boards_equal_strava.py::test_boards", "tests/test_crypto.py::test_seal"
    assert sorted([short, long], key=turn_of) == [long, short]
    assert [path for path in (*LONGEST, *APART, *TOGETHER) if not (TESTS.parent / path).exists()] == []


def test_a_module_is_one_piece_of_work_unless_its_tests_take_minutes_or_its_folder_shares_fixtures() -> None:
    assert piece_of("tests/test_crypto.py::test_seal[a::b]") == "tests/test_crypto.py"
    alone = "tests/end_to_end/test_boards_equal_strava.py::test_boards[sqlite]"
    assert piece_of(alone) == alone
    shared = ("tests/ops/running/test_logs.py::test_it", "tests/ops/running/test_going_on.py::test_it")
    assert {piece_of(test) for test in shared} == {"tests/ops/running/"}

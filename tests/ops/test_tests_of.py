"""Where the tests of a module are."""

from pathlib import Path

import pytest

from ops.tests_of import CODE, ROOT, modules, where_tested


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("webapp/rulebook/units.py", "tests/rulebook/test_units.py"),
        ("jobs/delayed.py", "tests/jobs/test_delayed.py"),
        # By what imports it, by what uses it, and a page.
        ("webapp/chase/pair_queries.py", "tests/chase/test_reads.py"),
        ("webapp/rule_changes/queries.py", "tests/pages/test_board.py"),
        ("webapp/entries/views.py", "tests/entries"),
    ],
)
def test_they_are_found_by_its_name_by_its_imports_through_what_uses_it_or_in_its_folder(
    module: str, tests: str
) -> None:
    assert where_tested(Path(module))[0] == Path(tests)


def test_no_module_is_without_any() -> None:
    missing = [str(module) for module in modules(*CODE) if not (ROOT / where_tested(module)[0]).exists()]
    assert missing == []

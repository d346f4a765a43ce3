"""`make tests-of FILE=webapp/chase/pair_queries.py`: print where the tests of a module are.

They are in the file of its name, and in the test files that import it. A module with neither is tested through those
that use it; a page or a command, which only the application knows by its address, in the folder of its package.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ("webapp", "integrations", "jobs", "ops")
# It imports every package, to put the application together.
FACTORY = Path("webapp/factory.py")


def main() -> int:
    module = Path(sys.argv[1]).resolve()
    if not module.is_relative_to(ROOT) or module.relative_to(ROOT) not in modules(*CODE):
        print(f"{sys.argv[1]} is no module of {', '.join(CODE)}.", file=sys.stderr)
        return 1
    print(*where_tested(module.relative_to(ROOT)), sep="\n")
    return 0


def mirror_of(module: Path) -> Path:
    """Return the test file of a module's name: that of `webapp/x/y.py` is `tests/x/test_y.py`."""
    parts = module.parts[1:] if module.parts[0] == "webapp" else module.parts
    return Path("tests", *parts[:-1], f"test_{parts[-1]}")


def where_tested(module: Path) -> list[Path]:
    """Return the test files of a module; at least one file or folder, the nearest first."""
    named = [mirror_of(module)] * (ROOT / mirror_of(module)).exists()
    tests = (path for path in modules("tests") if path.name.startswith("test_") and path not in named)
    near = mirror_of(module).parent
    importing = (path for path in tests if module in imported_by(path))
    found = named + sorted(importing, key=lambda path: (path.parent != near, path))
    if found:
        return found
    users = sorted(path for path in modules(*CODE) if module in imported_by(path) and path != FACTORY)
    through = dict.fromkeys(found for user in users for found in where_tested(user))
    return list(through) or [mirror_of(module).parent]


@cache
def modules(*folders: str) -> frozenset[Path]:
    """Return the modules below these folders, by their paths in the repository."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return frozenset(path for path in found if path.name != "__init__.py")


@cache
def imported_by(path: Path) -> frozenset[Path]:
    """Return the modules of ours that one imports."""
    names = _imported(ast.parse((ROOT / path).read_text()))
    return frozenset(Path(*name.split(".")).with_suffix(".py") for name in names) & modules(*CODE, "tests")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    sys.exit(main())

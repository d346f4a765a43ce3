"""What each role may do, and that only the table of permissions says so."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from webapp.groups.permissions import ROLES, Permission, may
from webapp.models.words import Role

ROOT = Path(__file__).parent.parent.parent
WORDS = ROOT / "webapp" / "models" / "words.py"
QUOTED_ROLE = re.compile(rf"""[=(,\[]\s*["']({"|".join(Role)})["']""")
ASKED = re.compile(r"""is (?:not )?allowed_to\((?:"(\w+)")?""")


@dataclass(frozen=True, slots=True)
class Someone:
    role: Role


def test_every_permission_belongs_to_an_organiser_or_stands_in_for_one() -> None:
    assert ROLES.keys() == set(Permission)
    apart = {permission for permission in Permission if not may(Someone(Role.ORGANISER), permission)}
    assert apart == {Permission.STAND_IN_FOR_ORGANISERS}


BESIDES_SEEING = {
    Role.CAPTAIN: {Permission.STAND_IN_FOR_ORGANISERS, Permission.PLAN_RUNS, Permission.SEE_MISSING},
    Role.COACH: {Permission.STAND_IN_FOR_ORGANISERS, Permission.PLAN_RUNS},
    Role.RUN_LEADER: {Permission.ANSWER_REQUESTS, Permission.PLAN_RUNS},
    Role.MEMBER: set[Permission](),
}


@pytest.mark.parametrize("role", BESIDES_SEEING)
def test_others_see_the_group_and_do_what_belongs_to_their_role(role: Role) -> None:
    theirs = {permission for permission in Permission if may(Someone(role), permission)}
    assert theirs == {Permission.SEE_GROUP} | BESIDES_SEEING[role]


def test_an_unknown_permission_is_an_error_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        may(Someone(Role.ORGANISER), "fly")  # type: ignore[arg-type]  # as a template could write it


def roles_as_text(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and node.value in set(Role):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def templates() -> list[Path]:
    return sorted((ROOT / "webapp" / "templates").rglob("*.html"))


def test_no_code_writes_a_role_as_text() -> None:
    files = [path for folder in ("webapp", "jobs", "ops") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert [place for path in files if path != WORDS for place in roles_as_text(path)] == []


def test_no_template_compares_roles() -> None:
    lines = [(path, line) for path in templates() for line in path.read_text().splitlines()]
    assert [f"{path.name}: {line.strip()}" for path, line in lines if QUOTED_ROLE.search(line)] == []


def test_templates_ask_for_permissions_that_exist() -> None:
    asked = {name for path in templates() for name in ASKED.findall(path.read_text())}
    assert asked and asked <= set(Permission)

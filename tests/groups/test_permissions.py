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


@pytest.mark.parametrize("role", [Role.CAPTAIN, Role.COACH, Role.MEMBER])
def test_others_see_the_group_and_captains_and_coaches_stand_in(role: Role) -> None:
    theirs = {permission for permission in Permission if may(Someone(role), permission)}
    stands_in = set() if role == Role.MEMBER else {Permission.STAND_IN_FOR_ORGANISERS}
    assert theirs == {Permission.SEE_GROUP} | stands_in


def test_a_run_leader_answers_requests_to_join() -> None:
    theirs = {permission for permission in Permission if may(Someone(Role.RUN_LEADER), permission)}
    assert theirs == {Permission.SEE_GROUP, Permission.ANSWER_REQUESTS}


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

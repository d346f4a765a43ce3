"""What import-linter cannot check: sizes, one clock, no hidden imports, and jobs with names that exist."""

import ast
import importlib
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from webapp.job_names import FORMER_NAMES, Job
from webapp.privacy.switch_rules import SWITCHES

ROOT = Path(__file__).parent.parent
PACKAGES = ("webapp", "integrations", "jobs", "ops")
OURS = (*PACKAGES, "tests", "wsgi", "migrations")

MAX_LINES, MEDIAN_LINES, MAX_FUNCTION, MAX_DECISION = 400, 10, 30, 25
MAX_TEMPLATE_LINE = 200
# What few processes need and what makes the start of each of them slow.
IMPORTED_LATE = {"integrations.strava.protocol"}
EXCEPTION = re.compile(r"# (type: ignore|noqa)")
EXCEPTION_WITH_REASON = re.compile(r"# (type: ignore\[[^]]+\]|noqa: [A-Z0-9]+) +[#\w]+")
# The roles of modules, each with how high it stands in its package: `views`, and `status_views`, too. A `page_context`
# is what pages of other packages show of this one.
ROLES = {"rules": 0, "queries": 1, "service": 1, "forms": 2, "context": 3, "views": 4}
# Besides them, `cli.py`. The rulebook, the models and the pages name their modules by subject.
BY_SUBJECT = {"rulebook", "models", "pages"}
MAX_OTHER_MODULES = 22
# Classes that share their name with another one, in packages that make the difference obvious.
SHARED_NAMES = {"ConsentForm", "Limits", "NotEntered", "PushSubscription"}
JOB_NAME = re.compile(r"jobs\.[a-z_]+\.[a-z_]+")
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


@dataclass(frozen=True, slots=True)
class Import:
    module: str
    name: str | None
    line: int
    inside_function: bool


@dataclass(frozen=True, slots=True)
class Source:
    module: str
    path: Path
    tree: ast.Module

    def at(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"


@cache
def sources() -> list[Source]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [Source(_module_of(path), path, ast.parse(path.read_text())) for path in files]


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts)


@cache
def imports_of(source: Source) -> tuple[Import, ...]:
    return tuple(_imports_of(source))


def _imports_of(source: Source) -> Iterator[Import]:
    inside = {id(node) for function in functions_of(source) for node in ast.walk(function)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno, id(node) in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.at(node.lineno)}: imports are absolute here"
            module = node.module or ""
            yield from (Import(module, alias.name, node.lineno, id(node) in inside) for alias in node.names)


def functions_of(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@cache
def all_modules() -> frozenset[str]:
    return frozenset(source.module for source in sources())


def role_of(module: str) -> str | None:
    last = module.rpartition(".")[2].rpartition("_")[2]
    return last if last in ROLES else None


def complaints(check: Callable[[Source, Import], str | None]) -> list[str]:
    """Return a line for every import that `check` finds fault with."""
    return [
        f"{source.at(found.line)}: {fault}"
        for source in sources()
        for found in imports_of(source)
        if (fault := check(source, found))
    ]


def test_services_and_queries_know_no_request_and_no_session() -> None:
    def check(source: Source, found: Import) -> str | None:
        if role_of(source.module) not in ("service", "queries"):
            return None
        whole = found.module == "flask" and found.name is None
        of_view = found.module == "flask" and found.name in ("request", "session", "g")
        return f"imports flask.{found.name}" if whole or of_view else None

    assert complaints(check) == []


def test_a_module_of_a_package_imports_no_role_above_its_own() -> None:
    """The contract of import-linter knows only whole names; here `status_views` counts as views."""

    def check(source: Source, found: Import) -> str | None:
        whole = f"{found.module}.{found.name}"
        module = whole if whole in all_modules() else found.module
        ours, other = role_of(source.module), role_of(module)
        is_near = module.rpartition(".")[0] == source.module.rpartition(".")[0] and module.count(".") == 2
        rises = is_near and ours and other and ROLES[other] > ROLES[ours]
        return f"{ours} import {module}" if rises else None

    assert complaints(check) == []


def test_modules_are_named_after_their_role() -> None:
    """A module of another name is the one noun of its package that no role describes."""
    features = [source.module for source in sources() if source.module.startswith("webapp.")]
    inside = [module.split(".") for module in features if module.count(".") == 2 and not module.endswith("__init__")]
    named = {*ROLES, "cli"}
    others = [
        module for _, package, module in inside if package not in BY_SUBJECT and module.split("_")[-1] not in named
    ]
    assert len(others) <= MAX_OTHER_MODULES, sorted(others)


def test_classes_share_a_name_only_where_that_misleads_nobody() -> None:
    classes = [node.name for source in sources() for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)]
    assert {name for name, count in Counter(classes).items() if count > 1} == SHARED_NAMES


def test_no_import_hides_inside_a_function() -> None:
    def check(_source: Source, found: Import) -> str | None:
        hides = found.inside_function and found.module not in IMPORTED_LATE
        return "import inside a function" if hides else None

    assert complaints(check) == []


def test_a_migration_imports_nothing_of_ours_so_it_always_does_the_same() -> None:
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    steps = [Source(path.stem, path, ast.parse(path.read_text())) for path in files]
    found = [f"{step.at(line.line)}: imports {line.module}" for step in steps for line in imports_of(step)]
    assert steps and [line for line in found if line.split()[-1].split(".")[0] in OURS] == []


def test_importing_webapp_loads_nothing() -> None:
    assert (ROOT / "webapp" / "__init__.py").read_text().strip() == ""


def test_the_time_is_read_in_one_place() -> None:
    faults = [
        f"{source.at(node.lineno)}: {call}"
        for source in sources()
        if source.module != "webapp.clock"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and (call := ".".join(ast.unparse(node.func).split(".")[-2:])) in CLOCK_CALLS
    ]
    assert faults == []
    assert (
        complaints(
            lambda _s, found: "from time import time" if (found.module, found.name) == ("time", "time") else None
        )
        == []
    )


def test_rules_queries_and_services_take_the_time_as_an_argument() -> None:
    """Views, jobs and commands read the clock; so the same arguments always give the same answer."""

    def check(source: Source, found: Import) -> str | None:
        is_told = role_of(source.module) in ("rules", "queries", "service") or source.module.split(".")[1] == "rulebook"
        reads = (found.module, found.name) == ("webapp.extensions", "clock")
        return "reads the clock" if source.module.startswith("webapp.") and is_told and reads else None

    assert complaints(check) == []


def test_a_job_is_named_in_one_place() -> None:
    faults = [
        f"{source.at(node.lineno)}: {node.value}"
        for source in sources()
        if source.module != "webapp.job_names"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and JOB_NAME.fullmatch(node.value)
    ]
    assert faults == []


def test_every_job_is_a_function_of_its_name() -> None:
    found = {job: job.value.rpartition(".") for job in Job}
    assert [job for job, (module, _, name) in found.items() if job.name != name.upper()] == []
    functions = {job: getattr(importlib.import_module(module), name, None) for job, (module, _, name) in found.items()}
    assert [job for job, function in functions.items() if not callable(function)] == []


def test_a_former_name_of_a_job_is_no_name_of_today() -> None:
    assert FORMER_NAMES.keys() & set(Job) == set()


def test_the_schedule_loads_nothing_of_the_application() -> None:
    loaded = "import sys, jobs.schedule; print(*(name for name in ('flask', 'sqlalchemy') if name in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", loaded], text=True, cwd=ROOT).split() == []


def test_one_module_says_whose_consent_holds() -> None:
    """Others take its condition; the table, its writer and the copy of one's data name the column."""
    named = {source.module for source in sources() if "withdrawn_at" in source.path.read_text()}
    writers = {"webapp.models.groups", "webapp.memberships.service", "webapp.memberships.consent_service"}
    copies = {"webapp.data_export.runner_kinds"}
    assert named == {"webapp.privacy.queries", *writers, *copies}


def test_one_module_says_what_a_switch_shows() -> None:
    """Others ask `shows` and `switched_on`; the table and the list of switches name the columns."""
    column = re.compile(rf"\b({'|'.join(switch.column for switch in SWITCHES)})\b")
    named = {source.module for source in sources() if column.search(source.path.read_text())}
    through = {source.module for source in sources() if "switch.column" in source.path.read_text()}
    assert named == {"webapp.models.groups"}
    writers, copies = {"webapp.memberships.consent_service"}, {"webapp.data_export.runner_kinds"}
    assert through == {"webapp.privacy.queries", *writers, *copies}


def test_nobody_goes_round_the_gate() -> None:
    """The gate caps what members chose by what the installation shares; the rules behind it do not."""

    def check(source: Source, found: Import) -> str | None:
        asks = found.module == "webapp.privacy.rules" and found.name in ("may_see", "shared", "shows_rank_only")
        return f"asks the rules for {found.name}" if asks and not source.module.startswith("webapp.privacy.") else None

    assert complaints(check) == []


def test_levels_are_compared_in_one_place() -> None:
    """Others ask whether totals are shared; members choose a level, and a hidden one is told so."""
    compares = re.compile(r"level (==|!=) ConsentLevel")
    named = {source.module for source in sources() if compares.search(source.path.read_text())}
    told = {"webapp.memberships.consent_service"}
    assert {name for name in named if not name.startswith("webapp.privacy.")} == told


def test_the_table_of_permissions_says_who_organises() -> None:
    """Others ask for a permission, or with `is_organiser` for the role; they give it, and call it by a word."""
    compares = re.compile(r"[!=]= Role\.ORGANISER")
    named = {source.module for source in sources() if compares.search(source.path.read_text())}
    assert named == set()


def test_every_exception_from_a_check_says_why() -> None:
    files = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]
    faults = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if EXCEPTION.search(line) and not EXCEPTION_WITH_REASON.search(line)
    ]
    assert faults == []


def test_records_are_dataclasses_except_in_measured_loops() -> None:
    """The exceptions, with what was measured, are in decision 43."""
    named_tuples = {
        node.name
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases)
    }
    assert named_tuples == {"Run", "DayValue", "LedgerValue", "PlacedRow", "BoardRow"}


def test_a_frozen_record_has_slots() -> None:
    without = [
        f"{source.at(node.lineno)}: {node.name}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and "dataclass(frozen=True)" in map(ast.unparse, node.decorator_list)
    ]
    assert without == []


def test_files_are_short_enough_to_be_read() -> None:
    files = [*(source.path for source in sources()), *sorted((ROOT / "tests").rglob("*.py"))]
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_lines_of_templates_fit_a_screen() -> None:
    lines = {
        f"{path.relative_to(ROOT)}:{number}": len(line)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
    }
    assert {place: length for place, length in lines.items() if length > MAX_TEMPLATE_LINE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{source.at(node.lineno)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for source in sources()
        for node in functions_of(source)
    }
    assert statistics.median(lengths.values()) <= MEDIAN_LINES
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION} == {}


def test_a_decision_is_read_in_a_minute() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    lines = {path.name: len(path.read_text().splitlines()) for path in files}
    assert files and {name: count for name, count in lines.items() if count > MAX_DECISION} == {}

"""The plan of the house, held: floors, arrows, sizes, one clock, and jobs asked for by names that exist."""

import ast
import importlib
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGES = ("webapp", "integrations", "jobs", "ops")
OURS = (*PACKAGES, "tests", "wsgi", "migrations")

# The floor of every module of a package that holds one kind of module.
OF_PACKAGE = {"rulebook": 0, "models": 2, "pages": 4}
# The floor of a module in a feature's folder, by its file name.
ROLES = {"rules": 0, "queries": 3, "service": 3, "forms": 4, "views": 4, "cli": 4, "__init__": 0}
# The same for what stands outside these names; a new one is given its floor here.
FOUNDATION = {
    "config": 1, "clock": 1, "errors": 1, "extensions": 1, "queue": 1, "crypto": 1, "security": 1, "formatting": 0,
    "text": 0, "template_filters": 1, "health": 1,
    "request_guards": 1, "erasure_log": 1, "logs": 1, "log_config": 1, "buffering_worker": 1, "look_alikes": 1,
    "names": 1,
    "job_serializer": 1, "factory": 5, "__init__": 0,
}  # fmt: skip
OTHERS = {
    "webapp.accounts.restoring": 3,  # what is done after a restore
    "webapp.auth.session": 4,  # who is signed in: for views
    "webapp.auth.strava_oauth": 1,  # Authlib's client
    "webapp.challenge_builder.forms": 4,  # forms on which a challenge is built
    "webapp.challenge_builder.views": 4,  # pages on which rules are built and changed
    "webapp.rule_changes.service": 3,  # a change of rules, and what it did
    "webapp.challenge_builder.preview_quota": 3,  # how many previews an organiser may ask for
    "webapp.challenge_builder.preview": 3,  # a past month under other rules
    "webapp.challenge_builder.rule_form": 4,  # forms of rules
    "webapp.rule_changes.queries": 3,  # what is told of changes
    "webapp.entries.baseline_service": 3,  # fixing what entries are measured against
    "webapp.drafts.queries": 3,  # reading the draft
    "webapp.drafts.views": 4,  # pages of captains
    "webapp.drafts.service": 3,  # captains pick their teams
    "webapp.entries.late_entry": 3,  # what counts for who joins under way
    "webapp.challenges.pages": 4,  # what pages of challenges have in common
    "webapp.memberships.views": 4,  # pages of coming into a group and leaving it
    "webapp.entries.views": 4,  # pages of a runner's own part
    "webapp.series.service": 3,  # challenges that renew
    "webapp.series.forms": 4,
    "webapp.series.views": 4,  # pages of challenges that renew
    "webapp.entries.participation": 3,  # a runner's own part in a challenge
    "webapp.teams.balance": 3,  # recent mileage, kept for pages
    "webapp.chase.habits": 3,  # reading what runners do on their own days
    "webapp.scoring.run_verdicts": 3,  # the verdict on each run, for its owner
    "webapp.activities.owners": 3,  # activities that change hands between runners
    "webapp.groups.log": 4,  # the page of the log
    "webapp.groups.audit": 3,  # the log of what was decided
    "webapp.data_export.challenge_columns": 0,  # of these, those in challenges
    "webapp.data_export.columns": 0,  # the kinds of rows that are held about a runner
    "webapp.history.archive": 3,  # reading the closed challenges of a group
    "webapp.history.hall_of_fame_stats": 3,  # who stands in the hall of fame
    "webapp.history.hall_of_fame": 3,  # the same with names
    "webapp.history.my_history": 3,  # reading a runner's own history
    "webapp.history.range_board": 3,  # reading boards over any dates
    "webapp.history.date_ranges": 0,  # which dates and measures those may have
    "webapp.scoring.entry_facts": 3,  # what entries are derived from
    "webapp.leaderboards.publishing": 3,  # boards made from standings
    "webapp.leaderboards.projection": 3,  # the rows that keep a published board
    "webapp.leaderboards.final_board": 3,  # reading final boards
    "webapp.cache": 3,  # what viewers share, by version
    "webapp.leaderboards.rows": 3,  # a row of a board
    "webapp.leaderboards.statements": 3,  # the statements that boards are read by
    "webapp.leaderboards.teams": 3,  # reading teams
    "webapp.leaderboards.group_progress": 3,  # what all have together
    "webapp.leaderboards.page_context": 4,  # who looks at a challenge: for views
    "webapp.sync.status": 0,  # the state of a runner's connection, in words
    "webapp.sync.status_queries": 3,
    "webapp.sync.status_views": 4,
    "webapp.sync.subscription_check": 3,  # is our subscription still at Strava?
    "webapp.sync.signatures": 3,  # signatures of events
    "webapp.seats.ticket": 4,  # the cookie of who waits: for views
    "webapp.admin.clock_steps": 0,  # how far the clock was set
    "webapp.admin.clock_watch": 3,  # watching the clock, and what it set too far ahead
    "webapp.metrics.collector": 3,  # what Prometheus is told
    "webapp.sync.due_connections": 3,  # which connections may be due
    "webapp.sync.lost_access": 3,  # what follows when Strava refuses a token
    "webapp.sync.work_item": 3,  # what there is to do for one runner
    "webapp.sync.pull": 3,  # one pull, which makes its own transactions
    "webapp.sync.fetch": 3,  # the calls of one pull
    "webapp.sync.token_refusals": 0,  # what a refused token means
    "webapp.sync.planning": 3,  # one round of the planner
    "webapp.sync.quota": 3,  # what one runner may have read
    "webapp.sync.plan_report": 3,  # a plan in words
    "webapp.sync.tokens": 3,  # a runner's tokens, renewed by one at a time
    "webapp.sync.windows": 0,  # what to read, and what a read proves
}
FORBIDDEN_ARROWS = {
    "webapp": ("jobs", "ops", "tests", "wsgi"),
    "integrations": ("webapp", "jobs", "ops", "tests", "wsgi"),
    "jobs": ("ops", "tests"),
    "ops": ("tests",),
}
MAX_LINES, MEDIAN_LINES, LONG_FUNCTION = 400, 10, 30
EXCEPTION = re.compile(r"# (type: ignore|noqa)")
EXCEPTION_WITH_REASON = re.compile(r"# (type: ignore\[[^]]+\]|noqa: [A-Z0-9]+) +[#\w]+")
JOB_NAME = re.compile(r"jobs\.\w+\.\w+")
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


class Import(NamedTuple):
    module: str
    name: str | None
    line: int
    inside_function: bool


class Source(NamedTuple):
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


def imports_of(source: Source) -> Iterator[Import]:
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


def target_of(found: Import) -> str:
    """Return our module that an import brings in: `from webapp.groups import queries` is webapp.groups.queries."""
    longer = f"{found.module}.{found.name}"
    for candidate in (longer, f"{longer}.__init__", found.module, f"{found.module}.__init__"):
        if candidate in all_modules():
            return candidate
    return found.module


def floor_of(module: str) -> int:
    package, *rest = module.split(".")
    if package == "integrations":
        return 1
    if package != "webapp":
        return {"jobs": 6, "wsgi": 6, "ops": 7}[package]
    if rest[0] in OF_PACKAGE:
        return OF_PACKAGE[rest[0]]
    if module in OTHERS:
        return OTHERS[module]
    table = FOUNDATION if len(rest) == 1 else ROLES
    assert rest[-1] in table, f"{module} has no floor: give it one of the usual names, or a line in OTHERS"
    return table[rest[-1]]


def complaints(check: Callable[[Source, Import], str | None]) -> list[str]:
    """Return a line for every import that `check` finds fault with."""
    return [
        f"{source.at(found.line)}: {fault}"
        for source in sources()
        for found in imports_of(source)
        if (fault := check(source, found))
    ]


def test_every_import_points_down_the_floors() -> None:
    def check(source: Source, found: Import) -> str | None:
        target = target_of(found)
        if target.split(".")[0] not in PACKAGES or floor_of(source.module) >= floor_of(target):
            return None
        return f"floor {floor_of(source.module)} imports {target} of floor {floor_of(target)}"

    assert complaints(check) == []


def test_the_great_arrows_point_one_way() -> None:
    def check(source: Source, found: Import) -> str | None:
        package, target = source.module.split(".")[0], found.module.split(".")[0]
        return f"{package} imports {target}" if target in FORBIDDEN_ARROWS[package] else None

    assert complaints(check) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {source.module: {target_of(found) for found in imports_of(source)} for source in sources()}
    done: set[str] = set()

    def walk(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"a circle: {' -> '.join([*trail, module])}"
        if module in graph and module not in done:
            for target in sorted(graph[module] - {module}):
                walk(target, (*trail, module))
            done.add(module)

    for module in graph:
        walk(module, ())


def test_the_lowest_floor_imports_only_the_standard_library_and_itself() -> None:
    """Rules, and what rules are made of: pure wherever they stand, by whatever name."""

    def check(source: Source, found: Import) -> str | None:
        if not source.module.startswith("webapp.") or floor_of(source.module) != 0:
            return None
        target = target_of(found)
        own = target.startswith("webapp.") and floor_of(target) == 0
        return None if own or found.module.split(".")[0] in sys.stdlib_module_names else f"imports {found.module}"

    assert complaints(check) == []


def test_models_import_no_feature() -> None:
    def check(source: Source, found: Import) -> str | None:
        if source.path.parent.name != "models" or not found.module.startswith("webapp."):
            return None
        return None if floor_of(target_of(found)) <= 2 else f"imports {target_of(found)}"

    assert complaints(check) == []


def test_services_and_queries_know_no_request_and_no_session() -> None:
    def check(source: Source, found: Import) -> str | None:
        if source.path.name not in ("service.py", "queries.py"):
            return None
        whole = found.module == "flask" and found.name is None
        of_view = found.module == "flask" and found.name in ("request", "session", "g")
        return f"imports flask.{found.name}" if whole or of_view else None

    assert complaints(check) == []


def test_no_import_hides_inside_a_function() -> None:
    assert complaints(lambda _source, found: "import inside a function" if found.inside_function else None) == []


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
    assert complaints(lambda _s, found: "from time import time" if found[:2] == ("time", "time") else None) == []


def named_jobs(source: Source) -> Iterator[ast.Constant]:
    """Yield every text that names a job, whether it is asked for there or stands in a table."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and JOB_NAME.fullmatch(node.value):
            yield node
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "ask":
            yield from (first for first in node.args[:1] if isinstance(first, ast.Constant))


def is_a_job(name: str) -> bool:
    module, _, function = name.rpartition(".")
    return module in all_modules() and callable(getattr(importlib.import_module(module), function, None))


def test_every_job_that_is_named_exists() -> None:
    named = [(source.at(node.lineno), str(node.value)) for source in sources() for node in named_jobs(source)]
    assert [f"{where}: {name}" for where, name in named if not is_a_job(name)] == []


def test_every_job_of_the_schedule_exists_and_goes_to_the_queue_that_is_worked_off() -> None:
    schedule = importlib.import_module("jobs.schedule")
    assert [name for name, _ in schedule.ENTRIES if not is_a_job(name)] == []
    assert schedule.QUEUE == importlib.import_module("webapp.queue").QUEUE


def test_every_exception_from_a_check_says_why() -> None:
    files = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]
    faults = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if EXCEPTION.search(line) and not EXCEPTION_WITH_REASON.search(line)
    ]
    assert faults == []


def test_files_are_short_enough_to_be_read() -> None:
    files = [*(source.path for source in sources()), *sorted((ROOT / "tests").rglob("*.py"))]
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_functions_are_short() -> None:
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for source in sources() for node in functions_of(source))
    assert statistics.median(lengths) <= MEDIAN_LINES
    long = sum(length >= LONG_FUNCTION for length in lengths)
    assert long <= len(lengths) / 10, f"{long} of {len(lengths)} functions have {LONG_FUNCTION} lines or more"


def test_the_lists_above_are_in_order() -> None:
    modules = ("groups.rules", "models.groups", "groups.queries", "groups.views")
    floors = [floor_of(f"webapp.{module}") for module in modules]
    assert all(lower < upper for lower, upper in pairwise(floors))

"""Every address and method, asked by everyone who could ask; docs/permissions.md shows who may open what."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.everyone import LEVELS, OUTSIDE, WHO, Asked, Stage, everyone
from webapp.db import db
from webapp.redis import redis_client

TABLE = Path(__file__).parents[1] / "docs" / "permissions.md"
# What a column stands for, in the order of `WHO`.
HEADINGS = {
    "visitor": "signed out", "target": "member it is about", "points": "member: points", "hidden": "member: hidden",
    "run_leader": "run leader", "other organiser": "organiser of another group",
}  # fmt: skip
REACHED, NOTHING, REFUSED, SIGN_IN = "yes", "·", "no", "sign in"
METHODS = ("GET", "POST")
# Nobody reaches these: they need what is not here, as a token, a failed job, or somebody who was invited again.
UNREACHED = {
    "/connect/button", "/g/<slug>/members/<int:runner_id>/invite-again", "/metrics", "/operator/jobs/<job_id>/again",
    "/operator/jobs/<job_id>/forget", "/operator/runners/<int:runner_id>/again", "/trial/be", "/waiting/part",
    "/webhooks/strava/<secret>", "/operator/groups/<int:group_id>/open", "/there",
}  # fmt: skip
HEAD = """# Who may open what

Every address of the application and its methods, as `tests/test_permission_matrix.py` finds them. An address that is
missing here, or whose answer changes, fails that test; `pytest tests/test_permission_matrix.py --write-permissions`
writes the table again. `webapp/groups/permissions.py` decides for the roles of a group.

- **yes**: the request reaches its page or its act. What is sent with it may still be refused.
- **no**: it is refused, and the answer says so.
- **·**: the answer is the same as for an address at which there is nothing (404).
- **sign in**: the sign-in page comes first.

"""


def _outcome(answer: TestResponse) -> str:
    assert answer.status_code < 500 or answer.request.path == "/healthz", answer.request.path
    if answer.status_code in (301, 302, 303) and re.match(r"/connect\?next=|/connect$", answer.headers["Location"]):
        return SIGN_IN
    return {403: REFUSED, 404: NOTHING}.get(answer.status_code, REACHED)


class Snapshot:
    """The database as it was, to be brought back after each act."""

    def __init__(self, app: Flask) -> None:
        db.session.rollback()
        self._app, self._memory = app, sqlite3.connect(":memory:")
        self._copy(back=False)

    def bring_back(self) -> None:
        self._copy(back=True)
        redis_client().flushall()
        self._app.extensions.pop("cache", None)

    def _copy(self, *, back: bool) -> None:
        db.session.remove()
        raw = db.engine.raw_connection()
        stored: Any = raw.driver_connection
        source, target = (self._memory, stored) if back else (stored, self._memory)
        source.backup(target)
        raw.close()


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    with everyone(app) as stage:
        yield stage


@pytest.mark.only_sqlite  # whose copy in memory is brought back after each act
def test_everybody_may_open_what_the_table_says(
    app: Flask, stage: Stage, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = Snapshot(app)
    found: dict[Asked, dict[str, str]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for asked in stage.asked(rule, *METHODS):
            found[asked] = {}
            for who in WHO:
                found[asked][who] = _outcome(stage.ask(who, asked))
                if asked.method == "POST" and found[asked][who] == REACHED:
                    snapshot.bring_back()
    count = Counter(outcome for row in found.values() for outcome in row.values())
    table = _table(found)
    if request.config.getoption("write_permissions"):
        TABLE.write_text(table)
    with capsys.disabled():
        print(f"\n{len(found)} addresses with a method x {len(WHO)} kinds of viewers: {dict(count)}")  # noqa: T201  # figures to be read
    assert TABLE.read_text().splitlines() == table.splitlines()
    assert {asked.rule for asked, row in found.items() if REACHED not in row.values()} == UNREACHED
    for asked, row in found.items():
        _assert_outsiders_learn_nothing(asked, row)


def _assert_outsiders_learn_nothing(asked: Asked, row: dict[str, str]) -> None:
    """Nobody outside a group reaches what is inside, and whoever was banned gets what any stranger gets."""
    assert row["banned"] in (row["stranger"], row["requester"], row["former"]), asked
    if asked.rule.startswith("/g/<slug>") and not asked.rule.startswith(("/g/<slug>/ask", "/g/<slug>/join")):
        assert {row[who] for who in OUTSIDE if who != "visitor"} == {NOTHING}, asked
        assert row["visitor"] in (SIGN_IN, NOTHING), asked
        assert {row[level] for level in LEVELS} == {row["member"]}, asked
    if asked.rule.startswith("/operator"):
        assert {row[who] for who in WHO if who not in ("operator", "visitor")} == {NOTHING}, asked


def _table(found: dict[Asked, dict[str, str]]) -> str:
    heads = [HEADINGS.get(who, who) for who in WHO]
    lines = [f"| address | | {' | '.join(heads)} |", f"|---|---|{':-:|' * len(WHO)}"]
    lines += [f"| `{asked.rule}` | {asked.method} | {' | '.join(row.values())} |" for asked, row in found.items()]
    return HEAD + "\n".join(lines) + "\n"

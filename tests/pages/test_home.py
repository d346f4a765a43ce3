"""The front door, the start page, and what machines and lost visitors get."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort
from rq import SimpleWorker
from rq.worker import WorkerStatus

from tests.conftest import make_settings
from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_connected, make_runner
from tests.support.servers import OwnRedis, free_port
from webapp import queue
from webapp.db import db
from webapp.factory import create_app
from webapp.models.accounts import PlatformConsent, Runner
from webapp.models.sync import InitialImport
from webapp.redis import redis_client


def test_visitors_see_the_front_door(browser: Browser) -> None:
    answer = browser.get("/")
    assert answer.status_code == 200 and 'href="/connect"' in answer.text


def test_someone_who_is_signed_in_goes_to_their_start_page(browser: Browser) -> None:
    browser.sign_in_as(make_runner())
    assert browser.get("/").headers["Location"] == "/home"


def test_nobody_without_a_group_is_lost(browser: Browser) -> None:
    runner = make_runner("Ana Ruiz")
    make_connected(runner)
    browser.sign_in_as(runner)
    page = browser.get("/home")
    assert "Hello, Ana" in words(page)
    assert 'href="/groups/new"' in page.text and "invite link" in words(page)


def test_an_initial_import_that_runs_can_be_watched(browser: Browser) -> None:
    runner = make_runner()
    make_connected(runner)
    db.session.add(InitialImport(runner_id=runner.id, state="reading", asked_at=NOON))
    db.session.commit()
    browser.sign_in_as(runner)
    assert 'href="/connect/progress"' in browser.get("/home").text


def test_a_changed_text_is_asked_about_again(browser: Browser) -> None:
    runner = make_runner()
    make_connected(runner)
    db.session.execute(PlatformConsent.__table__.update().values(version="2020-01-01"))  # type: ignore[attr-defined]  # a Table
    db.session.commit()
    browser.sign_in_as(runner)
    assert "read the new text" in words(browser.get("/home"))


# Machines ------------------------------------------------------------------------------------------------------------


def test_health_names_the_missing_worker(browser: Browser) -> None:
    answer = browser.get("/healthz")
    assert answer.status_code == 503 and answer.json == {"status": "unwell", "reason": "no worker is running"}


def test_health_is_ok_with_database_redis_and_a_worker(browser: Browser) -> None:
    worker: Any = SimpleWorker([queue.job_queue(redis_client())], connection=redis_client())
    worker.register_birth()
    try:
        answer = browser.get("/healthz")
        assert answer.status_code == 200 and answer.json == {"status": "ok"}
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
        # What a killed worker leaves behind: its name, without the key that its heartbeat keeps.
        redis_client().delete(worker.key)
        assert browser.get("/healthz").status_code == 503
    finally:
        worker.register_death()


def test_a_worker_is_counted_once_it_waits_for_jobs(browser: Browser) -> None:
    worker: Any = SimpleWorker([queue.job_queue(redis_client())], connection=redis_client())
    worker.register_birth()
    try:
        for state, status in ((WorkerStatus.STARTED, 503), (WorkerStatus.IDLE, 200), (WorkerStatus.BUSY, 200)):
            worker.set_state(state)
            assert browser.get("/healthz").status_code == status, state
    finally:
        worker.register_death()


def test_robots_keep_out_and_the_icon_is_there(browser: Browser) -> None:
    assert browser.get("/robots.txt").text == "User-agent: *\nAllow: /groups/\nDisallow: /\n"
    icon = browser.get("/favicon.ico")
    assert icon.status_code == 200 and icon.mimetype == "image/svg+xml"


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def failing_app(own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application whose database is away, with pages that fail in every way."""
    url = f"postgresql://nobody:secret-password@127.0.0.1:{free_port()}/none"
    app = create_app(make_settings(tmp_path_factory.mktemp("away"), own_redis, database_url=url))
    for status in (400, 404, 413, 429, 503):
        app.add_url_rule(f"/fail/{status}", f"fail_{status}", lambda status=status: abort(status))
    app.add_url_rule("/fail/500", "fail_500", lambda: str(1 / 0))
    return app


@pytest.fixture
def far(failing_app: Flask) -> Iterator[Browser]:
    with failing_app.app_context():
        yield Browser(failing_app)


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("status", [400, 404, 413, 429, 500, 503])
def test_every_refusal_has_a_page_even_with_the_database_away(far: Browser, status: int, signed_in: bool) -> None:
    if signed_in:
        far.sign_in_as(Runner(id=1, name="Ana", session_epoch=0))
    answer = far.get(f"/fail/{status}")
    assert answer.status_code == status
    assert "Home page" in words(answer) and "Chasepack" in answer.text


def test_with_the_database_away_a_runner_is_told_to_wait(far: Browser) -> None:
    far.sign_in_as(Runner(id=1, name="Ana", session_epoch=0))
    answer = far.get("/home")
    assert answer.status_code == 503 and "Back in a moment" in words(answer)
    assert "secret-password" not in answer.text


def test_health_with_the_database_away_says_so_without_its_secrets(
    far: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answer = far.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unwell", "reason": "the database does not answer"}
    assert "secret-password" not in caplog.text


def test_health_with_redis_away_says_so(tmp_path: Path, own_redis: OwnRedis) -> None:
    settings = make_settings(tmp_path, own_redis).model_copy(update={"redis_url": f"unix://{tmp_path}/none.sock"})
    answer = create_app(settings).test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unwell", "reason": "Redis does not answer"}


@pytest.mark.parametrize("signed_in", [False, True])
def test_refusals_have_their_pages_for_everybody(browser: Browser, signed_in: bool) -> None:
    if signed_in:
        browser.sign_in_as(make_runner())
    lost, wrong = browser.get("/no/such/page"), browser.get("/sign-out")
    assert lost.status_code == 404 and "Nothing here" in words(lost)
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    large = browser.post("/account", {"units": "x" * 300_000})
    assert large.status_code in (302, 413)


def test_machines_get_their_refusals_as_json(browser: Browser) -> None:
    answer = browser.get("/no/such/page", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and answer.json is not None and set(answer.json) == {"error", "message"}

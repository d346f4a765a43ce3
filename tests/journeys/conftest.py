"""A trial that runs, and browsers to visit it with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from ops.browser import run_chromium
from tests.support.browser import Browser as SignedIn
from tests.support.builders import NOON
from tests.support.instance import Instance
from tests.support.serving import served
from webapp.models.accounts import Runner

PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000

OpenPage = Callable[..., Page]
OpenAs = Callable[[Runner], Page]

# A busy machine may let an initial import wait, so what is expected has more time than Playwright's five seconds.
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A trial instance with eight athletes, the first group of them filled, at noon in the middle of a month.

    It ends with the journeys: an instance that idles takes time from the tests after them.
    """
    instance = Instance(tmp_path_factory.mktemp("trial"), WEB_WORKERS="1", JOB_WORKERS="1")
    instance.begin_at(NOON)
    instance.stay_empty()
    instance.start()
    try:
        instance.wait_until_up()
        instance.fill_first_group()
        yield instance
    finally:
        assert instance.end() == 0, instance.lines


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with run_chromium() as browser:
        yield browser


@pytest.fixture
def open_page(chromium: Browser, trial: Instance) -> Iterator[OpenPage]:
    """Return a function that opens a page in a browser of its own; what a page complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(**{"base_url": trial.settings.address, "viewport": PHONE, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        listen(page, complaints)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def listen(page: Page, complaints: list[str]) -> None:
    """Gather errors of scripts, what the security policy blocks, and parts of pages that do not load."""

    def note(said: ConsoleMessage) -> None:
        # A refusal is a page like any other; parts that do not load are noted below.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            complaints.append(said.text)

    def note_part(answer: Response) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":
            complaints.append(f"{answer.status} {answer.url}")

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", note)
    page.on("response", note_part)


@pytest.fixture
def open_as(app: Flask, chromium: Browser) -> Iterator[OpenAs]:
    """Return a function that opens a browser of a runner; what its pages complain of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(runner: Runner) -> Page:
        signed_in = SignedIn(app)
        signed_in.sign_in_as(runner)
        cookie = signed_in.client.get_cookie("chasepack", domain="127.0.0.1")
        assert cookie
        contexts.append(
            chromium.new_context(
                base_url=signed_in.address, viewport={"width": PHONE["width"], "height": PHONE["height"]}
            )
        )
        contexts[-1].add_cookies([{"name": "chasepack", "value": cookie.value, "url": signed_in.address}])
        page = contexts[-1].new_page()
        listen(page, complaints)
        return page

    with served(app, app.extensions["settings"].port, to_the_end=True):
        yield opened
        for context in contexts:
            context.close()
    assert complaints == []


@pytest.fixture
def invite(trial: Instance) -> str:
    """The path of the invite of the first group, as its organiser sees it."""
    return next(iter(invites(trial.settings.home).values()))


def invites(home: Path) -> dict[str, str]:
    """Return the path of each group's invite by its name."""
    found: dict[str, str] = json.loads((home / "filling.json").read_text())["invites"]
    return found

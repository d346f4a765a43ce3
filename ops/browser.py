"""The Chromium that tests and screenshots use; `ops/chromium.sh` brings one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The first of them shows no windows at all: Chromium itself spends more on those than on the pages.
WITHOUT_WINDOWS = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--no-sandbox",)


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Run the Chromium on the PATH, or Playwright's own where there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path_of(WITHOUT_WINDOWS, *WHOLE), args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def run_whole_chromium(beside: Browser) -> Iterator[Browser]:
    """Run a Chromium that shows notifications, which the one without windows does not, as a second browser."""
    path = _path_of(*WHOLE)
    browser = beside.browser_type.launch(executable_path=path, channel=None if path else "chromium", args=OPTIONS)
    yield browser
    browser.close()


def _path_of(*names: str) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)

"""The Chromium that tests and screenshots use; `ops/chromium.sh` brings one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The first of them shows no windows at all: Chromium itself spends more on those than on the pages.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Run the Chromium on the PATH, or Playwright's own where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()

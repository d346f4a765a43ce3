"""Write the pictures of the documentation: `make screenshots`. It fills a trial of its own for them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page

from integrations.mail.folder import written
from ops.browser import run_chromium
from ops.paths import ROOT
from webapp.clock import Clock
from webapp.config import Settings, load_settings

IMAGES = ROOT / "docs" / "images"
DESKTOP, PHONE = {"width": 1280, "height": 1100}, {"width": 390, "height": 844}
# Images of cards are loaded once they come into view.
SHOWN_IMAGES_ARE_THERE = """() => [...document.images].every(image => image.complete && image.naturalWidth > 0
    || image.getBoundingClientRect().top > innerHeight)"""
# The pictures show a runner with others ahead and behind, on a day when some have run.
VIEWERS_PLACE, OUT_TODAY = 5, 9
# In the middle of a month a chase is open, and odds say something.
DAY_OF_MONTH = 18

CONFIRMING_LINK = re.compile(r"http://[^\s\"]+/mail/confirm/[\w-]+")


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, filled_trial(Path(home)) as settings, run_chromium() as browser:
        organiser, by_total = _first_group(settings)[0], _first_group_by_total(settings)
        viewer = by_total[VIEWERS_PLACE - 1]
        _send_some_out(settings)
        desktop = _signed_in(browser, settings, viewer, viewport=DESKTOP)
        board = _address_of_the_board(desktop, settings)
        _picture(desktop, board, "board.png")
        phone = {"viewport": PHONE, "device_scale_factor": 2, "color_scheme": "dark"}
        _picture(_signed_in(browser, settings, viewer, **phone), f"{board}/chase", "chase.png")
        _picture(desktop, f"{board}/chase#what-if", "chase-days.png")
        _picture(_signed_in(browser, settings, viewer, viewport=PHONE), f"{board}/road", "road.png")
        _picture(desktop, f"{board}/road/replay", "replay.png")
        _picture(_signed_in(browser, settings, viewer, **phone), "/home", "home.png")
        group = board.partition("/c/")[0]
        narrow = _signed_in(browser, settings, viewer, viewport=PHONE)
        _picture_of_a_partner(browser, settings, by_total, f"{group}/why-not-me")
        _picture(narrow, f"{group}/circle", "circle.png")
        _picture(narrow, "/account/break", "break.png")
        _picture(desktop, "/groups", "directory.png")
        _picture(desktop, group.replace("/g/", "/groups/"), "group.png")
        _picture(_signed_in(browser, settings, viewer, viewport=PHONE), f"{group}/me", "consent.png")
        organisers = _signed_in(browser, settings, organiser, viewport=PHONE)
        _picture(organisers, f"{group}/members", "members.png")
        _picture(narrow, "/notifications", "inbox.png")
        _picture(narrow, "/notifications/settings", "notifications.png")
        _picture_of_a_mail(narrow, organisers, settings, group)
    return 0


@contextmanager
def filled_trial(home: Path) -> Iterator[Settings]:
    """Run a trial in `home` until the block ends; begins when it is filled."""
    ports = {"PORT": str(_free_port()), "SIM_PORT": str(_free_port())}
    environment = {**os.environ, "CHASEPACK_HOME": str(home), "SIM_SPEED": "0", **ports}
    command, settings = [sys.executable, "-m", "ops.run"], load_settings(environment)
    settings.home.mkdir(parents=True, exist_ok=True)
    clock = Clock(settings.clock_file)
    clock.set(now=clock.now().replace(day=DAY_OF_MONTH, hour=12))
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as trial:
        try:
            assert trial.stdout is not None
            for line in trial.stdout:
                print(line, end="", flush=True)
                if line.startswith("The trial is filled"):
                    break
            yield settings
        finally:
            trial.send_signal(signal.SIGTERM)


def _first_group_by_total(settings: Settings) -> list[int]:
    """Return the athletes of the first group by what they ran this month, the one in front first."""
    control = f"{settings.simulator_address}/control/api"
    since = int(Clock(settings.clock_file).now().replace(day=1, hour=0).timestamp())
    totals = {}
    for athlete in _first_group(settings):
        runs = requests.get(f"{control}/athletes/{athlete}/activities", {"since": since}, timeout=30).json()
        totals[athlete] = sum(run["distance"] for run in runs if run["sport_type"] == "Run")
    return sorted(totals, key=lambda athlete: -totals[athlete])


def _first_group(settings: Settings) -> list[int]:
    """Return the athletes of the first group, its organiser first."""
    world = requests.get(f"{settings.simulator_address}/control/api/world", timeout=30).json()
    return [int(athlete) for athlete in world["groups"][0]["athletes"]]


def _send_some_out(settings: Settings) -> None:
    control = f"{settings.simulator_address}/control/api"
    for _ in range(OUT_TODAY):
        requests.post(f"{control}/release", json={}, timeout=30)
    while not requests.get(f"{control}/quiet", timeout=30).json()["quiet"]:
        time.sleep(0.2)


def _signed_in(browser: Browser, settings: Settings, athlete: int, **options: Any) -> Page:
    page = browser.new_context(base_url=settings.address, **options).new_page()
    page.goto("/connect")
    page.get_by_role("button", name="Connect with Strava").click()
    page.locator(f"input[name=athlete][value='{athlete}']").check()
    page.get_by_role("button", name="Authorize").click()
    return page


def _address_of_the_board(page: Page, settings: Settings) -> str:
    """Return the address of this month's board of the viewer's group."""
    invites = json.loads((settings.home / "filling.json").read_text())["invites"]
    page.goto(next(iter(invites.values())))  # a member is redirected to the group's own page
    page.get_by_role("link", name="Board", exact=True).first.click()
    page.wait_for_url(re.compile(r"/c/\d+$"))
    return page.url


def _picture_of_a_partner(browser: Browser, settings: Settings, athletes: list[int], address: str) -> None:
    """Write what the first runner behind the front sees who has somebody one level above."""
    for athlete in athletes[VIEWERS_PLACE - 1 :]:
        page = _signed_in(browser, settings, athlete, viewport=PHONE)
        page.goto(address)
        if page.get_by_role("heading", name="One small next step").count():
            _picture(page, address, "why-not-me.png")
            return


def _picture_of_a_mail(page: Page, organisers: Page, settings: Settings, group: str) -> None:
    """Write the mail of an announcement as it comes to the viewer, who gives an address for it."""
    page.goto("/account/mail")
    page.get_by_label("E-mail address").fill("runner@example.org")
    page.get_by_role("button", name="Send me the link").click()
    link = CONFIRMING_LINK.search(_mail(settings, 1))
    assert link is not None
    page.goto(link.group())
    page.get_by_role("button", name="Yes, it is mine").click()
    organisers.goto(f"{group}/announcements/new")
    organisers.get_by_label("Title").fill("On Tuesday we meet at the mill")
    organisers.get_by_label("What is it about?").fill("The towpath is closed for repairs. Seven o’clock, as always.")
    organisers.get_by_role("button", name="Announce").click()
    # A page of its own: the site's pages allow no styles within.
    mail = page.context.new_page()
    mail.set_content(_mail(settings, 2))
    mail.screenshot(path=IMAGES / "mail.png")
    print("docs/images/mail.png")


def _mail(settings: Settings, number: int) -> str:
    """Wait until this many mails were written, and return the latest of them as HTML."""
    while len(found := written(settings.mail_folder)) < number:
        time.sleep(0.2)
    html = message_from_bytes(found[0].read_bytes(), policy=policy.default).get_body(("html",))
    assert html is not None
    return str(html.get_content())


def _picture(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_function(SHOWN_IMAGES_ARE_THERE)
    page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())

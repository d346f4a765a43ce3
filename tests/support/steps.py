"""Steps that journeys through the pages have in common."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect


def go_to_strava(page: Page) -> None:
    """Begin at the first page, read what is stored, and press the button."""
    page.goto("/")
    page.get_by_role("link", name="Get started").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you connect")
    page.get_by_role("button", name="Connect with Strava").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you today?")


def connect_as_somebody_new(page: Page, first: str, last: str) -> None:
    go_to_strava(page)
    page.get_by_role("radio", name="Somebody new").check()
    page.get_by_label("First name").fill(first)
    page.get_by_label("Last name").fill(last)
    page.get_by_role("button", name="Authorize").click()


def connect_as_a_resident(page: Page) -> None:
    """Sign in as the first athlete of the town, who is a member of its first group."""
    go_to_strava(page)
    page.get_by_role("radiogroup", name="Athletes").get_by_role("radio").first.check()
    page.get_by_role("button", name="Authorize").click()


def start_a_group(page: Page, name: str) -> str:
    """Start a group and return the path of its invite."""
    page.goto("/groups/new")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.get_by_role("button", name="Agree and start the group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page.get_by_label("Invite link").input_value()


def tab(page: Page, name: str) -> Locator:
    """Return one of the links between the pages of a challenge."""
    return page.locator(".tabs").get_by_role("link", name=name, exact=True)


def find_nothing_wrong(page: Page) -> None:
    """Let axe look at the page as it stands."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()

"""A runner has announcements come by mail, and whoever reads the mail stops them without signing in."""

from email.message import EmailMessage

import requests
from playwright.sync_api import Locator, Page, expect

from tests.fault_injection.conftest import wait_until
from tests.journeys.conftest import OpenPage
from tests.support.instance import Instance
from tests.support.mails import link_in, mails_in
from tests.support.steps import connect_as_somebody_new, find_nothing_wrong, start_a_group

ADDRESS = "tilda@example.org"
GROUP = "Towpath Trotters"
SETTINGS = "/notifications/settings"


def mail_about(trial: Instance, subject: str) -> EmailMessage:
    """Wait for the mail with this subject, and return it."""

    def found() -> list[EmailMessage]:
        return [mail for mail in mails_in(trial.settings.mail_folder) if mail["Subject"] == subject]

    wait_until(found, f"a mail about {subject}")
    (mail,) = found()
    assert mail["To"] == ADDRESS
    return mail


def confirm_address(trial: Instance, page: Page) -> None:
    """Say where mails go, and confirm it by the link that is mailed there."""
    page.goto("/account/mail")
    page.get_by_label("E-mail address").fill(ADDRESS)
    find_nothing_wrong(page)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text("We have sent you a mail.")).to_be_visible()
    find_nothing_wrong(page)
    page.goto(link_in(mail_about(trial, "Confirm your e-mail address"), "Confirm this address"))
    find_nothing_wrong(page)
    page.get_by_role("button", name="Yes, it is mine").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    find_nothing_wrong(page)


def announcements_by_mail(page: Page) -> Locator:
    """Open the page of choices and return the box of announcements by mail."""
    page.goto(SETTINGS)
    return page.get_by_role("checkbox", name="An announcement: Mail", exact=True)


def want_announcements(page: Page) -> None:
    """Choose that announcements come by mail, at any hour."""
    announcements_by_mail(page).check()
    for end in ("From", "Until"):
        page.get_by_label(end, exact=True).fill("22:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


def announce(page: Page, title: str) -> None:
    page.get_by_role("link", name="Announce", exact=True).click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("What is it about?").fill("Bring a fork.")
    page.get_by_role("button", name="Announce").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_a_reader_stops_mails_by_their_link_without_signing_in(trial: Instance, open_page: OpenPage) -> None:
    organiser, runner, reader = open_page(), open_page(), open_page()
    connect_as_somebody_new(organiser, "Orla", "Bell")
    invite = start_a_group(organiser, GROUP)
    connect_as_somebody_new(runner, "Tilda", "Marsh")
    runner.goto(invite)
    runner.get_by_role("button", name="Agree and join").click()
    expect(runner.get_by_text(f"You are in. Welcome to {GROUP}!")).to_be_visible()
    confirm_address(trial, runner)
    want_announcements(runner)
    find_nothing_wrong(runner)

    announce(organiser, "Cake on Sunday")
    mail = mail_about(trial, f"{GROUP}: Cake on Sunday")
    link = link_in(mail, "Stop these mails")
    # Whoever opens the link has stopped nothing yet: programs that scan mails open all of them.
    reader.goto(link)
    find_nothing_wrong(reader)
    expect(reader.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    expect(announcements_by_mail(runner)).to_be_checked()
    reader.get_by_role("button", name="Stop these mails", exact=True).click()
    expect(reader.get_by_text("No more of these mails will come.")).to_be_visible()
    find_nothing_wrong(reader)
    expect(announcements_by_mail(runner)).not_to_be_checked()

    # The button of a mail program does the same.
    want_announcements(runner)
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (f"<{link}>", "List-Unsubscribe=One-Click")
    posted = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(link, data=mail["List-Unsubscribe-Post"], headers=posted, allow_redirects=False, timeout=30)
    assert answer.status_code == 200
    expect(announcements_by_mail(runner)).not_to_be_checked()

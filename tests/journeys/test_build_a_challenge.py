"""An organiser builds a challenge from a ready one, looks at last month first, starts it; a member reads the rules."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import OpenPage
from tests.support.steps import connect_as_somebody_new, find_nothing_wrong, start_a_group, tab


def test_a_challenge_is_built_previewed_started_and_its_rules_are_read(open_page: OpenPage) -> None:
    organiser = open_page()
    connect_as_somebody_new(organiser, "Olive", "Builder")
    invite = start_a_group(organiser, "Corner Store Runners")
    organiser.get_by_role("link", name="Start a challenge").first.click()
    find_nothing_wrong(organiser)
    organiser.get_by_role("link", name="Even teams").click()
    find_nothing_wrong(organiser)

    # The rules stand in sentences; what changes them comes when asked for.
    cap = organiser.locator("#daily_cap_cap")
    expect(organiser.get_by_text("At most 15 km per day count.")).to_be_visible()
    expect(cap).to_be_hidden()
    organiser.get_by_text("Change the rules").click()
    find_nothing_wrong(organiser)

    # Only what belongs to the chosen rules shows.
    expect(cap).to_be_visible()
    expect(organiser.locator("#streak_rest")).to_be_hidden()
    cap.fill("far")
    organiser.get_by_role("button", name="Start the challenge").click()
    expect(organiser.locator("#daily_cap_cap-error")).to_be_visible()
    expect(organiser.locator("#daily_cap_cap-error")).to_contain_text("A number of km")
    cap.fill("12.5")
    organiser.get_by_role("button", name="Try on last month").click()
    expect(organiser.get_by_role("heading", name=re.compile("under these rules"))).to_be_visible()
    expect(organiser.get_by_role("heading", name="Plain distance")).to_be_visible()
    expect(cap).to_have_value("12.5")
    expect(organiser.locator("form").get_by_text("At most 12.5 km per day count.")).to_be_visible()
    find_nothing_wrong(organiser)

    organiser.get_by_text("Change the rules").click()
    organiser.get_by_role("textbox", name=re.compile("^Name")).first.fill("Even autumn")
    organiser.get_by_role("button", name="Start the challenge").click()
    expect(organiser.get_by_text("At most 12.5 km per day count.")).to_be_visible()
    rules = organiser.url

    member = open_page(java_script_enabled=False)
    connect_as_somebody_new(member, "Mina", "Reader")
    member.goto(invite)
    member.get_by_role("button", name="Agree and join").click()
    member.goto(rules)
    expect(tab(member, "Rules")).to_have_attribute("aria-current", "page")
    expect(member.get_by_text("At most 12.5 km per day count.")).to_be_visible()
    expect(member.get_by_role("link", name="Change the rules")).to_have_count(0)
    find_nothing_wrong(organiser)

    organiser.get_by_role("link", name="Change the rules").click()
    organiser.locator("#daily_cap_cap").fill("20")
    organiser.get_by_label("Why").fill("Two of us are in marathon training.")
    find_nothing_wrong(organiser)
    organiser.get_by_role("button", name="Change the rules").click()
    expect(organiser.get_by_text("At most 20 km per day count.")).to_be_visible()
    expect(organiser.get_by_role("progressbar")).to_have_count(0)
    find_nothing_wrong(organiser)
    member.goto(rules)
    expect(member.get_by_text("Two of us are in marathon training.")).to_be_visible()

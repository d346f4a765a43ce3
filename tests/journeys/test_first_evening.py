"""Somebody's first evening here: in by Strava, into a group, onto the board, after the runner just ahead."""

import re
from datetime import timedelta

import requests
from playwright.sync_api import expect

from tests.journeys.conftest import OpenPage
from tests.support.builders import NOON
from tests.support.instance import Instance
from tests.support.steps import connect_as_a_resident, connect_as_somebody_new, go_to_strava, tab


def athlete_called(trial: Instance, name: str) -> int:
    everybody = requests.get(f"{trial.settings.simulator_address}/control/api/athletes", timeout=30).json()
    (found,) = [one["id"] for one in everybody if f"{one['firstname']} {one['lastname']}" == name]
    return int(found)


def kilometres(text: str) -> float:
    found = re.search(r"[\d,]+\.\d", text)
    assert found, text
    return float(found.group().replace(",", ""))


def test_somebody_new_connects_joins_and_sees_a_run_arrive_on_the_open_board(
    trial: Instance, open_page: OpenPage, invite: str
) -> None:
    page = open_page()
    connect_as_somebody_new(page, "Wren", "Atwater")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your runs are here")
    expect(page.get_by_role("progressbar")).to_be_visible()

    page.goto(invite)
    page.get_by_label("Wren A.").check()
    page.get_by_role("button", name="Agree and join").click()
    page.get_by_role("link", name="Board", exact=True).first.click()
    mine = page.locator("#me").first
    expect(mine).to_contain_text("Wren A.")
    before = kilometres(mine.locator(".board__total").inner_text())

    page.evaluate("window.notReloaded = true")
    athlete = athlete_called(trial, "Wren Atwater")
    upload = f"{trial.settings.simulator_address}/control/api/athletes/{athlete}/activities"
    # Nobody runs at this hour of the night, so no run of the log stands beside it.
    at_night = (NOON - timedelta(days=1)).replace(hour=2, minute=30)
    began = f"{at_night:%Y-%m-%dT%H:%M:%SZ}"
    run = requests.post(upload, json={"distance": 7300, "moving_time": 2500, "start_date_local": began}, timeout=30)
    assert run.status_code == 201
    page.wait_for_function(
        "was => parseFloat(document.querySelector('#me .board__total').innerText.replace(',', '')) > was + 7",
        arg=before,
    )
    assert page.evaluate("window.notReloaded")

    tab(page, "Chase").click()
    expect(page.get_by_role("heading", name="The tightest chases")).to_be_visible()
    tab(page, "My runs").click()
    expect(page.get_by_text("7.3 km").first).to_be_visible()


def test_without_javascript_an_athlete_signs_in_and_reads_every_page(open_page: OpenPage, invite: str) -> None:
    page = open_page(java_script_enabled=False)
    connect_as_a_resident(page)
    page.goto(invite)
    page.get_by_role("link", name="Board", exact=True).first.click()
    for name in ("Chase", "My runs", "Board"):
        tab(page, name).click()
        expect(tab(page, name)).to_have_attribute("aria-current", "page")
    expect(page.locator("#me").first).to_be_visible()


def test_someone_who_says_no_at_strava_is_told_that_nothing_happened(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    go_to_strava(page)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You said no on Strava")


def test_a_stranger_is_not_told_that_a_group_exists(open_page: OpenPage, invite: str) -> None:
    member = open_page(java_script_enabled=False)
    connect_as_a_resident(member)
    member.goto(invite)
    assert "/g/" in member.url
    stranger = open_page(java_script_enabled=False)
    connect_as_somebody_new(stranger, "Nobody", "Known")
    answer = stranger.goto(member.url)
    assert answer is not None
    assert answer.status == 404

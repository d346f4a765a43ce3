"""The operator's page of groups: sizes, the installation, closing a group, and the setting GROUPS."""

import tomllib
from datetime import UTC, datetime

from flask import Flask

from ops.paths import ROOT
from tests.support.browser import Browser, signed_in, words
from tests.support.builders import invite_of, make_group, make_member, make_runner
from tests.support.cast import make_cast
from tests.support.html import definitions, shown
from tests.support.settings import with_settings
from webapp.admin.group_queries import group_count, groups_page
from webapp.db import db
from webapp.extensions import settings
from webapp.group_profiles.queries import profile_of
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.groups.audit_queries import log_page
from webapp.models.accounts import Runner
from webapp.models.words import JoinPolicy
from webapp.paging import Page
from webapp.version import VERSION

PAGE = "/operator/groups"
STARTS = {"name": "Owls", "tz": "UTC", "text": "", "name_style": "full"}


def test_operators_alone_see_it(app: Flask, browser: Browser) -> None:
    group, stranger = make_group(), Browser(app)
    stranger.sign_in_as(make_runner("Stan Strange"))
    assert browser.get(PAGE).status_code == 200
    assert stranger.get(PAGE).status_code == 404
    for act in ("close", "open"):
        assert stranger.post(f"{PAGE}/{group.id}/{act}").status_code == 404
    assert f'href="{PAGE}"' in browser.get("/operator").text


def test_the_version_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_groups_are_listed_with_their_sizes_and_found_by_name(app: Flask) -> None:
    milers, owls = make_group("Milers 100%"), make_group("Night Owls")
    for _ in range(3):
        make_member(owls)
    assert [(one.name, one.members, one.challenges) for one in groups_page("", Page(1, 9))] == [
        ("Night Owls", 3, 0),
        ("Milers 100%", 0, 0),
    ]
    assert [one.id for one in groups_page("oWLs", Page(1, 9))] == [owls.id]
    assert [one.id for one in groups_page("%", Page(1, 9))] == [milers.id]
    assert group_count("") == 2 and group_count("_") == 0


def test_the_page_has_version_database_disk_and_last_backup(browser: Browser) -> None:
    mark = settings().backup_mark
    mark.unlink(missing_ok=True)
    here = definitions(browser.get(PAGE).text)
    assert here["Version"] == VERSION and here["Last backup"] == "none made here yet"
    assert "B" in here["Database"] and "free of" in here["Disk"] and "unknown" not in here["Database"]
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        made = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
        assert f"{made:%H:%M} UTC" in definitions(browser.get(PAGE).text)["Last backup"]
    finally:
        mark.unlink()


def test_a_closed_group_is_read_until_an_operator_opens_it_again(app: Flask, browser: Browser) -> None:
    cast = make_cast(app, join_policy=JoinPolicy.OPEN)
    organiser, stranger = cast.browsers["organiser"], cast.browsers["stranger"]
    save_profile(cast.group, Profile(listed=True, public=True), "")
    db.session.commit()
    assert browser.post(f"{PAGE}/{cast.group.id}/close").status_code == 302
    assert browser.post(f"{PAGE}/{cast.group.id}/close").status_code == 404
    assert "Closed" in shown(browser.get(PAGE).text)
    assert "has closed this group" in shown(organiser.get(cast.home).text)
    organiser.post(f"{cast.home}/unarchive")
    refused = organiser.get(f"{cast.home}/announcements/new")
    assert refused.status_code == 409 and "This group is closed" in words(refused)
    assert stranger.get(f"/join/{invite_of(cast.group)}").status_code == 409
    db.session.rollback()
    assert not profile_of(cast.group.id).public
    assert browser.post(f"{PAGE}/{cast.group.id}/open").status_code == 302
    assert browser.post(f"{PAGE}/{cast.group.id}/open").status_code == 404
    assert organiser.get(f"{cast.home}/announcements/new").status_code == 200
    db.session.rollback()
    assert [line.sentence for line in log_page(cast.group.id, Page(1, 9))] == [
        "The operator opened the group again",
        "The operator closed the group",
    ]


def test_with_groups_operator_runners_start_no_groups(app: Flask, browser: Browser, operator: Runner) -> None:
    runner = signed_in(app, make_runner("Stan Strange"))
    assert "Start a group" in shown(runner.get("/home").text)
    with with_settings(app, groups="operator"):
        assert "Start a group" not in shown(runner.get("/home").text)
        assert "Start a group" not in shown(runner.get("/groups").text)
        assert runner.get("/groups/new").status_code == 403
        refused = runner.post("/groups/new", STARTS)
        assert refused.status_code == 403 and "Only operators start groups here" in words(refused)
        assert group_count("Owls") == 0
        assert browser.get("/groups/new").status_code == 200
        assert browser.post("/groups/new", STARTS).status_code == 302
        assert group_count("Owls") == 1

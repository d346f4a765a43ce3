"""The console's page of chat channels: who sees it, what it takes, and what it never shows again."""

from typing import Any

import pytest
from flask import Flask

from tests.group_channels.conftest import HOOK, Stage
from tests.support.browser import Browser, words
from tests.support.builders import make_group, make_member, make_runner
from tests.support.cast import Cast, run_jobs
from tests.support.settings import with_settings
from tests.support.web_hook import WebHook
from webapp.db import db
from webapp.extensions import sealer
from webapp.group_channels.queries import shown_channels
from webapp.group_channels.rules import MAX_CHANNELS, USUAL
from webapp.groups.audit_queries import log_page
from webapp.models.group_channels import GroupChannel
from webapp.paging import Page

TOKEN = "a1B2" * 17
DISCORD = f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}"
GOOD: dict[str, Any] = {"name": "#running", "link": DISCORD, "kinds": ["announcement", "challenge_final"]}


def add(cast: Cast, **other: Any) -> str:
    return words(cast.browsers["organiser"].post(f"{cast.home}/channels", {**GOOD, **other}))


def test_organisers_add_a_room_and_nobody_sees_its_link_again(cast: Cast) -> None:
    path = f"{cast.home}/channels"
    assert cast.statuses(path) == [200, 404, 404, 302]
    assert cast.browsers["organiser"].post(path, GOOD).status_code == 302
    (one,) = shown_channels(cast.group.id)
    stored = db.session.get_one(GroupChannel, one.id).sealed_link
    assert TOKEN not in stored and sealer().open(stored) == DISCORD
    for page in (path, f"{path}/{one.id}", f"{cast.home}/log"):
        read = cast.browsers["organiser"].get(page).text
        assert "#running" in read and "Discord" in read and TOKEN[:9] not in read
    assert [(line.sentence, line.reason) for line in log_page(cast.group.id, Page(1, 9))] == [
        ("Olga Orlova added a chat channel", "#running (Discord)")
    ]


def test_a_new_form_proposes_everything_but_overtakes(cast: Cast) -> None:
    page = cast.browsers["organiser"].get(f"{cast.home}/channels").text
    assert page.count("checked") == len(USUAL) == 7


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"link": ""}, "The link, please."),
        ({"link": "hello"}, "This is no link that we know."),
        ({"link": DISCORD[:60]}, "Part of this link seems to be missing."),
        ({"link": DISCORD.replace("https", "http")}, "Only links that begin with https:// are taken."),
        ({"link": f"https://chat.example.org/hooks/{HOOK}"}, "The operator of this installation has not allowed"),
        ({"link": "x" * 501}, "Field cannot be longer than 500"),
        ({"name": ""}, "A name, please."),
        ({"name": "n" * 41}, "Field cannot be longer than 40"),
        ({"kinds": ["request_received"]}, "not valid choices"),
    ],
)
def test_what_cannot_be_added_is_said_where_it_was_typed(cast: Cast, other: dict[str, Any], said: str) -> None:
    assert said in add(cast, **other).replace("is not a valid choice", "not valid choices")
    assert shown_channels(cast.group.id) == []


def test_a_host_in_a_private_network_is_refused(app: Flask, cast: Cast) -> None:
    with with_settings(app, channel_hosts=("127.0.0.1",)):
        assert "This host is in a private network" in add(cast, link=f"https://127.0.0.1/hooks/{HOOK}")


def test_the_same_room_twice_is_one_channel_and_there_is_room_for_a_few(cast: Cast) -> None:
    for _ in range(2):
        add(cast)
    assert len(shown_channels(cast.group.id)) == 1
    for number in range(MAX_CHANNELS):
        answer = add(cast, link=f"{DISCORD}{number}")
    assert "That is a lot of channels" in answer
    assert len(shown_channels(cast.group.id)) == MAX_CHANNELS


def test_a_test_is_sent_on_demand_and_the_page_says_what_came_of_it(app: Flask, cast: Cast, hook: WebHook) -> None:
    add(cast, link=f"{hook.address}/hooks/{HOOK}")
    (one,) = shown_channels(cast.group.id)
    path, organiser = f"{cast.home}/channels", cast.browsers["organiser"]
    assert "Nothing was sent there yet." in words(organiser.get(path))
    for status, said in (
        (200, "The last test arrived"),
        (404, "no longer knows this link"),
        (200, "The last test arrived"),
    ):
        hook.status = status
        for _ in range(2):
            assert organiser.post(f"{path}/{one.id}/test").status_code == 302
        assert "A test is on its way." in words(organiser.get(path))
        run_jobs(app)
        assert said in words(organiser.get(path))
    assert len(hook.got) == 3 and "Stopped" not in words(organiser.get(path))


def test_a_channel_is_changed_paused_and_removed(cast: Cast) -> None:
    add(cast)
    (one,) = shown_channels(cast.group.id)
    path, organiser = f"{cast.home}/channels/{one.id}", cast.browsers["organiser"]
    assert "A name, please." in words(organiser.post(path, {"name": ""}))
    changed: dict[str, Any] = {"name": "#race", "kinds": ["overtook"]}
    assert organiser.post(path, changed).status_code == 302
    assert "#race" in words(organiser.get(path))
    for paused in ("yes", "yes", "no"):
        organiser.post(f"{path}/pause", {"paused": paused})
        assert shown_channels(cast.group.id)[0].is_paused is (paused == "yes")
    assert organiser.post(f"{path}/remove").status_code == 302
    assert organiser.post(f"{path}/remove").status_code == organiser.get(path).status_code == 404
    assert [line.sentence.removeprefix("Olga Orlova ") for line in reversed(log_page(cast.group.id, Page(1, 9)))] == [
        "added a chat channel", "changed a chat channel", "paused a chat channel", "let a chat channel go on",
        "removed a chat channel",
    ]  # fmt: skip


def test_a_channel_of_another_group_is_out_of_reach(cast: Cast) -> None:
    add(cast)
    (one,) = shown_channels(cast.group.id)
    other = make_group("Night Owls")
    make_member(other, cast.runners["organiser"], role="organiser")
    path = f"/g/{other.slug}/channels/{one.id}"
    assert cast.browsers["organiser"].get(path).status_code == 404
    for act in ("", "/test", "/pause", "/remove"):
        assert cast.browsers["organiser"].post(path + act, {"name": "x"}).status_code == 404
        assert cast.browsers["member"].post(f"{cast.home}/channels/{one.id}{act}", {"name": "x"}).status_code == 404


def test_the_link_of_a_message_leads_members_to_the_page_and_strangers_nowhere(app: Flask, stage: Stage) -> None:
    made = stage.announce()
    path = f"/from-channel/announcements/{made}"
    assert stage.cast.statuses(path) == [302, 302, 404, 302]
    assert stage.cast.browsers["member"].get(path).location.endswith(f"/announcements#announcement-{made}")
    assert stage.cast.statuses("/from-channel/announcements/999") == [404, 404, 404, 302]
    assert stage.cast.statuses("/from-channel/challenges/999") == [404, 404, 404, 302]
    assert stage.cast.statuses("/from-channel/runs/999") == [404, 404, 404, 302]
    signed_out = Browser(app)
    assert "announcements/1" not in signed_out.get(path, follow_redirects=False).text or made == 1


def test_an_organiser_who_is_erased_leaves_the_channel_without_a_name(cast: Cast) -> None:
    added_by = make_runner("Otto Old")
    make_member(cast.group, added_by, role="organiser")
    add(cast)
    (one,) = shown_channels(cast.group.id)
    db.session.get_one(GroupChannel, one.id).added_by = added_by.id
    db.session.commit()
    db.session.delete(added_by)
    db.session.commit()
    assert db.session.get_one(GroupChannel, one.id, populate_existing=True).added_by is None

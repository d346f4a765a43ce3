"""Sending a message to each service, by apprise and the session that decides which addresses are called."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.chat.links import ChatLink, read_link
from integrations.chat.messenger import ChatOutcome, ChatReason, ChatResult, send_message
from integrations.outbound.session import OutboundSession
from tests.support.chat_links import BOT, DISCORD, HOOK, SLACK, T2BOT, TELEGRAM, TOKEN
from tests.support.web_hook import AsIfThere, WebHook, web_hook

ROOT = Path(__file__).parents[3]
TEXT = "5 < 7 & *Ana* went past “Ben” in October.\nhttps://run.example.org/from-channel/challenges/7"


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as hook:
        yield hook


def own(hook: WebHook, path: str) -> ChatLink:
    return read_link(f"{hook.address}{path}", ["127.0.0.1"], [hook.host_port])


@pytest.mark.parametrize(
    ("address", "host", "field"),
    [
        (DISCORD, "https://discord.com", "content"),
        (SLACK, "https://hooks.slack.com", "attachments"),
        (TELEGRAM, "https://api.telegram.org", "text"),
        (T2BOT, "https://webhooks.t2bot.io", "text"),
        ("https://ntfy.sh/our-club", "https://ntfy.sh", "message"),
    ],
)
def test_each_service_gets_the_message_as_it_wants_it(hook: WebHook, address: str, host: str, field: str) -> None:
    link = read_link(address)
    session = AsIfThere(hook)
    assert send_message(link, TEXT, session) == ChatOutcome(ChatResult.SENT)
    assert session.asked == [host]
    ((path, said),) = hook.got
    assert said_in(said[field]) == TEXT
    assert "github" not in str(said) and "apprise" not in str(said).lower()
    assert path.startswith(link.path.replace("/our-club", "/")) or path == link.path


def said_in(value: Any) -> str:
    text = str(value[0]["text"] if isinstance(value, list) else value)
    return text.replace("&lt;", "<").replace("&amp;", "&").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("path", "field"),
    [(f"/hooks/{HOOK}", "text"), (f"/chat/hooks/{HOOK}", "text"), (f"/webhook/{HOOK}", "text"), ("/club", "message")],
)
def test_hosts_of_ones_own_get_it_too(hook: WebHook, path: str, field: str) -> None:
    assert send_message(own(hook, path), TEXT, OutboundSession([hook.host_port])) == ChatOutcome(ChatResult.SENT)
    assert [said[field] for _, said in hook.got] == [TEXT]


@pytest.mark.parametrize(
    ("status", "result", "reason"),
    [
        (404, ChatResult.STOP, ChatReason.GONE),
        (410, ChatResult.STOP, ChatReason.GONE),
        (401, ChatResult.STOP, ChatReason.GONE),
        (400, ChatResult.FAILED, ChatReason.REFUSED),
        (403, ChatResult.FAILED, ChatReason.REFUSED),
        (429, ChatResult.RETRY, ChatReason.BUSY),
        (500, ChatResult.RETRY, ChatReason.SERVER_ERROR),
        (503, ChatResult.RETRY, ChatReason.SERVER_ERROR),
    ],
)
def test_an_answer_says_whether_to_try_again(
    hook: WebHook, status: int, result: ChatResult, reason: ChatReason
) -> None:
    hook.status = status
    for address in (DISCORD, SLACK, TELEGRAM, T2BOT, "https://ntfy.sh/club"):
        assert send_message(read_link(address), TEXT, AsIfThere(hook)) == ChatOutcome(result, reason)
    assert len(hook.got) == 5, "nothing is tried twice here"


def test_no_redirect_is_followed(hook: WebHook) -> None:
    with web_hook() as other:
        hook.status, hook.location = 307, f"{other.address}/hooks/{HOOK}"
        session = OutboundSession([hook.host_port, other.host_port])
        found = send_message(own(hook, f"/hooks/{HOOK}"), TEXT, session)
    assert found == ChatOutcome(ChatResult.FAILED, ChatReason.REDIRECT)
    assert len(hook.got) == 1 and other.got == []


def test_a_service_that_gives_no_answer_may_have_the_message(hook: WebHook) -> None:
    hook.status = 0
    found = send_message(own(hook, f"/hooks/{HOOK}"), TEXT, OutboundSession([hook.host_port], read_s=0.1))
    assert found == ChatOutcome(ChatResult.UNKNOWN, ChatReason.NO_ANSWER)


def test_a_service_that_is_away_is_tried_again_later() -> None:
    with web_hook() as hook:
        link = own(hook, f"/hooks/{HOOK}")
    found = send_message(link, TEXT, OutboundSession([hook.host_port]))
    assert found == ChatOutcome(ChatResult.RETRY, ChatReason.NO_CONNECTION)


def test_a_host_that_leads_into_a_private_network_is_never_called(hook: WebHook) -> None:
    link = read_link(f"https://chat.example.org/hooks/{HOOK}", ["chat.example.org"])
    session = OutboundSession(resolve=lambda host, port: ["127.0.0.1"])
    assert send_message(link, TEXT, session) == ChatOutcome(ChatResult.FAILED, ChatReason.ADDRESS)
    assert hook.got == []


def test_no_log_line_holds_a_link_or_a_message(hook: WebHook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = (TOKEN, "TIiajkdnlazk", BOT, "f0f0", HOOK, "went past")
    for hook.status in (200, 404, 500):
        for address in (DISCORD, SLACK, TELEGRAM, T2BOT):
            send_message(read_link(address), TEXT, AsIfThere(hook))
        send_message(own(hook, f"/hooks/{HOOK}"), TEXT, OutboundSession([hook.host_port]))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert ours and [secret for secret in secrets if secret in "\n".join(ours)] == []


def test_apprise_is_imported_by_no_module_of_ours_since_most_processes_never_send() -> None:
    modules = [path for package in ("webapp", "integrations", "jobs", "ops") for path in (ROOT / package).rglob("*.py")]
    assert modules
    assert [path.name for path in modules if re.search(r"^(import|from) apprise", path.read_text(), re.M)] == []

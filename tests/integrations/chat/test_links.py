"""Which links lead to a room: the links that people copy, the forms of apprise, and nothing else."""

import pytest

from integrations.chat.links import ChatLink, ChatService, LinkRefused, read_link
from tests.support.chat_links import BOT, DISCORD, HOOK, SLACK, T2BOT, TELEGRAM, TOKEN

OWN = ("chat.example.org",)


def link(text: str) -> ChatLink:
    return read_link(text, OWN)


@pytest.mark.parametrize(
    ("service", "pasted", "stored"),
    [
        (ChatService.DISCORD, f" {DISCORD} ", DISCORD),
        (ChatService.DISCORD, DISCORD.replace("discord.com", "discordapp.com") + "/?wait=true#x", DISCORD),
        (ChatService.DISCORD, f"discord://123456789012345678/{TOKEN}/?avatar=no", DISCORD),
        (ChatService.SLACK, SLACK, SLACK),
        (ChatService.SLACK, SLACK.replace("https://hooks.slack.com/services", "slack:/"), SLACK),
        (ChatService.TELEGRAM, f"tgram://{BOT}/-1001234567890", TELEGRAM),
        (ChatService.TELEGRAM, TELEGRAM, TELEGRAM),
        (ChatService.MATTERMOST, f"https://chat.example.org/hooks/{HOOK}", f"https://chat.example.org/hooks/{HOOK}"),
        (ChatService.MATTERMOST, f"mmosts://chat.example.org:8443/team/{HOOK}?image=yes",
         f"https://chat.example.org:8443/team/hooks/{HOOK}"),
        (ChatService.MATRIX, T2BOT, T2BOT),
        (ChatService.MATRIX, f"matrixs://{'f0' * 32}", T2BOT),
        (ChatService.MATRIX, f"https://chat.example.org/webhook/{HOOK}", f"https://chat.example.org/webhook/{HOOK}"),
        (ChatService.NTFY, "https://ntfy.sh/our-club", "https://ntfy.sh/our-club"),
        (ChatService.NTFY, "ntfys://our-club", "https://ntfy.sh/our-club"),
        (ChatService.NTFY, "ntfys://chat.example.org/our-club", "https://chat.example.org/our-club"),
    ],
)  # fmt: skip
def test_a_link_is_read_and_stored_without_what_is_not_needed(service: ChatService, pasted: str, stored: str) -> None:
    found = link(pasted)
    assert (found.service, found.address) == (service, stored)
    assert link(stored) == found


@pytest.mark.parametrize(
    "pasted",
    [
        "", "hello", "https://", "https://discord.com", "https://discord.com/channels/1/2", DISCORD[:60],
        DISCORD.replace("discord.com", "discord.com.evil.example"), DISCORD.replace("discord.com", "evil.example"),
        DISCORD.replace("https", "http"), SLACK.replace("https", "http"), f"{SLACK}/../../x", SLACK[:-12],
        "https://user:pass@hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        f"tgram://{BOT}", f"tgram://{BOT}/a b", TELEGRAM.replace("-100", "x"),
        f"https://other.example.org/hooks/{HOOK}", "https://127.0.0.1/our-club", "https://[::1]/our-club",
        "http://chat.example.org/our-club", "https://chat.example.org/a/b/c", "https://chat.example.org:0/our-club",
        "https://chat.example.org:99999/our-club", "file:///etc/passwd", "json://chat.example.org/x", "apprise://x/y",
        "https://chat.example.org/hooks/" + "a" * 600, "https://[", "mmosts://", "discord://", "https://ntfy.sh/%2e%2e",
        "https://chat.example.org\\@evil.example/our-club", "https://ch\u0430t.example.org/our-club",
    ],
)  # fmt: skip
def test_any_other_link_is_refused_without_being_quoted(pasted: str) -> None:
    with pytest.raises(LinkRefused) as refused:
        link(pasted)
    assert pasted == "" or pasted not in str(refused.value)


def test_plain_http_is_for_a_host_and_port_that_the_operator_excepted() -> None:
    address = f"http://127.0.0.1:8065/hooks/{HOOK}"
    assert read_link(address, ["127.0.0.1"], [("127.0.0.1", 8065)]).address == address
    for allowed, exceptions in ((["127.0.0.1"], [("127.0.0.1", 8066)]), ([], [("127.0.0.1", 8065)])):
        with pytest.raises(LinkRefused):
            read_link(address, allowed, exceptions)


def test_no_secret_is_in_what_a_link_looks_like_to_a_programmer() -> None:
    for pasted in (DISCORD, SLACK, TELEGRAM, T2BOT):
        assert [part for part in (TOKEN, "TIiajkdnlazk", BOT, "f0f0") if part in repr(link(pasted))] == []

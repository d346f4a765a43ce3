"""The links to rooms of chat services that are taken: what a person pastes, read into its parts. Pure.

Only what stands in the tables below is taken. Nothing else of a link is kept, neither a query nor a user, so it cannot
switch anything on.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

MAX_LINK = 500


class ChatService(StrEnum):
    """A chat service that a group's room may be in."""

    DISCORD = "discord"
    SLACK = "slack"
    TELEGRAM = "telegram"
    MATTERMOST = "mattermost"
    MATRIX = "matrix"
    NTFY = "ntfy"


class LinkRefused(Exception):
    """A link that leads to no room that we may write to; the message says what to paste. It never quotes the link."""


@dataclass(frozen=True, slots=True)
class ChatLink:
    """A room: its service, the host that is called, and the parts of the link that are secret."""

    service: ChatService
    host: str
    port: int | None
    path: str = field(repr=False)
    # What the service needs to know, by name.
    keys: Mapping[str, str] = field(repr=False)
    # Called by http, which is for hosts that the operator excepted.
    is_plain: bool = False

    @property
    def address(self) -> str:
        """Return the link as it is stored: `read_link` reads it again as the same."""
        chat = f"?chat_id={self.keys['chat']}" if "chat" in self.keys else ""
        scheme, port = "http" if self.is_plain else "https", f":{self.port}" if self.port else ""
        return f"{scheme}://{self.host}{port}{self.path}{chat}"


UNKNOWN = (
    "This is no link that we know. Please paste the link of a webhook of Discord, Slack, Mattermost or Matrix, a topic "
    "of ntfy, or tgram://token/chat for Telegram."
)
INCOMPLETE = "Part of this link seems to be missing. Please copy the whole of it."
NOT_HTTPS = "Only links that begin with https:// are taken."
OTHER_HOST = "The operator of this installation has not allowed messages to this host."

DISCORD_HOSTS = frozenset({"discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"})
SLACK_HOST, TELEGRAM_HOST, T2BOT_HOST, NTFY_HOST = (
    "hooks.slack.com", "api.telegram.org", "webhooks.t2bot.io", "ntfy.sh",
)  # fmt: skip

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)
_FOLDER = r"(?P<folder>(?:/[A-Za-z0-9_-]{1,60}){0,4})"
# The secret parts of a path, by service. Each is matched as a whole.
_DISCORD = r"/api(?:/v\d{1,2})?/webhooks/(?P<id>\d{5,30})/(?P<token>[A-Za-z0-9_-]{20,120})"
_SLACK = r"/services/(?P<a>[A-Z0-9]{5,20})/(?P<b>[A-Z0-9]{5,20})/(?P<c>[A-Za-z0-9]{20,40})"
_TELEGRAM = r"/bot(?P<token>\d{3,20}:[A-Za-z0-9_-]{20,60})/sendMessage"
_MATTERMOST = _FOLDER + r"/hooks/(?P<token>[A-Za-z0-9]{10,60})"
_T2BOT = r"/api/v1/matrix/hook/(?P<token>[A-Za-z0-9]{64})"
_HOOKSHOT = _FOLDER + r"/webhook/(?P<token>[A-Za-z0-9-]{10,80})"
_NTFY = r"/(?P<topic>[A-Za-z0-9_-]{1,64})"
_CHAT = re.compile(r"-?\d{1,20}|@[A-Za-z0-9_]{3,40}", re.ASCII)

# The forms of apprise that stand for a link of the web.
_APPRISE: Mapping[str, Callable[[SplitResult], str]] = {
    "discord": lambda parts: f"https://discord.com/api/webhooks/{parts.netloc}{parts.path}",
    "slack": lambda parts: f"https://{SLACK_HOST}/services/{parts.netloc}{parts.path}",
    "tgram": lambda parts: _telegram(parts),
    "mmosts": lambda parts: f"https://{parts.netloc}{_in_folder(parts.path, 'hooks')}",
    "matrixs": lambda parts: f"https://{T2BOT_HOST}/api/v1/matrix/hook/{parts.netloc}",
    "ntfys": lambda parts: f"https://{parts.netloc}{parts.path}" if parts.path.strip("/") else _topic(parts.netloc),
}


def read_link(text: str, allowed_hosts: Collection[str] = (), exceptions: Collection[tuple[str, int]] = ()) -> ChatLink:
    """Return the room that a link leads to.

    `allowed_hosts`: where rooms may be besides the services' own hosts; `exceptions`: hosts with their ports that may
    be called by http. Raises LinkRefused.
    """
    parts = _of_the_web(text.strip())
    host = (parts.hostname or "").lower()
    if parts.scheme == "http" and (host, parts.port) not in exceptions:
        raise LinkRefused(NOT_HTTPS)
    if not _HOST.fullmatch(host):
        raise LinkRefused(UNKNOWN)
    if host in DISCORD_HOSTS:
        return _matched(ChatService.DISCORD, _DISCORD, parts, "discord.com")
    if host == SLACK_HOST:
        return _matched(ChatService.SLACK, _SLACK, parts, host)
    if host == TELEGRAM_HOST:
        return _matched(ChatService.TELEGRAM, _TELEGRAM, parts, host, chat=_chat(parts))
    if host == T2BOT_HOST:
        return _matched(ChatService.MATRIX, _T2BOT, parts, host)
    return _of_a_topic_or_own_host(parts, host, allowed_hosts)


def _of_the_web(text: str) -> SplitResult:
    """Return the parts of a link; one in a form of apprise is read as the link of the web that it stands for."""
    try:
        parts = urlsplit(text)
        if parts.scheme in _APPRISE:
            parts = urlsplit(_APPRISE[parts.scheme](parts))
        is_odd = len(text) > MAX_LINK or parts.username is not None or (parts.port == 0)
    except ValueError:
        raise LinkRefused(UNKNOWN) from None
    if is_odd or parts.scheme not in ("http", "https"):
        raise LinkRefused(UNKNOWN)
    return parts


def _of_a_topic_or_own_host(parts: SplitResult, host: str, allowed_hosts: Collection[str]) -> ChatLink:
    if host == NTFY_HOST:
        return _matched(ChatService.NTFY, _NTFY, parts, host)
    path = parts.path.rstrip("/")
    service = next((service for service, form in _OWN.items() if re.fullmatch(form, path, re.ASCII)), None)
    if host not in allowed_hosts:
        raise LinkRefused(OTHER_HOST if service else UNKNOWN)
    if service is None:
        raise LinkRefused(INCOMPLETE)
    return _matched(service, _OWN[service], parts, host, port=parts.port)


# On hosts of one's own, the path says which service it is.
_OWN: Mapping[ChatService, str] = {
    ChatService.MATTERMOST: _MATTERMOST,
    ChatService.MATRIX: _HOOKSHOT,
    ChatService.NTFY: _NTFY,
}


def _matched(
    service: ChatService, form: str, parts: SplitResult, host: str, *, port: int | None = None, chat: str | None = None
) -> ChatLink:
    path = parts.path.rstrip("/")
    found = re.fullmatch(form, path, re.ASCII)
    if found is None:
        raise LinkRefused(INCOMPLETE)
    keys = {name: value for name, value in found.groupdict().items() if value}
    return ChatLink(service, host, port, path, {**keys, "chat": chat} if chat else keys, parts.scheme == "http")


def _telegram(parts: SplitResult) -> str:
    return f"https://{TELEGRAM_HOST}/bot{unquote(parts.netloc)}/sendMessage?chat_id={parts.path.strip('/')}"


def _chat(parts: SplitResult) -> str:
    """Return the chat that a bot of Telegram is to write to. Raises LinkRefused."""
    chat = parse_qs(parts.query).get("chat_id", [""])[0]
    if not _CHAT.fullmatch(chat):
        raise LinkRefused("Please add the chat: tgram://token/chat, with its number or its @name.")
    return chat


def _in_folder(path: str, name: str) -> str:
    """Return the path with `name` before its last part."""
    folder, _, last = path.rstrip("/").rpartition("/")
    return f"{folder}/{name}/{last}"


def _topic(name: str) -> str:
    return f"https://{NTFY_HOST}/{name}"

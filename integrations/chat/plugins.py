"""Apprise's plugins, each run from a copy of its module of our own, with the parts of a link as they were read.

Apprise parses no link here, so no option of one reaches it: no template file, no other host, no picture from elsewhere.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from integrations.chat.links import T2BOT_HOST, ChatLink, ChatService
from integrations.chat.requests_stand_in import RequestsStandIn

# Apprise logs links and answers, so nothing of what it logs is kept.
SILENCED = "apprise"
APP_NAME = "Chasepack"


class Plugin(Protocol):
    """A room, as apprise writes to it."""

    def notify(self, *, body: str, body_format: str) -> bool: ...


def plugin_for(link: ChatLink, calls: RequestsStandIn) -> Plugin:
    """Return the plugin that writes to a room by `calls`, and by nothing else.

    Apprise is imported here and not at the top: it takes 15 MB, and most processes never send a message.
    """
    module_name, class_name = _MODULES[link.service]
    _silence()
    asset = importlib.import_module("apprise").AppriseAsset(
        app_id=APP_NAME, app_desc="", app_url="", http_redirects=False, image_url_mask="", image_url_logo=""
    )
    module = _own_copy(module_name)
    vars(module)["requests"] = calls
    plugin: type[Any] = type("Plugin", (_WithoutPauses, getattr(module, class_name)), {})
    made: Plugin = plugin(**_OPTIONS[link.service](link), asset=asset, retry=0, store=False)
    return made


class _WithoutPauses:
    """A plugin that does not sleep: one message is one call, and pauses are ours."""

    def throttle(self, *_args: object, **_options: object) -> None:
        pass


def _silence() -> None:
    logger = logging.getLogger(SILENCED)
    logger.disabled, logger.propagate = True, False


def _own_copy(name: str) -> ModuleType:
    """Return a fresh copy of a module, which no other import finds."""
    spec = importlib.util.find_spec(name)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _discord(link: ChatLink) -> dict[str, Any]:
    return {"webhook_id": link.keys["id"], "webhook_token": link.keys["token"], "avatar": False}


def _slack(link: ChatLink) -> dict[str, Any]:
    tokens = {"token_a": link.keys["a"], "token_b": link.keys["b"], "token_c": link.keys["c"]}
    return {**tokens, "include_image": False, "include_footer": False, "include_timestamp": False}


def _telegram(link: ChatLink) -> dict[str, Any]:
    keys = {"bot_token": link.keys["token"], "targets": [link.keys["chat"]]}
    return {**keys, "detect_owner": False, "preview": False}


def _mattermost(link: ChatLink) -> dict[str, Any]:
    return {**_on_host(link, "mmosts"), "token": link.keys["token"], "mode": "webhook", "fullpath": _folder(link)}


def _matrix(link: ChatLink) -> dict[str, Any]:
    is_t2bot = link.host == T2BOT_HOST
    mode = {"mode": "t2bot" if is_t2bot else "hookshot", "webhook_path": f"{_folder(link)}/webhook"}
    return {**_on_host(link, "matrixs"), **mode, "password": link.keys["token"], "e2ee": False, "discovery": False}


def _ntfy(link: ChatLink) -> dict[str, Any]:
    return {**_on_host(link, "ntfys"), "targets": [link.keys["topic"]], "mode": "private", "include_image": False}


def _on_host(link: ChatLink, schema: str) -> dict[str, Any]:
    return {"schema": schema, "secure": not link.is_plain, "host": link.host, "port": link.port}


def _folder(link: ChatLink) -> str:
    return link.keys.get("folder", "")


_MODULES: Mapping[ChatService, tuple[str, str]] = {
    ChatService.DISCORD: ("apprise.plugins.discord", "NotifyDiscord"),
    ChatService.SLACK: ("apprise.plugins.slack", "NotifySlack"),
    ChatService.TELEGRAM: ("apprise.plugins.telegram", "NotifyTelegram"),
    ChatService.MATTERMOST: ("apprise.plugins.mattermost", "NotifyMattermost"),
    ChatService.MATRIX: ("apprise.plugins.matrix.base", "NotifyMatrix"),
    ChatService.NTFY: ("apprise.plugins.ntfy", "NotifyNtfy"),
}
_OPTIONS: Mapping[ChatService, Callable[[ChatLink], dict[str, Any]]] = {
    ChatService.DISCORD: _discord,
    ChatService.SLACK: _slack,
    ChatService.TELEGRAM: _telegram,
    ChatService.MATTERMOST: _mattermost,
    ChatService.MATRIX: _matrix,
    ChatService.NTFY: _ntfy,
}

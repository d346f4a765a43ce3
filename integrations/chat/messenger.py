"""Sending one message to a room, through apprise's plugin of its service. Nothing is tried twice here."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import requests

from integrations.chat.links import ChatLink
from integrations.chat.plugins import plugin_for
from integrations.chat.requests_stand_in import RequestsStandIn
from integrations.outbound.errors import AddressRefused, NoAnswer

log = logging.getLogger(__name__)

# The room is gone, or no longer knows us: trying again cannot help.
GONE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class ChatResult(StrEnum):
    """What came of a message. UNKNOWN: it was handed over and no answer came, so it may have arrived."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    STOP = "stop"
    UNKNOWN = "unknown"


class ChatReason(StrEnum):
    """Why a message did not arrive: a closed set, without a word of what was sent or answered."""

    NONE = ""
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    NO_CONNECTION = "no_connection"
    NO_ANSWER = "no_answer"
    ADDRESS = "address"
    REDIRECT = "redirect"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class ChatOutcome:
    """The result of sending a message, and the reason if it did not arrive."""

    result: ChatResult
    reason: ChatReason = ChatReason.NONE


def send_message(link: ChatLink, text: str, session: requests.Session) -> ChatOutcome:
    """Send a message to a room once. No redirect is followed, and no log line quotes the link or an answer.

    `session`: an OutboundSession, which decides what may be called.
    """
    calls = RequestsStandIn(session)
    try:
        is_accepted = plugin_for(link, calls).notify(body=text, body_format="text")
    except Exception as error:  # whatever goes wrong in a plugin, its error may quote the link
        log.error("the plugin of %s failed: %s", link.service, type(error).__name__)
        is_accepted = False
    outcome = _outcome_of(calls, is_accepted)
    if outcome.result is not ChatResult.SENT:
        log.warning("a message to %s did not arrive: %s", link.service, outcome.reason)
    return outcome


def _outcome_of(calls: RequestsStandIn, is_accepted: bool) -> ChatOutcome:
    if calls.answer is not None:
        return _of_status(calls.answer.status_code, is_accepted)
    if isinstance(calls.error, NoAnswer):
        return ChatOutcome(ChatResult.UNKNOWN, ChatReason.NO_ANSWER)
    if isinstance(calls.error, AddressRefused):
        return ChatOutcome(ChatResult.FAILED, ChatReason.ADDRESS)
    if calls.error is not None:
        return ChatOutcome(ChatResult.RETRY, ChatReason.NO_CONNECTION)
    return ChatOutcome(ChatResult.FAILED, ChatReason.REFUSED)  # the plugin made no call


def _of_status(status: int, is_accepted: bool) -> ChatOutcome:
    if is_accepted:
        return ChatOutcome(ChatResult.SENT)
    if status in GONE:
        return ChatOutcome(ChatResult.STOP, ChatReason.GONE)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ChatOutcome(ChatResult.RETRY, ChatReason.BUSY)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ChatOutcome(ChatResult.RETRY, ChatReason.SERVER_ERROR)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ChatOutcome(ChatResult.FAILED, ChatReason.REDIRECT)
    return ChatOutcome(ChatResult.FAILED, ChatReason.REFUSED)

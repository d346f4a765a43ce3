"""What a sender of a channel is given, and what it returns. `channel_service` lists the senders."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.notifications.message_rules import Message


class SendResult(StrEnum):
    """What became of an attempt to send.

    `retry`: it was not taken, and may be later. `away`: nothing answers, so the whole channel rests for a moment.
    `refused`: it will never be taken. `unknown`: it may or may not have been taken, so it is not sent again. `untold`:
    there is nothing that its reader may still be told; no sender says so.
    """

    SENT = "sent"
    RETRY = "retry"
    AWAY = "away"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """A result, and why: a word of a closed set, never an address or what a server said.

    `retry_after`: how long a server asked us to wait.
    """

    result: SendResult
    reason: str = ""
    retry_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery that was claimed, and what it says. Its id names the same message in every attempt."""

    delivery_id: int
    runner_id: int
    is_urgent: bool
    message: Message


@dataclass(frozen=True, slots=True)
class ChannelSender:
    """What sends by one channel.

    `reachable` returns those of some runners who have an address there. `wait_s` asks whether one more may be sent now:
    it returns 0, or how many seconds of real time to wait. `send` runs outside a transaction, may take a minute,
    raises nothing, and leaves no transaction open.
    """

    reachable: Callable[[Collection[int]], set[int]]
    wait_s: Callable[[], float]
    send: Callable[[Outgoing, datetime], SendOutcome]

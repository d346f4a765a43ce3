"""Rules of a group's channels: what they carry, how often, what is tried again, and how a message is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from integrations.chat.links import ChatService
from integrations.chat.messenger import ChatReason, ChatResult
from webapp.formatting import day
from webapp.models.words import DeliveryState, FactKind

MAX_CHANNELS = 5
MAX_NAME = 40
# What happened longer ago is no news, and is not posted.
NEWS_FOR = timedelta(days=1)
# Messages of a day to one channel, and how many of them may be overtakes: a room is for people to talk.
MAX_A_DAY, MAX_OVERTAKES_A_DAY = 20, 5
# After the first failure, the second, and so on. After the last one a message is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
# A worker that has said nothing for that long after it claimed a message is dead: no call takes half as long.
STUCK_AFTER = timedelta(minutes=2)

SERVICE_NAMES: Mapping[ChatService, str] = {
    ChatService.DISCORD: "Discord",
    ChatService.SLACK: "Slack",
    ChatService.TELEGRAM: "Telegram",
    ChatService.MATTERMOST: "Mattermost",
    ChatService.MATRIX: "Matrix",
    ChatService.NTFY: "ntfy",
}


@dataclass(frozen=True, slots=True)
class CarriedKind:
    """A kind of fact that a channel can carry, as the form names it. `is_usual`: a new channel carries it."""

    label: str
    is_usual: bool = True


# In the order of the form. No other fact ever reaches a channel.
CARRIED: Mapping[FactKind, CarriedKind] = {
    FactKind.ANNOUNCEMENT: CarriedKind("Titles of announcements"),
    FactKind.CHALLENGE_BEGINS: CarriedKind("A challenge begins"),
    FactKind.THREE_DAYS_LEFT: CarriedKind("Three days left"),
    FactKind.CHALLENGE_FINAL: CarriedKind("A final challenge, and who was in front"),
    FactKind.RUN_REMINDER: CarriedKind("A group run tomorrow"),
    FactKind.RUN_CHANGED: CarriedKind("A group run that changes or is cancelled"),
    FactKind.RUN_CHANGED_SOON: CarriedKind("The same within a day of its start"),
    FactKind.OVERTOOK: CarriedKind("Who went past whom", is_usual=False),
}
USUAL = tuple(kind for kind, one in CARRIED.items() if one.is_usual)

# How a message that did not arrive is told to organisers.
REASONS: Mapping[str, str] = {
    ChatReason.BUSY: "the service was busy",
    ChatReason.SERVER_ERROR: "the service had a fault",
    ChatReason.NO_CONNECTION: "the service could not be reached",
    ChatReason.NO_ANSWER: "the service took it and gave no answer, so it may have arrived",
    ChatReason.ADDRESS: "its address is not a public one",
    ChatReason.REDIRECT: "the service sent us elsewhere",
    ChatReason.REFUSED: "the service refused it",
    ChatReason.GONE: "the service no longer knows this link",
}

# What a chat service would read as a mention, a link with other words, or markup.
_PLAIN = str.maketrans({"@": "＠", "<": "‹", ">": "›", "[": "(", "]": ")", "`": "’", "*": "∗", "~": "∼", "|": "¦"})
TEST_MESSAGE = "This is a test from Chasepack. Messages of your group will come here."


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a post: its state, the pause before it is tried again (None: it is not), the reason."""

    state: DeliveryState
    pause: timedelta | None = None
    reason: str = ""


def settlement_of(result: ChatResult, reason: ChatReason, attempts: int, *, is_test: bool) -> Settlement:
    """Return what becomes of a post that was sent for the `attempts`-th time. A test is tried once."""
    if result is ChatResult.SENT:
        return Settlement(DeliveryState.SENT)
    if result is ChatResult.UNKNOWN:
        return Settlement(DeliveryState.UNKNOWN, reason=reason)
    if result is ChatResult.RETRY and not is_test and attempts <= len(PAUSES):
        return Settlement(DeliveryState.WAITING, PAUSES[attempts - 1], reason)
    return Settlement(DeliveryState.FAILED, reason=reason)


def may_post(kind: FactKind, posted: Sequence[FactKind]) -> bool:
    """Return whether one more of a kind fits; `posted`: the kinds of what the channel was sent within a day."""
    overtakes = sum(one == FactKind.OVERTOOK for one in posted)
    return len(posted) < MAX_A_DAY and (kind != FactKind.OVERTOOK or overtakes < MAX_OVERTAKES_A_DAY)


def plain(words: str) -> str:
    """Return words of a person so that no chat service reads a mention or markup in them."""
    return words.translate(_PLAIN)


def in_front(first_names: Sequence[str], places: int) -> str:
    """Return the sentence about the first places of a final challenge, of which only `first_names` may be named."""
    if not first_names:
        return ""
    whom = "The first three" if len(first_names) == places == 3 else "Among the first three"
    return f"{whom}: {listed([plain(name) for name in first_names])}."


def listed(names: Sequence[str]) -> str:
    """Return "Ana", "Ana and Ben", "Ana, Ben and Cleo"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def days_left(name: str, ends_on: date, today: date) -> str:
    """Return the sentence about the end of a challenge, "" once it is over."""
    left = (ends_on - today).days + 1
    if left < 1:
        return ""
    what = "The last day of" if left == 1 else f"{left} days left in"
    return f"{what} {plain(name)}. It ends on {day(ends_on)}."

"""The kinds of facts: who is told, whether it can wait, and by which channels unless a runner says otherwise.

A new kind is a word in `models.words.FactKind`, a row here, a template and a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.models.words import Channel, FactKind


class Audience(StrEnum):
    """The readers of a fact: the one runner that it names, or everybody in its group or challenge with this part."""

    ONE = "one"
    MEMBERS = "members"
    ORGANISERS = "organisers"
    # Those who answer requests to join.
    ANSWERERS = "answerers"
    ENTRANTS = "entrants"


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A kind of fact, as the page of choices names and explains it.

    `is_urgent`: it passes the ceiling and, unless the runner says otherwise, quiet hours. `never_by`:
    channels that it is not offered for.
    """

    kind: FactKind
    title: str
    about: str
    audience: Audience
    channels: frozenset[Channel]
    is_urgent: bool = False
    never_by: frozenset[Channel] = frozenset()

    @property
    def is_limited(self) -> bool:
        """Return whether it counts towards the ceiling. The digest stands for what the ceiling kept back."""
        return not self.is_urgent and self.kind is not FactKind.WEEKLY_DIGEST


_NONE: frozenset[Channel] = frozenset()
_MAIL = frozenset({Channel.MAIL})
_PUSH = frozenset({Channel.PUSH})
_BOTH = frozenset(Channel)

# In the order of the page of choices. What happens often comes by push alone, or only to the inbox.
KINDS: Mapping[FactKind, NotificationKind] = {
    one.kind: one
    for one in (
        NotificationKind(
            FactKind.OVERTAKEN,
            "Somebody went past you",
            "A runner you were ahead of is ahead of you now.",
            Audience.ONE,
            _PUSH,
        ),
        NotificationKind(
            FactKind.OVERTOOK,
            "You went past somebody",
            "One of your runs took you past a runner.",
            Audience.ONE,
            _NONE,
        ),
        NotificationKind(
            FactKind.THREE_DAYS_LEFT,
            "Three days left",
            "A challenge of yours ends soon: who is closest to you.",
            Audience.ENTRANTS,
            _PUSH,
        ),
        NotificationKind(
            FactKind.CHALLENGE_BEGINS,
            "A challenge begins",
            "A challenge in your group has its first day.",
            Audience.MEMBERS,
            _PUSH,
        ),
        NotificationKind(
            FactKind.CHALLENGE_FINAL,
            "A challenge is final",
            "All late runs are in, and your result stands.",
            Audience.ENTRANTS,
            _BOTH,
        ),
        NotificationKind(
            FactKind.NO_SUCCESSOR,
            "Next month has no challenge yet",
            "For organisers: a challenge ends, and nothing follows it.",
            Audience.ORGANISERS,
            _MAIL,
        ),
        NotificationKind(
            FactKind.RUN_HELD_BACK,
            "A run of yours waits",
            "One of your runs does not count until it is reviewed.",
            Audience.ONE,
            _BOTH,
        ),
        NotificationKind(
            FactKind.REVIEW_DECIDED,
            "A review is decided",
            "Your group decided about one of your runs.",
            Audience.ONE,
            _BOTH,
        ),
        NotificationKind(
            FactKind.TURN_TO_PICK,
            "Your turn to pick",
            "For captains: the others wait for your pick.",
            Audience.ONE,
            _BOTH,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.REQUEST_RECEIVED,
            "Somebody asks to join",
            "For those who answer requests: a runner would like to join your group.",
            Audience.ANSWERERS,
            _BOTH,
        ),
        NotificationKind(
            FactKind.REQUEST_ANSWERED,
            "Your request is answered",
            "A group that you asked to join has answered.",
            Audience.ONE,
            _BOTH,
        ),
        NotificationKind(
            FactKind.ROLE_GIVEN,
            "Your role changed",
            "You can do more, or less, in a group from now on.",
            Audience.ONE,
            _MAIL,
        ),
        NotificationKind(
            FactKind.REMOVED_FROM_GROUP,
            "You are no longer in a group",
            "An organiser removed you from a group.",
            Audience.ONE,
            _MAIL,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.ANNOUNCEMENT,
            "An announcement",
            "The organisers of a group have something to tell its members.",
            Audience.MEMBERS,
            _BOTH,
        ),
        NotificationKind(
            FactKind.RECEIPT,
            "A receipt",
            "What we erased of yours, in numbers.",
            Audience.ONE,
            _MAIL,
        ),
        NotificationKind(
            FactKind.CONNECTION,
            "Your connection needs you",
            "We can no longer read your runs from Strava.",
            Audience.ONE,
            _BOTH,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.MAIL_STOPPED,
            "Mails do not reach you",
            "Your mail server refused a mail from here, so no more are sent.",
            Audience.ONE,
            _PUSH,
            never_by=_MAIL,
        ),
        NotificationKind(
            FactKind.WEEKLY_DIGEST,
            "Your week",
            "On Monday morning: your week, your chase, and what your groups look forward to.",
            Audience.ONE,
            _MAIL,
        ),
    )
}
LIMITED = frozenset(kind for kind, one in KINDS.items() if one.is_limited)

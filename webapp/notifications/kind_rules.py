"""The kinds of facts: who is told, whether it can wait, and by which channels unless a runner says otherwise.

A new kind is a word in `models.words.FactKind`, a row here, a template and a test.
"""

from collections.abc import Mapping, Sequence
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
    # Those who answered "in" or "maybe" to a group run or wait for a place, and those who lead or close a pace group.
    RUNNERS = "runners"
    # Those who may plan group runs.
    PLANNERS = "planners"


class KindSection(StrEnum):
    """What a kind is about, as pages call it."""

    RUNS = "Group runs"
    PEOPLE = "People"
    CHALLENGES = "Challenges"
    GROUPS = "Your groups"
    YOU = "You and your account"


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A kind of fact, as the page of choices names and explains it.

    `is_urgent`: it passes the ceiling and, unless the runner says otherwise, quiet hours. `is_awaited`: it passes the
    ceiling alone, since the runner asked for it by an answer. `rests_on_break`: a runner who is on a break is not told.
    `never_by`: channels that it is not offered for.
    """

    kind: FactKind
    title: str
    about: str
    audience: Audience
    channels: frozenset[Channel]
    section: KindSection
    is_urgent: bool = False
    is_awaited: bool = False
    rests_on_break: bool = False
    never_by: frozenset[Channel] = frozenset()

    @property
    def is_limited(self) -> bool:
        """Return whether it counts towards the ceiling. The digest stands for what the ceiling kept back."""
        return not self.is_urgent and not self.is_awaited and self.kind is not FactKind.WEEKLY_DIGEST


_NONE: frozenset[Channel] = frozenset()
_MAIL = frozenset({Channel.MAIL})
_PUSH = frozenset({Channel.PUSH})
_BOTH = frozenset(Channel)

# In the order of the page of choices. What happens often comes by push alone, or only to the inbox.
KINDS: Mapping[FactKind, NotificationKind] = {
    one.kind: one
    for one in (
        NotificationKind(
            FactKind.RUN_REMINDER,
            "A group run tomorrow",
            "The evening before a run that you answered or lead: when, where, and with whom.",
            Audience.RUNNERS,
            _PUSH,
            KindSection.RUNS,
            is_awaited=True,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.RUN_CHANGED,
            "A group run changes",
            "A run that you answered or lead moves, changes, or is cancelled.",
            Audience.RUNNERS,
            _BOTH,
            KindSection.RUNS,
        ),
        NotificationKind(
            FactKind.RUN_CHANGED_SOON,
            "A group run changes at short notice",
            "The same, within a day of its start.",
            Audience.RUNNERS,
            _BOTH,
            KindSection.RUNS,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.PLACE_FREED,
            "You move up",
            "You waited for a place at a group run, and now you have one.",
            Audience.ONE,
            _BOTH,
            KindSection.RUNS,
            is_awaited=True,
        ),
        NotificationKind(
            FactKind.PLACE_OFFERED,
            "A place is held for you",
            "At short notice: it is yours if you take it in time.",
            Audience.ONE,
            _BOTH,
            KindSection.RUNS,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.LEADER_NEEDED,
            "A run needs a leader",
            "For those who plan runs: a pace group has nobody to lead it.",
            Audience.PLANNERS,
            _BOTH,
            KindSection.RUNS,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.NUDGE,
            "A word from a runner",
            "Somebody in your group wrote to you.",
            Audience.ONE,
            _BOTH,
            KindSection.PEOPLE,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.BUDDY_ASKED,
            "Somebody asks to be your buddy",
            "You would see the totals of each other’s week.",
            Audience.ONE,
            _BOTH,
            KindSection.PEOPLE,
        ),
        NotificationKind(
            FactKind.COME_BACK,
            "Good to have you back",
            "Your first run after a while away.",
            Audience.ONE,
            _PUSH,
            KindSection.PEOPLE,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.OVERTAKEN,
            "Somebody went past you",
            "A runner you were ahead of is ahead of you now.",
            Audience.ONE,
            _PUSH,
            KindSection.CHALLENGES,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.OVERTOOK,
            "You went past somebody",
            "One of your runs took you past a runner.",
            Audience.ONE,
            _NONE,
            KindSection.CHALLENGES,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.THREE_DAYS_LEFT,
            "Three days left",
            "A challenge of yours ends soon: who is closest to you.",
            Audience.ENTRANTS,
            _PUSH,
            KindSection.CHALLENGES,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.CHALLENGE_BEGINS,
            "A challenge begins",
            "A challenge in your group has its first day.",
            Audience.MEMBERS,
            _PUSH,
            KindSection.CHALLENGES,
            rests_on_break=True,
        ),
        NotificationKind(
            FactKind.CHALLENGE_FINAL,
            "A challenge is final",
            "All late runs are in, and your result stands.",
            Audience.ENTRANTS,
            _BOTH,
            KindSection.CHALLENGES,
        ),
        NotificationKind(
            FactKind.NO_SUCCESSOR,
            "Next month has no challenge yet",
            "For organisers: a challenge ends, and nothing follows it.",
            Audience.ORGANISERS,
            _MAIL,
            KindSection.CHALLENGES,
        ),
        NotificationKind(
            FactKind.RUN_HELD_BACK,
            "A run of yours waits",
            "One of your runs does not count until it is reviewed.",
            Audience.ONE,
            _BOTH,
            KindSection.CHALLENGES,
        ),
        NotificationKind(
            FactKind.REVIEW_DECIDED,
            "A review is decided",
            "Your group decided about one of your runs.",
            Audience.ONE,
            _BOTH,
            KindSection.CHALLENGES,
        ),
        NotificationKind(
            FactKind.TURN_TO_PICK,
            "Your turn to pick",
            "For captains: the others wait for your pick.",
            Audience.ONE,
            _BOTH,
            KindSection.CHALLENGES,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.REQUEST_RECEIVED,
            "Somebody asks to join",
            "For those who answer requests: a runner would like to join your group.",
            Audience.ANSWERERS,
            _BOTH,
            KindSection.GROUPS,
        ),
        NotificationKind(
            FactKind.REQUEST_ANSWERED,
            "Your request is answered",
            "A group that you asked to join has answered.",
            Audience.ONE,
            _BOTH,
            KindSection.GROUPS,
        ),
        NotificationKind(
            FactKind.ROLE_GIVEN,
            "Your role changed",
            "You can do more, or less, in a group from now on.",
            Audience.ONE,
            _MAIL,
            KindSection.GROUPS,
        ),
        NotificationKind(
            FactKind.REMOVED_FROM_GROUP,
            "You are no longer in a group",
            "An organiser removed you from a group.",
            Audience.ONE,
            _MAIL,
            KindSection.GROUPS,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.ANNOUNCEMENT,
            "An announcement",
            "The organisers of a group have something to tell its members.",
            Audience.MEMBERS,
            _BOTH,
            KindSection.GROUPS,
        ),
        NotificationKind(
            FactKind.RECEIPT,
            "A receipt",
            "What we erased of yours, in numbers.",
            Audience.ONE,
            _MAIL,
            KindSection.YOU,
        ),
        NotificationKind(
            FactKind.CONNECTION,
            "Your connection needs you",
            "We can no longer read your runs from Strava.",
            Audience.ONE,
            _BOTH,
            KindSection.YOU,
            is_urgent=True,
        ),
        NotificationKind(
            FactKind.MAIL_STOPPED,
            "Mails do not reach you",
            "Your mail server refused a mail from here, so no more are sent.",
            Audience.ONE,
            _PUSH,
            KindSection.YOU,
            never_by=_MAIL,
        ),
        NotificationKind(
            FactKind.WEEKLY_DIGEST,
            "Your week",
            "On Monday morning: your week, your chase, the group runs to come, and what your groups look forward to.",
            Audience.ONE,
            _MAIL,
            KindSection.YOU,
        ),
    )
}
LIMITED = frozenset(kind for kind, one in KINDS.items() if one.is_limited)
# What would nag a runner who is ill, injured, away or resting. What they decide about, and what is about their data,
# still comes.
RESTING = frozenset(kind for kind, one in KINDS.items() if one.rests_on_break)
# Of each section, in the order of the page.
BY_SECTION: Mapping[KindSection, Sequence[NotificationKind]] = {
    section: [one for one in KINDS.values() if one.section is section] for section in KindSection
}

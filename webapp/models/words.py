"""The closed sets of words that columns hold. The rulebook and `names` define those that they use themselves."""

from enum import StrEnum


class Role(StrEnum):
    """What a member is in their group; `groups.permissions` says what each role may do."""

    ORGANISER = "organiser"
    CAPTAIN = "captain"
    COACH = "coach"
    RUN_LEADER = "run_leader"
    MEMBER = "member"


class Notice(StrEnum):
    """Why a member became an organiser without asking for it, or is one no longer.

    The last one left, or another one named them; others, or the operator, decided it.
    """

    SUCCEEDED = "succeeded"
    NAMED = "named"
    DEMOTED = "demoted"


class JoinPolicy(StrEnum):
    """How runners come into a group, besides by an invitation: at once, on request, or not."""

    OPEN = "open"
    REQUEST = "request"
    INVITATION = "invitation"


class JoinRequestState(StrEnum):
    """How a request to join stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


class ConsentLevel(StrEnum):
    """What a member lets a group see: their totals; points in challenges scored in points and ranks alone in all
    others; or nothing."""

    TOTALS = "totals"
    POINTS = "points"
    HIDDEN = "hidden"


class ConnectionState(StrEnum):
    """The state of a runner's link to Strava."""

    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DEAUTHORISED = "deauthorised"


class ImportState(StrEnum):
    """The state of a runner's initial import."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (ImportState.WAITING, ImportState.READING)


class SubscriptionState(StrEnum):
    """What Strava says about our subscription to events: it is ours, gone, or replaced by one for another address."""

    OURS = "ours"
    GONE = "gone"
    ELSEWHERE = "elsewhere"

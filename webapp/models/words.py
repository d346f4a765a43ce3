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


class FactKind(StrEnum):
    """A kind of fact that runners are told; `notifications.kind_rules` says whom and how.

    No constraint of the database lists them, so a new kind needs no migration.
    """

    OVERTAKEN = "overtaken"
    OVERTOOK = "overtook"
    THREE_DAYS_LEFT = "three_days_left"
    CHALLENGE_BEGINS = "challenge_begins"
    CHALLENGE_FINAL = "challenge_final"
    NO_SUCCESSOR = "no_successor"
    RUN_HELD_BACK = "run_held_back"
    REVIEW_DECIDED = "review_decided"
    TURN_TO_PICK = "turn_to_pick"
    REQUEST_RECEIVED = "request_received"
    REQUEST_ANSWERED = "request_answered"
    ROLE_GIVEN = "role_given"
    REMOVED_FROM_GROUP = "removed_from_group"
    ANNOUNCEMENT = "announcement"
    RECEIPT = "receipt"
    CONNECTION = "connection"
    MAIL_STOPPED = "mail_stopped"
    WEEKLY_DIGEST = "weekly_digest"


class Channel(StrEnum):
    """A way by which a notification reaches its runner, besides the inbox, where each one is."""

    MAIL = "mail"
    PUSH = "push"


class DeliveryState(StrEnum):
    """How a delivery stands. Only a waiting one is ever sent.

    `sending`: claimed by a worker. `unknown`: its worker died before it noted the result. `left_to_digest`: the runner
    has heard enough by this channel.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    LEFT_TO_DIGEST = "left_to_digest"

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
    RUN_CHANGED = "run_changed"
    # The same within a day of its start.
    RUN_CHANGED_SOON = "run_changed_soon"
    RUN_REMINDER = "run_reminder"
    PLACE_FREED = "place_freed"
    # A freed place that is held for an answer, for a short time.
    PLACE_OFFERED = "place_offered"
    LEADER_NEEDED = "leader_needed"
    NUDGE = "nudge"
    COME_BACK = "come_back"
    BUDDY_ASKED = "buddy_asked"


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


class RunFrequency(StrEnum):
    """How often a series has a run: each week, every other week, or on one weekday of each month."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class RunStatus(StrEnum):
    """How a group run stands: as planned, changed since members could answer, or cancelled."""

    PLANNED = "planned"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class RsvpAnswer(StrEnum):
    """What a member answered to a group run. `waiting`: they want to come, and there is no place yet."""

    IN = "in"
    MAYBE = "maybe"
    OUT = "out"
    WAITING = "waiting"


class AttendanceOutcome(StrEnum):
    """What became of a member at a group run. `told_us`: they said that they would not come."""

    CAME = "came"
    LEFT_EARLY = "left_early"
    TOLD_US = "told_us"
    NOT_SEEN = "not_seen"


class AttendanceSource(StrEnum):
    """By whose word a member came: a leader's, the code on a leader's phone, their own, or that of a run of theirs."""

    LEADER = "leader"
    QR = "qr"
    SELF = "self"
    RUN = "run"


class BreakReason(StrEnum):
    """Why a runner is on a break. Nobody else reads it."""

    AWAY = "away"
    ILL = "ill"
    INJURED = "injured"
    RESTING = "resting"


class PledgePeriod(StrEnum):
    """How long a pledge lasts."""

    WEEK = "week"
    MONTH = "month"


class PledgeMeasure(StrEnum):
    """What a pledge counts: days with a run, runs, or metres."""

    DAYS = "days"
    RUNS = "runs"
    DISTANCE = "distance"


class NudgeKind(StrEnum):
    """Why one member writes to another: they were missed, to run together, or as the two of them agreed."""

    MISSED = "missed"
    TOGETHER = "together"
    CALL_OUT = "call_out"

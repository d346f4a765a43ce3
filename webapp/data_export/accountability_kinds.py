"""What a runner means to do, and with whom: pledges, buddies, who notices, messages; and the calendar's address."""

from typing import Any

from sqlalchemy import func, select

from webapp.data_export.kinds import UNTIL_YOU_LEAVE, WITH_THE_ACCOUNT, AnySelect, Kind
from webapp.models.buddies import BuddyLink
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.groups import Group
from webapp.models.missing import MissingChoice, MissingWatcher, Nudge
from webapp.models.pledges import Pledge, PledgePass, PledgeWatcher

_GROUP: Any = Group.name.label("group")


def _pledges(runner_id: int) -> AnySelect:
    p = Pledge
    own = (p.period, p.starts_on, p.ends_on, p.measure, p.amount, p.plan, p.backup_plan, p.rest_weekdays, p.created_at)
    passes = select(func.count()).where(PledgePass.pledge_id == p.id).scalar_subquery().label("free_passes")
    mine = select(_GROUP, *own, passes).select_from(p).outerjoin(Group, Group.id == p.group_id)
    return mine.where(p.runner_id == runner_id).order_by(p.id)


def _watched(runner_id: int) -> AnySelect:
    mine = select(_GROUP, Pledge.starts_on, Pledge.ends_on).select_from(PledgeWatcher)
    joined = mine.join(Pledge, Pledge.id == PledgeWatcher.pledge_id).outerjoin(Group, Group.id == Pledge.group_id)
    return joined.where(PledgeWatcher.runner_id == runner_id).order_by(Pledge.starts_on)


def _missing(runner_id: int) -> AnySelect:
    m = MissingChoice
    mine = select(_GROUP, m.silent_days, m.below_habit, m.captains_see, m.created_at, m.checked_at, m.noticed_on)
    return mine.join(Group, Group.id == m.group_id).where(m.runner_id == runner_id).order_by(m.group_id)


def _watchers(runner_id: int, whose: Any) -> AnySelect:
    w = MissingWatcher
    mine = select(_GROUP).select_from(w).join(Group, Group.id == w.group_id)
    return mine.where(whose == runner_id).order_by(w.group_id)


def _watched_by(runner_id: int) -> AnySelect:
    return _watchers(runner_id, MissingWatcher.runner_id)


def _watching(runner_id: int) -> AnySelect:
    return _watchers(runner_id, MissingWatcher.watcher_id)


def _nudges(runner_id: int, whose: Any) -> AnySelect:
    n = Nudge
    mine = select(_GROUP, n.kind, n.text, n.sent_at, n.thanked_at).join(Group, Group.id == n.group_id)
    return mine.where(whose == runner_id).order_by(n.id)


def _sent(runner_id: int) -> AnySelect:
    return _nudges(runner_id, Nudge.from_id)


def _received(runner_id: int) -> AnySelect:
    return _nudges(runner_id, Nudge.to_id)


def _links(runner_id: int, whose: Any, *more: Any) -> AnySelect:
    b = BuddyLink
    mine = select(_GROUP, b.asked_at, b.accepted_at, *more).join(Group, Group.id == b.group_id)
    return mine.where(whose == runner_id).order_by(b.id)


def _asked(runner_id: int) -> AnySelect:
    return _links(runner_id, BuddyLink.asker_id)


def _asked_by(runner_id: int) -> AnySelect:
    # The one who asked does not learn of it, not from their copy either.
    return _links(runner_id, BuddyLink.asked_id, BuddyLink.declined_at)


def _calendar(runner_id: int) -> AnySelect:
    return select(CalendarFeed.created_at, CalendarFeed.shows_unanswered).where(CalendarFeed.runner_id == runner_id)


_NUDGE = {
    "group": "name of the group",
    "kind": "missed, together or call_out",
    "text": "what it said",
    "sent_at": "when it was sent",
    "thanked_at": "when the answer to it was thanks, empty if there was none",
}
_BUDDIES = {
    "group": "name of the group",
    "asked_at": "when it was asked",
    "accepted_at": "when it was accepted",
}
_PLEDGE_DATES = {"starts_on": "first day of the pledge", "ends_on": "its last day"}
_EITHER_LEAVES = "until either of you ends it or leaves the group"

KINDS = (
    Kind(
        key="pledges",
        section="Accountability",
        file="pledges",
        words="Pledges",
        about="What you meant to do in a week or a month.",
        kept="until you delete them, or your account",
        columns={
            "group": "name of the group whose members may see it",
            "period": "week or month",
            "starts_on": "first day",
            "ends_on": "last day",
            "measure": "days, runs or distance",
            "amount": "how many days, runs or metres",
            "plan": "your plan",
            "backup_plan": "what you do if it does not work out",
            "rest_weekdays": "agreed rest days, 0 is Monday",
            "created_at": "when you wrote it",
            "free_passes": "how many free passes you used",
        },
        select=_pledges,
        owner=Pledge.runner_id,
        when=Pledge.starts_on,
    ),
    Kind(
        key="pledges_watched",
        section="Accountability",
        file="pledges_you_may_see",
        words="Pledges of others that you may see",
        about="Members chose you to see what they mean to do. Your copy does not name them.",
        kept="as long as the pledge, or until either of you leaves the group",
        columns={"group": "name of the group", **_PLEDGE_DATES},
        select=_watched,
        owner=PledgeWatcher.runner_id,
    ),
    Kind(
        key="missing_choices",
        section="Accountability",
        file="when_you_are_missing",
        words="When you are missing",
        about="When others may notice that you have not run.",
        kept=UNTIL_YOU_LEAVE,
        columns={
            "group": "name of the group",
            "silent_days": "after how many days without a run",
            "below_habit": "whether below your own habit",
            "captains_see": "whether captains see it",
            "created_at": "when you chose it",
            "checked_at": "when your runs were last compared with it",
            "noticed_on": "since when you are missing by that, empty if you are not",
        },
        select=_missing,
        owner=MissingChoice.runner_id,
        when=MissingChoice.created_at,
    ),
    Kind(
        key="missing_watchers",
        section="Accountability",
        file="who_notices",
        words="Members who may notice that you are missing",
        about="In which groups you chose somebody. Your copy does not name them.",
        kept="until you remove them, or either of you leaves the group",
        columns={"group": "name of the group"},
        select=_watched_by,
        owner=MissingWatcher.runner_id,
    ),
    Kind(
        key="missing_watched",
        section="Accountability",
        file="whom_you_notice",
        words="Members who chose you to notice that they are missing",
        about="In which groups. Your copy does not name them.",
        kept="until they remove you, or either of you leaves the group",
        columns={"group": "name of the group"},
        select=_watching,
        owner=MissingWatcher.watcher_id,
    ),
    Kind(
        key="nudges_sent",
        section="Accountability",
        file="nudges_by_you",
        words="Nudges you sent",
        about="What you wrote to members. Your copy does not name them.",
        kept="30 days, or until either of you leaves",
        columns=_NUDGE,
        select=_sent,
        owner=Nudge.from_id,
        when=Nudge.sent_at,
    ),
    Kind(
        key="nudges",
        section="Accountability",
        file="nudges",
        words="Nudges you got",
        about="What members wrote to you. Your copy does not name them.",
        kept="30 days, or until either of you leaves",
        columns=_NUDGE,
        select=_received,
        owner=Nudge.to_id,
        when=Nudge.sent_at,
    ),
    Kind(
        key="buddies_asked",
        section="Accountability",
        file="buddies_you_asked",
        words="Buddies you asked",
        about="In which groups you asked somebody to be your buddy. Your copy does not name them.",
        kept=_EITHER_LEAVES,
        columns=_BUDDIES,
        select=_asked,
        owner=BuddyLink.asker_id,
        when=BuddyLink.asked_at,
    ),
    Kind(
        key="buddies_asked_by",
        section="Accountability",
        file="buddies_who_asked_you",
        words="Buddies who asked you",
        about="In which groups somebody asked you to be their buddy. Your copy does not name them.",
        kept=_EITHER_LEAVES,
        columns={**_BUDDIES, "declined_at": "when you declined"},
        select=_asked_by,
        owner=BuddyLink.asked_id,
        when=BuddyLink.asked_at,
    ),
    Kind(
        key="calendar_feed",
        section="Accountability",
        file="calendar_feed",
        words="Your calendar's address",
        about="Since when a calendar can read your group runs. The secret address is in no copy.",
        kept=WITH_THE_ACCOUNT + ", or until you switch it off",
        columns={
            "created_at": "when you made it",
            "shows_unanswered": "whether it shows runs that you have not answered",
        },
        select=_calendar,
        owner=CalendarFeed.runner_id,
        when=CalendarFeed.created_at,
    ),
)

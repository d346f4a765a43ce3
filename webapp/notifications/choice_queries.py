"""What runners want to be told by which channel, and when they want to be left alone."""

from collections.abc import Collection

from sqlalchemy import func, select

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.groups import Group, Membership
from webapp.models.notifications import QUIET_FROM, QUIET_UNTIL, NotificationChoice, NotificationSettings
from webapp.models.words import Channel, FactKind
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.rules import Timing

NO_ZONE = "UTC"


def wanting(runner_ids: Collection[int], kind: FactKind, channel: Channel) -> set[int]:
    """Return those of some runners who want a kind by a channel."""
    by_default = channel in KINDS[kind].channels
    differs = NotificationChoice.is_wanted.is_(not by_default)
    chosen = NotificationChoice.kind == kind, NotificationChoice.channel == channel, differs
    found = select(NotificationChoice.runner_id).where(*chosen, NotificationChoice.runner_id.in_(runner_ids))
    differing = set(db.session.scalars(found))
    return set(runner_ids) - differing if by_default else differing


def choices_of(runner_id: int) -> dict[tuple[FactKind, Channel], bool]:
    """Return what a runner wants, for every kind and channel."""
    choice = NotificationChoice
    rows = db.session.execute(
        select(choice.kind, choice.channel, choice.is_wanted).where(choice.runner_id == runner_id)
    )
    chosen = {(kind, channel): is_wanted for kind, channel, is_wanted in rows}
    defaults = {(kind, channel): channel in one.channels for kind, one in KINDS.items() for channel in Channel}
    return defaults | chosen


def settings_of(runner_id: int) -> NotificationSettings:
    """Return what a runner set; the defaults, not stored, if they set nothing."""
    return db.session.get(NotificationSettings, runner_id) or NotificationSettings(
        runner_id=runner_id, quiet_from=QUIET_FROM, quiet_until=QUIET_UNTIL, urgent_in_quiet=True
    )


def timing_of(runner_ids: Collection[int]) -> dict[int, Timing]:
    """Return when each of some runners wants to be left alone, by the zone of the group they joined first unless they
    chose another."""
    chosen = NotificationSettings
    rows = db.session.execute(
        select(
            Runner.id,
            func.coalesce(chosen.time_zone, _FIRST_ZONE, NO_ZONE),
            func.coalesce(chosen.quiet_from, QUIET_FROM),
            func.coalesce(chosen.quiet_until, QUIET_UNTIL),
            func.coalesce(chosen.urgent_in_quiet, True),
        )
        .outerjoin(chosen, chosen.runner_id == Runner.id)
        .where(Runner.id.in_(runner_ids))
    )
    return {runner_id: Timing(zone, begin, end, urgent) for runner_id, zone, begin, end, urgent in rows}


def usual_zone(runner_id: int) -> str:
    """Return the zone of a runner who chose none: that of the group they joined first."""
    return db.session.scalar(select(func.coalesce(_FIRST_ZONE, NO_ZONE)).where(Runner.id == runner_id)) or NO_ZONE


_FIRST_ZONE = (
    select(Group.tz)
    .join(Membership, Membership.group_id == Group.id)
    .where(Membership.runner_id == Runner.id)
    .order_by(Membership.joined_at, Membership.id)
    .limit(1)
    .correlate(Runner)
    .scalar_subquery()
)

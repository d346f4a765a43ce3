"""The group and the challenge of a notification, as they were read."""

from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.words import Role
from webapp.notifications.message_rules import ChallengeRef, GroupRef


def group_ref(group: Group, role: Role | None) -> GroupRef:
    return GroupRef(group.id, group.slug, group.name, group.tz, group.is_read_only, role)


def challenge_ref(one: Challenge) -> ChallengeRef:
    window = (one.starts_on, one.ends_on, one.grace_hours, one.closed_at, one.frozen_at)
    return ChallengeRef(one.id, one.name, *window, one.shown_rules or one.rules)

"""What each role may do in its group: one table, which queries, views and templates ask."""

from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

from webapp.models.words import Role
from webapp.privacy.gate import seen_as_another


class Permission(StrEnum):
    """An action that needs a role in the group."""

    SEE_GROUP = "see_group"
    EDIT_GROUP = "edit_group"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_INVITATIONS = "manage_invitations"
    ANSWER_REQUESTS = "answer_requests"
    ANNOUNCE = "announce"
    MANAGE_CHANNELS = "manage_channels"
    END_GROUP = "end_group"
    READ_LOG = "read_log"
    START_CHALLENGES = "start_challenges"
    EDIT_CHALLENGES = "edit_challenges"
    CLOSE_CHALLENGES = "close_challenges"
    CHANGE_RULES = "change_rules"
    PREVIEW_RULES = "preview_rules"
    ASSIGN_TEAMS = "assign_teams"
    LEAD_DRAFT = "lead_draft"
    MANAGE_SERIES = "manage_series"
    PLAN_RUNS = "plan_runs"
    SEE_MISSING = "see_missing"
    DECIDE_ABOUT_RUNS = "decide_about_runs"
    # About runs of members whom no organiser can judge; `reviews.rules.deciders` says whose.
    STAND_IN_FOR_ORGANISERS = "stand_in_for_organisers"


_EVERYBODY = tuple(Role)
_ORGANISERS = (Role.ORGANISER,)

# Roles in the order in which they stand in for each other.
ROLES: Mapping[Permission, tuple[Role, ...]] = {
    Permission.SEE_GROUP: _EVERYBODY,
    Permission.EDIT_GROUP: _ORGANISERS,
    Permission.MANAGE_MEMBERS: _ORGANISERS,
    Permission.MANAGE_INVITATIONS: _ORGANISERS,
    Permission.ANSWER_REQUESTS: (Role.ORGANISER, Role.RUN_LEADER),
    Permission.ANNOUNCE: _ORGANISERS,
    Permission.MANAGE_CHANNELS: _ORGANISERS,
    Permission.END_GROUP: _ORGANISERS,
    Permission.READ_LOG: _ORGANISERS,
    Permission.START_CHALLENGES: _ORGANISERS,
    Permission.EDIT_CHALLENGES: _ORGANISERS,
    Permission.CLOSE_CHALLENGES: _ORGANISERS,
    Permission.CHANGE_RULES: _ORGANISERS,
    Permission.PREVIEW_RULES: _ORGANISERS,
    Permission.ASSIGN_TEAMS: _ORGANISERS,
    Permission.LEAD_DRAFT: _ORGANISERS,
    Permission.MANAGE_SERIES: _ORGANISERS,
    Permission.PLAN_RUNS: (Role.ORGANISER, Role.CAPTAIN, Role.COACH, Role.RUN_LEADER),
    Permission.SEE_MISSING: (Role.ORGANISER, Role.CAPTAIN),
    Permission.DECIDE_ABOUT_RUNS: _ORGANISERS,
    Permission.STAND_IN_FOR_ORGANISERS: (Role.CAPTAIN, Role.COACH),
}


class HasRole(Protocol):
    """A membership, or a row that carries its role."""

    @property
    def role(self) -> Role: ...


# What stays possible in an archived group: reading, leaving, what is about members, and judging runs until results are
# final.
IN_ARCHIVED_GROUPS = frozenset(
    {
        Permission.SEE_GROUP,
        Permission.READ_LOG,
        Permission.MANAGE_MEMBERS,
        Permission.END_GROUP,
        Permission.DECIDE_ABOUT_RUNS,
        Permission.STAND_IN_FOR_ORGANISERS,
    }
)

# True during a request of an organiser who looks at a group as its members see it (`memberships.seen_as_member_views`).
seen_as_member: ContextVar[bool] = ContextVar("seen_as_member", default=False)


def may(member: HasRole, permission: Permission) -> bool:
    """Return whether a member's role gives them a permission. Raises KeyError for an unknown permission."""
    role = Role.MEMBER if seen_as_member.get() or seen_as_another.get() else member.role
    return role in ROLES[permission]


def is_organiser(member: HasRole) -> bool:
    """Return whether a member runs the group: nobody removes or mutes them, and a group always has one."""
    return member.role in ROLES[Permission.MANAGE_MEMBERS]

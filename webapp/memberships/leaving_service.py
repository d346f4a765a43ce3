"""What ends for a runner who leaves a group, besides their membership and their entries. Nothing here commits."""

from datetime import datetime

from webapp.attendance.service import leave_group as leave_attendance
from webapp.buddies.service import end_all as end_all_buddies
from webapp.facts.service import forget_facts_of_member
from webapp.group_runs.leader_service import leave_group as leave_pace_groups
from webapp.groups.audit_service import redact_audit
from webapp.invitations.service import redact_user
from webapp.memberships.vote_service import end_votes
from webapp.nudges.service import leave_group as erase_nudges
from webapp.pledges.service import leave_group as leave_pledges
from webapp.rsvps.service import leave_group as leave_runs


def end_sharing(group_id: int, runner_id: int, now: datetime) -> None:
    """End whatever a runner shared with the members of a group, and did together with them."""
    redact_audit(group_id, runner_id)
    redact_user(group_id, runner_id)
    end_votes(group_id, runner_id)
    forget_facts_of_member(group_id, runner_id)
    leave_runs(group_id, runner_id, now)
    leave_pace_groups(group_id, runner_id, now)
    end_all_buddies(group_id, runner_id)
    erase_nudges(group_id, runner_id)
    leave_attendance(group_id, runner_id)
    leave_pledges(group_id, runner_id)

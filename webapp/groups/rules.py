"""Rules of groups: lengths of texts, sentences of the log, addresses, and time zones."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast
from zoneinfo import available_timezones

from webapp.groups.permissions import is_organiser
from webapp.models.words import Notice, Role
from webapp.stand_ins import FORMER

SLUG_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
REGIONS = (
    "Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "Arctic", "Antarctica",
)  # fmt: skip

ROLE_WORDS: Mapping[Role, str] = {
    Role.ORGANISER: "Organiser",
    Role.CAPTAIN: "Captain",
    Role.COACH: "Coach",
    Role.RUN_LEADER: "Run leader",
    Role.MEMBER: "Member",
}
# An organiser gives and takes these at once. Making somebody an organiser has a page of its own.
PLAIN_ROLES = (Role.MEMBER, Role.RUN_LEADER, Role.COACH, Role.CAPTAIN)
# Notices on the group's page that a member sees until they dismiss them.
NOTICES = {
    Notice.SUCCEEDED: "The last organiser has left, so you are the organiser of this group now.",
    Notice.NAMED: "You are an organiser of this group now: you can start challenges and look after the members.",
    Notice.DEMOTED: "You are no longer an organiser of this group: the other organisers decided so, or the operator of "
    "this installation.",
}

Action = Literal[
    "review_count", "review_leave_out", "review_adjust", "review_asked", "review_answered", "review_taken_back",
    "challenge_made", "challenge_changed", "challenge_deleted", "rules_changed", "challenge_closed",
    "challenge_closed_early",
    "rules_previewed",
    "teams_changed", "captain_named", "captain_unnamed", "captain_picked", "pick_taken_back", "member_moved",
    "series_made", "series_changed", "series_ended", "series_skipped", "series_unskipped",
    "challenge_renewed",
    "member_removed", "role_changed", "member_invited_again",
    "member_muted", "member_unmuted", "member_banned", "member_unbanned",
    "member_renamed", "name_followed", "name_settled", "organiser_named", "organiser_left",
    "organiser_voted", "organiser_vote_taken_back",
    "organiser_demoted", "organiser_demoted_by_operator", "organiser_kept",
    "group_handed_over",
    "consent_changed",
    "group_changed", "invite_renewed", "invite_revoked", "invitation_made", "invitation_revoked",
    "profile_changed", "picture_changed", "picture_removed",
    "joining_changed", "request_approved", "request_declined",
    "announcement_posted", "announcement_changed", "announcement_deleted",
    "channel_added", "channel_changed", "channel_paused", "channel_resumed", "channel_removed", "channel_stopped",
    "run_planned", "run_changed", "run_cancelled",
    "run_series_planned", "run_series_changed", "run_series_ended",
    "run_leader_named", "run_leader_left",
    "group_closed", "group_opened",
    "group_archived", "group_unarchived", "deletion_announced", "deletion_stopped",
]  # fmt: skip

# The sentence of the log for each action in a group. A new action needs a sentence here.
ACTIONS: Mapping[Action, str] = {
    "review_count": "{actor} decided that a run by {subject} counts in {challenge}",
    "review_leave_out": "{actor} decided that a run by {subject} does not count in {challenge}",
    "review_adjust": "{actor} adjusted a run by {subject} in {challenge}",
    "review_asked": "{subject} asked for a review of a run in {challenge}",
    "review_answered": "{subject} answered a decision in {challenge}",
    "review_taken_back": "{subject} took back a request in {challenge}",
    "challenge_made": "{actor} started {challenge}",
    "challenge_changed": "{actor} changed {challenge}",
    "challenge_deleted": "{actor} deleted a challenge",
    "rules_changed": "{actor} changed the rules of {challenge}",
    "rules_previewed": "{actor} previewed a past month under other rules",
    "challenge_closed": "The results of {challenge} became final",
    "challenge_closed_early": "{actor} closed {challenge} before its time for late runs was over",
    "teams_changed": "{actor} changed the teams of {challenge}",
    "captain_named": "{actor} made {subject} a captain in {challenge}",
    "captain_unnamed": "{actor} decided that {subject} is no longer a captain in {challenge}",
    "captain_picked": "{actor} picked {subject} for a team in {challenge}",
    "pick_taken_back": "{actor} took back the pick of {subject} in {challenge}",
    "member_moved": "{actor} changed the team of {subject} in {challenge}",
    "series_made": "{actor} made {challenge} repeat",
    "series_changed": "{actor} changed how {challenge} repeats",
    "series_ended": "{actor} stopped a repeating challenge",
    "series_skipped": "{actor} skipped a coming challenge",
    "series_unskipped": "{actor} restored a skipped challenge",
    "challenge_renewed": "{challenge} was created automatically, like the one before",
    "member_removed": "{actor} removed a member",
    "role_changed": "{actor} changed the role of {subject}",
    "member_muted": "{actor} muted {subject}",
    "member_unmuted": "{actor} unmuted {subject}",
    "member_banned": "{actor} banned a member",
    "member_unbanned": "{actor} lifted a ban",
    "member_invited_again": "{actor} invited a removed member again",
    "member_renamed": "{actor} changed the name that the group sees",
    "consent_changed": "{actor} changed what the group sees of their running",
    "name_followed": "The name of {subject} changed with their name on Strava",
    "name_settled": "{subject} was given a name that nobody else here has",
    "organiser_named": "{actor} made {subject} an organiser",
    "organiser_left": "{actor} stepped down as an organiser",
    "group_changed": "{actor} changed the settings of the group",
    "profile_changed": "{actor} changed what others may read of the group",
    "picture_changed": "{actor} changed the picture of the group",
    "picture_removed": "{actor} removed the picture of the group",
    "group_handed_over": "{actor} handed the group over to {subject}",
    "organiser_voted": "{actor} voted to make {subject} a plain member",
    "organiser_vote_taken_back": "{actor} took back the vote to make {subject} a plain member",
    "organiser_demoted": "Two organisers agreed: {subject} is no longer an organiser",
    "organiser_demoted_by_operator": "The operator decided: {subject} is no longer an organiser",
    "organiser_kept": "The operator decided: {subject} stays an organiser",
    "invite_renewed": "{actor} renewed the invite link",
    "invite_revoked": "{actor} turned the invite link off",
    "invitation_made": "{actor} made an invite link",
    "invitation_revoked": "{actor} took an invite link back",
    "joining_changed": "{actor} changed how runners can join",
    "request_approved": "{actor} approved a request to join",
    "request_declined": "{actor} declined a request to join",
    "group_closed": "The operator closed the group",
    "group_opened": "The operator opened the group again",
    "group_archived": "{actor} archived the group",
    "group_unarchived": "{actor} brought the group back",
    "deletion_announced": "{actor} wants the group to be deleted in a week",
    "deletion_stopped": "{actor} stopped the deletion of the group",
    "announcement_posted": "{actor} announced something",
    "announcement_changed": "{actor} changed an announcement",
    "announcement_deleted": "{actor} deleted an announcement",
    "run_planned": "{actor} planned a group run",
    "run_changed": "{actor} changed a group run",
    "run_cancelled": "{actor} cancelled a group run",
    "run_series_planned": "{actor} planned a group run that repeats",
    "run_series_changed": "{actor} changed a group run that repeats",
    "run_series_ended": "{actor} ended a group run that repeats",
    "run_leader_named": "{actor} made {subject} the leader of a pace group",
    "run_leader_left": "{subject} no longer leads a pace group",
    "channel_added": "{actor} added a chat channel",
    "channel_changed": "{actor} changed a chat channel",
    "channel_paused": "{actor} paused a chat channel",
    "channel_resumed": "{actor} let a chat channel go on",
    "channel_removed": "{actor} removed a chat channel",
    "channel_stopped": "A chat channel stopped: its service no longer knows the link",
}
# Actions whose words quote the subject's names.
NAMING: frozenset[Action] = frozenset({"member_renamed", "name_followed", "name_settled"})
DELETED = "a deleted challenge"
# The maximum length of a reason or note: that of a short message.
MAX_WORDS = 280


@dataclass(frozen=True, slots=True)
class Change:
    """What was, and what is now, in words for the log; both "" where there is nothing to compare."""

    before: str = ""
    after: str = ""


NO_CHANGE = Change()


def change_of(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    """Return what differs of two mappings with the same keys: Change("name: Milers", "name: Owls")."""
    names = [name for name in after if before[name] != after[name]]
    was, now = ("; ".join(f"{name}: {values[name] or 'none'}" for name in names) for values in (before, after))
    return Change(_shortened(was), _shortened(now))


def _shortened(words: str) -> str:
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 1].rstrip()}…"


def sentence_of(action: str, actor: str | None, subject: str | None, challenge: str | None) -> str:
    """Return the sentence of a log line; without a name ("" or None) it says "a former member"."""
    names = {"actor": actor or FORMER, "subject": subject or FORMER, "challenge": challenge or DELETED}
    said = ACTIONS[cast(Action, action)].format_map(names)
    return said[:1].upper() + said[1:] if said.startswith((FORMER, DELETED)) else said


def slug_for(name: str, tail: str) -> str:
    """Return a group's address: the readable part of its name, and a random end that makes it unique."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{words[:40].strip('-') or 'group'}-{tail}"


def since(joined: date, today: date) -> str:
    """Return "since March", or "since March 2025" in a later year."""
    return f"since {joined:%B}" if joined.year == today.year else f"since {joined:%B %Y}"


@dataclass(frozen=True, slots=True)
class Heir:
    """A member who could follow the last organiser."""

    membership_id: int
    role: Role


def successor(members: Iterable[Heir]) -> int | None:
    """Return who follows the last organiser: the longest-standing captain, otherwise the longest-standing member.

    `members` in the order of joining. None where there is nobody left or an organiser is still there.
    """
    staying = list(members)
    if any(is_organiser(heir) for heir in staying):
        return None
    captains = [heir for heir in staying if heir.role == Role.CAPTAIN]
    return next((heir.membership_id for heir in captains or staying), None)


@cache
def time_zones() -> dict[str, list[tuple[str, str]]]:
    """Return the time zones to choose from by region: {"Europe": [("Europe/Berlin", "Berlin"), ...], ...}."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in sorted(available_timezones()):
        region, _, place = zone.partition("/")
        if region in found:
            found[region].append((zone, place_name(place)))
    return {**found, "Other": [("UTC", "UTC")]}


def is_time_zone(zone: str) -> bool:
    """Return whether `zone` is one of those to choose from."""
    return any(zone == name for names in time_zones().values() for name, _ in names)


def place_name(place: str) -> str:
    """Return "Buenos Aires (Argentina)" for "Argentina/Buenos_Aires"."""
    *land, town = place.replace("_", " ").split("/")
    return f"{town} ({land[-1]})" if land else town

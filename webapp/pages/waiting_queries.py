"""What waits for a member in a group: reviews, requests, their turn in a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from webapp.challenges.queries import ShownChallenge
from webapp.drafts.turn_queries import is_turn_of
from webapp.group_channels.queries import stopped_count
from webapp.groups.permissions import Permission
from webapp.groups.queries import may_now
from webapp.join_requests.queries import pending_count
from webapp.models.groups import Membership
from webapp.reviews.queries import open_count
from webapp.rulebook.lifecycle import State
from webapp.rulebook.presets import TeamMode


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Something that waits for the viewer: in words, and where they do it."""

    words: str
    href: str


def waiting_for(member: Membership, challenges: Sequence[ShownChallenge]) -> list[WaitingItem]:
    """Return what waits for a member. Plain members cost no read."""
    group, found = member.group, []
    if reviews := open_count(group, member):
        words = "A run waits for your review" if reviews == 1 else f"{reviews} runs wait for your review"
        found.append(WaitingItem(words, url_for("reviews.reviews", slug=group.slug)))
    if requests := pending_count(group, member):
        words = "A runner asks to join" if requests == 1 else f"{requests} runners ask to join"
        found.append(WaitingItem(words, url_for("join_requests.requests", slug=group.slug)))
    if may_now(member, Permission.MANAGE_CHANNELS) and (stopped := stopped_count(group.id)):
        words = "A chat channel stopped" if stopped == 1 else f"{stopped} chat channels stopped"
        found.append(WaitingItem(words, url_for("group_channels.channels", slug=group.slug)))
    for challenge in challenges:
        is_drafted = challenge.team_mode == TeamMode.PICKED and challenge.state is State.COMING
        if is_drafted and not group.is_read_only and is_turn_of(challenge.id, member.runner_id):
            href = url_for("drafts.draft", slug=group.slug, challenge_id=challenge.id)
            found.append(WaitingItem(f"It is your turn to pick for {challenge.name}", href))
    return found

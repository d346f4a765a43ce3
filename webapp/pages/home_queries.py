"""What the start page shows: each of a runner's groups as a card, the closest chase first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from flask import url_for

from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.chase.news_queries import News, news_since
from webapp.chase.queries import Chase, my_chase
from webapp.chase.yesterday_queries import Yesterday, since_yesterday, yesterday_began
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import GroupLink, memberships_of
from webapp.leaderboards.own_target_queries import OwnTarget, own_target
from webapp.leaderboards.page_context import tabs_of, why_missing
from webapp.leaderboards.queries import Viewer, board_context_of, viewer_of_board
from webapp.models.accounts import Runner
from webapp.models.groups import Group, Membership
from webapp.pages.waiting_queries import WaitingItem, waiting_for
from webapp.rulebook.chase_news import closeness
from webapp.rulebook.targets import TargetProgress


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group on the start page, and the viewer's own chase in its current challenge; None for what does not exist.

    `why_missing`: as `page_context.why_missing`.
    """

    group: Group
    waiting: list[WaitingItem]
    challenge: ShownChallenge | None = None
    tabs: dict[str, str] = field(default_factory=dict)
    chase: Chase | None = None
    why_missing: Literal["hidden", "longest"] | None = None
    news: News | None = None
    yesterday: Yesterday | None = None
    target: TargetProgress | None = None
    # For organisers: the challenge without a successor.
    to_go_on: ShownChallenge | None = None

    @property
    def closeness(self) -> tuple[bool, float]:
        """Return how close the chase is, to put the closest first: cards without one come after all others."""
        chase = self.chase
        if chase is None or not chase.days_left:
            return True, 0.0
        gaps = [rival.gap for rival in (chase.ahead, chase.behind) if rival]
        return False, closeness(chase.me.total or 0, gaps)


@dataclass(frozen=True, slots=True)
class HomeGroup:
    """A group of the runner's, and what its card begins with: its challenges, the current one, and its viewer."""

    member: Membership
    waiting: list[WaitingItem]
    challenges: list[ShownChallenge]
    challenge: ShownChallenge | None
    viewer: Viewer | None

    @property
    def link(self) -> GroupLink:
        """Return the group as the head of the page links it."""
        return GroupLink(self.member.group.slug, self.member.group.name)

    @property
    def words(self) -> tuple[object, ...]:
        """Return what the card says besides the chase."""
        group = self.member.group
        ends = (group.archived_at, group.closed_at, group.deletes_at)
        return group.id, group.name, self.member.role, ends, self.waiting


def places_of(runner: Runner, now: datetime) -> list[HomeGroup]:
    """Return the runner's groups by name: two short reads each, and for those who look after one what waits there."""
    return [_place(member, runner, now) for member in memberships_of(runner.id)]


def _place(member: Membership, runner: Runner, now: datetime) -> HomeGroup:
    group = member.group
    challenges = shown_challenges(group, now)
    challenge = current_of(challenges)
    viewer = challenge and viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    return HomeGroup(member, waiting_for(member, challenges), challenges, challenge, viewer or None)


def cards_of(places: Sequence[HomeGroup], visits: Mapping[int, datetime], now: datetime) -> list[GroupCard]:
    """Return a card for each place, the closest chase first. What it reads does not grow with the members.

    `visits`: when the runner was last here, by group.
    """
    cards = [_card(place, visits.get(place.member.group_id), now) for place in places]
    return sorted(cards, key=lambda card: card.closeness)


def _card(place: HomeGroup, since: datetime | None, now: datetime) -> GroupCard:
    group, member, viewer, waiting = place.member.group, place.member, place.viewer, place.waiting
    asked = to_go_on(group, place.challenges) if may(member, Permission.MANAGE_SERIES) else None
    if place.challenge is None or viewer is None:
        return GroupCard(group, waiting, place.challenge, to_go_on=asked)
    context = board_context_of(viewer, now)
    mine, target = my_chase(context, now, yesterday_began(viewer, now)), own_target(context, now)
    return GroupCard(
        group, waiting + _asked_target(viewer, target), place.challenge, tabs_of(group.slug, place.challenge.id), mine,
        why_missing(viewer, context.rules) if mine is None else None,
        _in_short(news_since(context, mine, since, now), now),
        since_yesterday(context, mine, now) if mine and not mine.on_break else None,
        target.progress, asked,
    )  # fmt: skip


def _in_short(news: News | None, now: datetime) -> News | None:
    """Keep the neighbours who came closer since a visit of days ago: the card says what moved since yesterday."""
    if news is None:
        return None
    is_old = news.since.date() < now.astimezone(news.since.tzinfo).date() - timedelta(days=1)
    return replace(news, gaps=[gap for gap in news.gaps if is_old and gap.closer > 0])


def _asked_target(viewer: Viewer, target: OwnTarget) -> list[WaitingItem]:
    if not target.is_missing:
        return []
    href = url_for("entries.mine", slug=viewer.slug, challenge_id=viewer.challenge_id)
    return [WaitingItem(f"Set your target for {viewer.challenge_name}", href)]

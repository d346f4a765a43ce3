"""What the start page shows: each of a runner's groups as a card, the closest chase first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import bindparam, select

from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.chase.news_queries import News, news_since
from webapp.chase.queries import Chase, my_chase
from webapp.chase.yesterday_queries import Yesterday, since_yesterday
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import memberships_of
from webapp.leaderboards.page_context import tabs_of, why_missing
from webapp.leaderboards.queries import BoardContext, Viewer, board_context_of, viewer_of_board
from webapp.leaderboards.statement_queries import ENTRY, read
from webapp.models.accounts import Runner
from webapp.models.groups import Group, Membership
from webapp.pages.waiting_queries import WaitingItem, waiting_for
from webapp.rulebook.chase_news import closeness
from webapp.rulebook.lifecycle import State, days_left
from webapp.rulebook.targets import TargetProgress, asks_target, may_set_target, target_progress


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
    challenges: list[ShownChallenge]
    challenge: ShownChallenge | None
    viewer: Viewer | None


def places_of(runner: Runner, now: datetime) -> list[HomeGroup]:
    """Return the runner's groups by name: two short reads each."""
    return [_place(member, runner, now) for member in memberships_of(runner.id)]


def _place(member: Membership, runner: Runner, now: datetime) -> HomeGroup:
    group = member.group
    challenges = shown_challenges(group, now)
    challenge = current_of(challenges)
    viewer = challenge and viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    return HomeGroup(member, challenges, challenge, viewer or None)


def cards_of(places: Sequence[HomeGroup], visits: Mapping[int, datetime], now: datetime) -> list[GroupCard]:
    """Return a card for each place, the closest chase first. What it reads does not grow with the members.

    `visits`: when the runner was last here, by group.
    """
    cards = [_card(place, visits.get(place.member.group_id), now) for place in places]
    return sorted(cards, key=lambda card: card.closeness)


def _card(place: HomeGroup, since: datetime | None, now: datetime) -> GroupCard:
    group, member, viewer = place.member.group, place.member, place.viewer
    waiting = waiting_for(member, place.challenges)
    asked = to_go_on(group, place.challenges) if may(member, Permission.MANAGE_SERIES) else None
    if place.challenge is None or viewer is None:
        return GroupCard(group, waiting, place.challenge, to_go_on=asked)
    context = board_context_of(viewer, now)
    mine, target = my_chase(context, now), _target_of(context, now)
    return GroupCard(
        group, waiting + target.waiting, place.challenge, tabs_of(group.slug, place.challenge.id), mine,
        why_missing(viewer, context.rules) if mine is None else None,
        _without_known_gaps(news_since(context, mine, since, now), now),
        since_yesterday(context, mine, now) if mine and not mine.on_break else None,
        target.progress, asked,
    )  # fmt: skip


def _without_known_gaps(news: News | None, now: datetime) -> News | None:
    """Leave out how gaps changed since a visit of yesterday or today: the card says how they changed since then."""
    if news is None or news.since.date() < now.astimezone(news.since.tzinfo).date() - timedelta(days=1):
        return news
    return replace(news, gaps=[])


_TARGET = select(ENTRY.c.target, ENTRY.c.joined_at).where(ENTRY.c.id == bindparam("entry"))


@dataclass(frozen=True, slots=True)
class _Target:
    """What is left of the viewer's target, and whether one still waits to be set."""

    progress: TargetProgress | None = None
    waiting: list[WaitingItem] = field(default_factory=list)


def _target_of(context: BoardContext, now: datetime) -> _Target:
    viewer = context.viewer
    found = read(_TARGET, {"entry": viewer.entry_id}).one_or_none() if viewer.entry_id else None
    if found is None or viewer.state(now) is State.CLOSED:
        return _Target()
    today = now.astimezone(ZoneInfo(viewer.tz)).date()
    if found.target is not None:
        left = days_left(max(today, viewer.starts_on), viewer.ends_on)
        return _Target(target_progress(found.target, viewer.total, context.rules, left))
    joined_on = found.joined_at.astimezone(ZoneInfo(viewer.tz)).date()
    if not asks_target(context.rules) or not may_set_target(viewer.starts_on, viewer.ends_on, joined_on, today):
        return _Target()
    href = url_for("entries.mine", slug=viewer.slug, challenge_id=viewer.challenge_id)
    return _Target(waiting=[WaitingItem(f"Set your target for {viewer.challenge_name}", href)])

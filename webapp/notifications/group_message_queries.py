"""Reading what notifications say of groups: requests to join and their answers, roles, removals, announcements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.announcements.rules import has_ended
from webapp.db import db
from webapp.groups.moderation_queries import banned
from webapp.groups.permissions import Permission
from webapp.markdown import plain
from webapp.models.accounts import Runner
from webapp.models.announcements import Announcement
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinRequestState, Role
from webapp.names import called
from webapp.notifications.message_rules import Details, Told, of_members
from webapp.notifications.people_queries import people_of

# An announcement is told with this much of its text; the link leads to all of it.
MAX_EXCERPT = 400


def request_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read who asks to join, while the request waits, for those who may answer it."""
    told = [one for one in of_members(told) if one.group and one.group.lets(Permission.ANSWER_REQUESTS)]
    pending = _requests(
        {(one.group.id, one.about_id) for one in told if one.group and one.about_id},
        JoinRequest.state == JoinRequestState.PENDING,
        # What a banned runner asks reaches nobody.
        ~banned(JoinRequest.group_id, JoinRequest.runner_id),
    )
    return {
        one.id: Details("join_requests.requests", {"slug": one.group.slug}, {"name": called(pending[key][1])})
        for one in told
        if one.group and (key := (one.group.id, one.about_id or 0)) in pending
    }


def answer_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read how a group answered the reader's request; nothing for one who has joined it."""
    outside = [one for one in told if one.group and one.group.role is None]
    answered = _requests(
        {(one.group.id, one.runner_id) for one in outside if one.group}, JoinRequest.state != JoinRequestState.PENDING
    )
    return {
        one.id: _answer(one, answered[key][0])
        for one in outside
        if one.group and (key := (one.group.id, one.runner_id)) in answered
    }


def _answer(one: Told, request: JoinRequest) -> Details:
    assert one.group
    is_approved = request.state == JoinRequestState.APPROVED
    words = {"is_approved": is_approved, "reason": request.reason}
    return Details("memberships.join_open" if is_approved else "join_requests.ask", {"slug": one.group.slug}, words)


def _requests(pairs: set[tuple[int, int]], *which: Any) -> Mapping[tuple[int, int], tuple[JoinRequest, str]]:
    """Return the requests of these (group, runner), with the name of the runner's account."""
    groups, runners = ({pair[place] for pair in pairs} for place in (0, 1))
    asked = select(JoinRequest, Runner.name).join(Runner, Runner.id == JoinRequest.runner_id)
    rows = db.session.execute(asked.where(JoinRequest.group_id.in_(groups), JoinRequest.runner_id.in_(runners), *which))
    return {(one.group_id, one.runner_id): (one, name) for one, name in rows}


def role_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Say which role the reader was given, as long as they have it."""
    return {
        one.id: Details("groups.group", {"slug": one.group.slug}, {"role": str(one.group.role)})
        for one in of_members(told)
        if one.group and one.group.role == Role(one.data["role"])
    }


def removal_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Say that the reader was removed, as long as they have not come back."""
    return {one.id: Details("home.dashboard") for one in told if one.group and one.group.role is None}


def announcement_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Read the title and the beginning of announcements that have not ended."""
    told = of_members(told)
    posted = select(Announcement).where(Announcement.id.in_({one.data["announcement_id"] for one in told}))
    found = {(one.group_id, one.id): one for one in db.session.scalars(posted)}
    people = people_of({(group_id, one.author_id) for (group_id, _), one in found.items() if one.author_id})
    return {
        one.id: _announcement(one, announcement, people.get((one.group.id, announcement.author_id or 0)))
        for one in told
        if one.group
        and (announcement := found.get((one.group.id, one.data["announcement_id"])))
        and not has_ended(announcement.ends_on, one.today(now))
    }


def _announcement(one: Told, announcement: Announcement, author: Any) -> Details:
    assert one.group
    words = {
        "title": announcement.title,
        "author": author.name if author else None,
        "excerpt": _excerpt(plain(announcement.text)),
    }
    link = {"slug": one.group.slug, "_anchor": f"announcement-{announcement.id}"}
    return Details("announcements.announcements", link, words)


def _excerpt(text: str) -> str:
    if len(text) <= MAX_EXCERPT:
        return text
    beginning = text[:MAX_EXCERPT]
    return f"{beginning.rpartition(' ')[0] or beginning} …"

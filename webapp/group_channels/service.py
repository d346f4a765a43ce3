"""A group's channels: adding, changing, pausing, removing. Nothing here commits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert

from integrations.chat.links import ChatLink
from webapp.crypto import CannotOpen, Sealer
from webapp.db import db
from webapp.errors import Problem
from webapp.group_channels.post_service import drop_waiting
from webapp.group_channels.queries import channel_of, channels_of, kinds_of
from webapp.group_channels.rules import CARRIED, MAX_CHANNELS, SERVICE_NAMES
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.groups.rules import NO_CHANGE, Action, Change, change_of
from webapp.job_names import Job
from webapp.models.group_channels import ChannelPost, GroupChannel, GroupChannelKind
from webapp.models.groups import Group
from webapp.models.words import DeliveryState, FactKind
from webapp.queue import after_commit


class TooManyChannels(Problem):
    """The group has as many channels as it may."""

    title = "That is a lot of channels"
    message = f"A group has at most {MAX_CHANNELS}. Remove one of them first."
    status = 409


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """What organisers decide about a channel: its name, and what it carries."""

    name: str
    kinds: frozenset[FactKind]

    def in_words(self) -> dict[str, str]:
        """Return what the log compares when a channel changes."""
        carried = [one.label for kind, one in CARRIED.items() if kind in self.kinds]
        return {"name": self.name, "carries": ", ".join(carried)}


@dataclass(frozen=True, slots=True)
class Doing:
    """The runner who does something, and the moment."""

    actor_id: int
    at: datetime


def add_channel(group_id: int, link: ChatLink, draft: ChannelDraft, sealer: Sealer, doing: Doing) -> int:
    """Add a room to a group and return its id; one that is there already stays as it is. Locks the group.

    It carries what happens from now on. Raises TooManyChannels.
    """
    locked_group(Group.id == group_id)
    present = channels_of(group_id)
    known = next((one.id for one in present if _address_of(one, sealer) == link.address), None)
    if known is not None:
        return known
    if len(present) >= MAX_CHANNELS:
        raise TooManyChannels
    sealed, at = sealer.seal(link.address), doing.at
    added = GroupChannel(group_id=group_id, name=draft.name, service=link.service, sealed_link=sealed)
    added.added_by, added.added_at, added.carries_since = doing.actor_id, at, at
    db.session.add(added)
    db.session.flush()
    _carry(added.id, draft.kinds)
    _record(added, "channel_added", doing)
    return added.id


def change_channel(group_id: int, channel_id: int, draft: ChannelDraft, doing: Doing) -> bool:
    """Change the name of a channel and what it carries; return whether it was there. Locks the group."""
    found = _locked(group_id, channel_id)
    if found is None:
        return False
    before = ChannelDraft(found.name, kinds_of([channel_id]).get(channel_id, frozenset()))
    if before == draft:
        return True
    found.name = draft.name
    db.session.execute(delete(GroupChannelKind).where(GroupChannelKind.channel_id == channel_id))
    _carry(channel_id, draft.kinds)
    _record(found, "channel_changed", doing, change_of(before.in_words(), draft.in_words()))
    return True


def pause_channel(group_id: int, channel_id: int, doing: Doing, *, is_paused: bool) -> bool:
    """Let a channel carry nothing, or go on; return whether it was there. What happens meanwhile is never posted."""
    found = _locked(group_id, channel_id)
    if found is None or (found.paused_at is not None) == is_paused:
        return found is not None
    if is_paused:
        found.paused_at = doing.at
        drop_waiting(channel_id, doing.at)
    else:
        found.paused_at, found.carries_since = None, doing.at
    _record(found, "channel_paused" if is_paused else "channel_resumed", doing)
    return True


def remove_channel(group_id: int, channel_id: int, doing: Doing) -> bool:
    """Remove a channel with its link and its messages; return whether it was there. Locks the group."""
    found = _locked(group_id, channel_id)
    if found is None:
        return False
    _record(found, "channel_removed", doing)
    db.session.delete(found)
    return True


def ask_for_test(group_id: int, channel_id: int, now: datetime) -> bool:
    """Have a test message sent to a channel, paused or not; return whether the channel was there.

    Asked twice, it is one message. Enqueues Job.SEND_CHANNEL_POSTS.
    """
    found = _locked(group_id, channel_id)
    if found is None:
        return False
    going = (ChannelPost.state == DeliveryState.WAITING, ChannelPost.fact_id.is_(None))
    waits = db.session.query(ChannelPost.id).where(ChannelPost.channel_id == channel_id, *going).first()
    if waits is None:
        db.session.add(ChannelPost(channel_id=channel_id, due_at=now))
    after_commit(Job.SEND_CHANNEL_POSTS, channel_id)
    return True


def _address_of(channel: GroupChannel, sealer: Sealer) -> str | None:
    """Return the link of a channel; None if its key is lost."""
    try:
        return sealer.open(channel.sealed_link)
    except CannotOpen:
        return None


def _locked(group_id: int, channel_id: int) -> GroupChannel | None:
    locked_group(Group.id == group_id)
    return channel_of(group_id, channel_id)


def _carry(channel_id: int, kinds: Collection[FactKind]) -> None:
    if kinds:
        db.session.execute(insert(GroupChannelKind), [{"channel_id": channel_id, "kind": kind} for kind in kinds])


def _record(channel: GroupChannel, action: Action, doing: Doing, change: Change = NO_CHANGE) -> None:
    words = f"{channel.name} ({SERVICE_NAMES[channel.service]})"
    record_audit(channel.group_id, action, doing.actor_id, doing.at, words=words, change=change)

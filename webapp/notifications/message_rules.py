"""What a notification says: the parts that all kinds share, and what is known before the figures of a kind are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.groups.permissions import ROLES, Permission
from webapp.models.words import FactKind, Role
from webapp.rulebook.lifecycle import closes_at
from webapp.rulebook.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Message:
    """A notification in words, for one reader, as things are now.

    `link` is a path of this site. `where`: the group and the challenge that it is about, "" for neither.
    """

    notification_id: int
    kind: FactKind
    subject: str
    text_lines: tuple[str, ...]
    link: str
    link_text: str
    where: str


@dataclass(frozen=True, slots=True)
class GroupRef:
    """The group of a fact, and the reader's role in it; None for one who is no member."""

    id: int
    slug: str
    name: str
    tz: str
    is_read_only: bool
    role: Role | None

    def lets(self, permission: Permission) -> bool:
        """Return whether the reader may do something there, in a group that is not archived."""
        return self.role in ROLES[permission] and not self.is_read_only


@dataclass(frozen=True, slots=True)
class ChallengeRef:
    """The challenge of a fact, with the rules by which its board was derived."""

    id: int
    name: str
    starts_on: date
    ends_on: date
    grace_hours: int
    closed_at: datetime | None
    frozen_at: datetime | None
    rules: RuleSet

    @property
    def closes_at(self) -> datetime:
        """Return when late runs stop counting."""
        return closes_at(self.ends_on, self.grace_hours, self.closed_at)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact and its reader. `data`: ids, numbers and dates, of the fact and of what differs by reader."""

    id: int
    kind: FactKind
    happened_at: datetime
    data: Mapping[str, Any]
    about_id: int | None
    group_run_id: int | None
    runner_id: int
    units: str
    zone: str
    group: GroupRef | None
    challenge: ChallengeRef | None

    @property
    def day(self) -> date:
        """Return the local date that the fact is about."""
        return date.fromisoformat(self.data["date"])

    @property
    def where(self) -> str:
        return " · ".join(one.name for one in (self.group, self.challenge) if one)

    def today(self, now: datetime) -> date:
        """Return the date in the zone of the group, or of the reader."""
        return now.astimezone(ZoneInfo(self.group.tz if self.group else self.zone)).date()


@dataclass(frozen=True, slots=True)
class Details:
    """What a template says besides the names of group and challenge, and where its link leads: an endpoint."""

    endpoint: str
    link_values: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)


# Reads the details of all facts of one kind at once, by notification. What is left out may not be told any more.
DetailsReader = Callable[[Sequence[Told], datetime], Mapping[int, Details]]


def of_members(told: Sequence[Told]) -> list[Told]:
    """Return those whose reader is a member of the group."""
    return [one for one in told if one.group is not None and one.group.role is not None]

"""Rows for tests, each with sensible values unless a test says otherwise. They commit."""

from datetime import UTC, date, datetime
from itertools import count
from typing import TypeVar

from webapp.auth import rules as auth_rules
from webapp.db import db
from webapp.groups.queries import taken_names
from webapp.invitations.queries import shared_link
from webapp.look_alikes import folded
from webapp.models.accounts import PlatformConsent, Runner
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Consent, Group, Membership
from webapp.models.invitations import Invitation
from webapp.models.sync import Connection
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.text import search_key

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
_numbers = count(1)

R = TypeVar("R")


def make_runner(name: str = "Ana Ruiz", **values: object) -> Runner:
    return _stored(Runner(**{"name": name, "created_at": NOON, **values}))


def make_connection(runner: Runner, **values: object) -> Connection:
    """Connect a runner to Strava, with tokens that open nothing."""
    tokens = {"access_token": "sealed", "refresh_token": "sealed", "expires_at": NOON, "scopes": "read,activity:read"}
    usual = {"athlete_id": 90_000_000 + runner.id, "connected_at": NOON}
    return _stored(Connection(**{"runner_id": runner.id, **usual, **tokens, **values}))


def make_group(name: str = "Morning Milers", **values: object) -> Group:
    """Make a group with one invite link, without limits."""
    n = next(_numbers)
    group = _added(Group(**{"slug": f"group-{n}", "name": name, "tz": "UTC", "created_at": NOON, **values}))
    make_invitation(group, token=f"invite-{n}")
    return group


def make_invitation(group: Group, **values: object) -> Invitation:
    n = next(_numbers)
    return _stored(Invitation(**{"group_id": group.id, "token": f"invite-{n}", "created_at": NOON, **values}))


def invite_of(group: Group) -> str:
    """Return the token of the link that the members of a group may pass on."""
    link = shared_link(group.id)
    assert link is not None
    return link.token


def make_member(group: Group, runner: Runner | None = None, *, role: str = "member", **values: object) -> Membership:
    """Put a runner into the group, with consent to totals under `shown_name` (their full name unless given)."""
    runner = runner or make_runner()
    shown = str(values.pop("shown_name", runner.name))
    given = values.pop("joined_at", NOON)
    ids = {"group_id": group.id, "runner_id": runner.id}
    # Most tests do not care that their runners are namesakes: only the first one has the name to themselves.
    key = None if folded(shown) in taken_names(group.id, runner.id) else folded(shown)
    names = {"shown_name": shown, "search_name": search_key(shown), "name_key": key}
    db.session.add(Consent(**ids, **names, text_version=GROUP_CONSENT_VERSION, given_at=given, **values))
    return _stored(Membership(**ids, role=role, joined_at=given))


def make_challenge(group: Group, *, teams: tuple[str, ...] = (), **values: object) -> Challenge:
    """Make a challenge of November 2026 with these teams, without entries."""
    window = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}
    challenge = _added(Challenge(**{"group_id": group.id, "name": "November", "created_at": NOON, **window, **values}))
    db.session.add_all(Team(challenge_id=challenge.id, name=n, position=place) for place, n in enumerate(teams))
    return _stored(challenge)


def make_entry(challenge: Challenge, runner: Runner, team: Team | None = None) -> Entry:
    """Enter a runner, in `team` over the whole window if given."""
    entry = _added(Entry(challenge_id=challenge.id, runner_id=runner.id, joined_at=NOON))
    if team:
        db.session.add(TeamStint(entry_id=entry.id, team_id=team.id, from_date=challenge.starts_on))
    return _stored(entry)


def _added(row: R) -> R:
    """Give a row its id, without the end of the transaction."""
    db.session.add(row)
    db.session.flush()
    return row


def _stored(row: R) -> R:
    db.session.add(row)
    db.session.commit()
    return row


def make_connected(runner: Runner) -> None:
    """Have the runner agree to what is read, and connect."""
    tokens = {"access_token": "sealed", "refresh_token": "sealed", "expires_at": NOON, "scopes": "activity:read"}
    db.session.add(Connection(runner_id=runner.id, athlete_id=1000 + runner.id, connected_at=NOON, **tokens))
    db.session.add(PlatformConsent(runner_id=runner.id, version=auth_rules.PLATFORM_CONSENT_VERSION, given_at=NOON))
    db.session.commit()


def freeze(challenge: Challenge) -> None:
    """Mark a challenge as frozen, without results."""
    challenge.frozen_at = NOON
    db.session.commit()

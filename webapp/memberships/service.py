"""Starting groups, joining and leaving them, and looking after them. Nothing here commits."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.db import db
from webapp.entries.service import enter_open_challenges, withdraw
from webapp.errors import Problem, not_found
from webapp.facts.service import record_fact
from webapp.formatting import full_stop
from webapp.group_profiles.service import refresh_index
from webapp.groups.audit_service import record_audit
from webapp.groups.moderation_queries import is_banned, is_muted
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import (
    consent_of,
    is_role_of_organisers,
    locked_group,
    member_count,
    membership_of,
    organiser_count,
    refuse_read_only,
    taken_names,
)
from webapp.groups.rules import SLUG_LETTERS, Action, Change, Heir, slug_for, successor
from webapp.invitations.service import UNLIMITED, lock_by_link, make_invitation, use_place
from webapp.job_names import Job
from webapp.join_requests.service import delete_request
from webapp.leaderboards.service import bump_version
from webapp.look_alikes import folded
from webapp.memberships.consent_service import agree_to_text, switch_all_off
from webapp.memberships.leaving_service import end_sharing
from webapp.memberships.queries import lets_in
from webapp.memberships.role_service import record_role
from webapp.memberships.vote_service import end_votes
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent, Group, Membership
from webapp.models.reviews import Review
from webapp.models.words import ConsentLevel, FactKind, JoinPolicy, Notice, Role
from webapp.names import NAMELESS, NameStyle, free_name, is_stand_in, shown_name
from webapp.privacy.queries import consent_is_given, is_given, level_of
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.queue import after_commit
from webapp.text import search_key

SLUG_TAIL = 5


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """A group's name, time zone and description. `tz` is an IANA name."""

    name: str
    tz: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownAs:
    """How a member wants to be shown; `alias` counts only with the style ALIAS, `level` only on joining."""

    style: NameStyle
    alias: str = ""
    level: ConsentLevel = ConsentLevel.TOTALS


class OperatorsStartGroups(Problem):
    """With `GROUPS=operator`, runners start no groups."""

    title = "Only operators start groups here"
    message = "Please ask those who run this installation. They start a group and hand it over to you."
    status = 403


class OrganiserStays(Problem):
    """No organiser removes another."""

    title = "An organiser cannot be removed"
    message = "They can step down or leave, or other organisers can first make them a plain member."
    status = 409


class LastOrganiser(Problem):
    """A group keeps one organiser."""

    title = "A group needs an organiser"
    message = "Name another one first, then step down."
    status = 409


class NameRefused(Problem):
    """The chosen name cannot be had; `message` says why."""


class NameWhileMuted(NameRefused):
    """A muted member's own words reach nobody, and a name of their own choosing is such."""

    title = "You are muted in this group"
    message = "Choose your full name or your first name and initial, or keep the name that you have."
    status = 409


class NameTaken(NameRefused):
    """Another member has the chosen name, or pages use it for no one; `suggestion` is a similar one that is free."""

    def __init__(self, name: str, suggestion: str) -> None:
        says = (
            f"Pages write “{name}” where they show no name."
            if is_stand_in(name)
            else f"Somebody here is called {full_stop(name)}"
        )
        super().__init__("That name is taken", f"{says} How about {suggestion}?", status=409)
        self.suggestion = suggestion


def names_for(group_id: int | None, runner: Runner, alias: str) -> dict[NameStyle, str]:
    """Return the name that a group would see under each style; `group_id` is None for one not started yet."""
    taken = taken_names(group_id, runner.id) if group_id else set()
    full = _name_to_show(consent_of(group_id, runner.id), runner) if group_id else runner.name
    return {style: free_name(full, style, alias, taken) for style in NameStyle}


def start_group(runner: Runner, about: GroupDetails, shown_as: ShownAs, now: datetime) -> Group:
    """Start a group with `runner` as its organiser, who gives the same consent as every member."""
    tail = "".join(secrets.choice(SLUG_LETTERS) for _ in range(SLUG_TAIL))
    group = Group(slug=slug_for(about.name, tail), created_at=now, **asdict(about))
    db.session.add(group)
    db.session.flush()
    _add_member(group, runner, Role.ORGANISER, shown_as, now)
    make_invitation(group.id, UNLIMITED, runner.id, now)
    return group


def join(token: str, runner: Runner, shown_as: ShownAs, now: datetime) -> Group:
    """Let a runner in by an invite link, with their consent, into every challenge that is not closed.

    Joining twice is harmless: it changes nothing. Returns the group. Raises NameTaken, and the problems of a link that
    lets nobody in (`invitations.service`).
    """
    group, invitation = lock_by_link(token)
    if membership_of(group.id, runner.id) is not None:
        return group
    if is_banned(group.id, runner.id):
        raise not_found()
    refuse_read_only(group)
    use_place(invitation, runner.id, now)
    _add_member(group, runner, invitation.role, shown_as, now)
    enter_open_challenges(group, runner.id, now)
    return group


def join_by_policy(group_id: int, runner: Runner, shown_as: ShownAs, now: datetime) -> Group | None:
    """Let a runner into a group that is open to all, or has approved their request; otherwise as `join`.

    Returns None where the group does not let them in, or is gone. Their request is erased.
    """
    group = locked_group(Group.id == group_id)
    if group is None or (membership_of(group.id, runner.id) is None and not lets_in(group, runner.id)):
        return None
    if membership_of(group.id, runner.id) is None:
        _add_member(group, runner, Role.MEMBER, shown_as, now)
        enter_open_challenges(group, runner.id, now)
    return group


def leave(group_id: int, runner_id: int, now: datetime) -> None:
    """Take a runner out: withdraw the consent, delete the entries, name a new last organiser, delete an empty group.

    Harmless if the runner is no member.
    """
    if locked_group(Group.id == group_id) is None:
        return
    mine = delete(Membership).where(Membership.group_id == group_id, Membership.runner_id == runner_id)
    if db.session.execute(mine.returning(Membership.id)).first() is None:
        return
    withdraw(group_id, runner_id)
    of_group = select(Challenge.id).where(Challenge.group_id == group_id)
    db.session.execute(delete(Review).where(Review.runner_id == runner_id, Review.challenge_id.in_(of_group)))
    end_sharing(group_id, runner_id, now)
    _withdraw_consent(group_id, runner_id, now)
    if not member_count(group_id):
        db.session.execute(delete(Group).where(Group.id == group_id))
        return
    _find_successor(group_id, now)


def remove_member(group: Group, runner_id: int, now: datetime) -> None:
    """Take another runner out, as `leave` does. Raises OrganiserStays for an organiser."""
    member = membership_of(group.id, runner_id)
    if member is not None and is_organiser(member):
        raise OrganiserStays()
    leave(group.id, runner_id, now)
    if member is not None:
        # A banned runner reads the same: they are not told of the ban.
        key = f"{group.id}:{runner_id}:{now.timestamp():.0f}"
        record_fact(FactKind.REMOVED_FROM_GROUP, key, now, group_id=group.id, runner_id=runner_id)


def hear_again(group_id: int, runner_id: int, now: datetime) -> bool:
    """End a runner's mute, and show the name of their account again; return whether there was one."""
    mine = (Consent.group_id == group_id, Consent.runner_id == runner_id, Consent.muted_at.is_not(None))
    heard = update(Consent).where(*mine).values(muted_at=None)
    if db.session.execute(heard.returning(Consent.id)).first() is None:
        return False
    consent, runner = consent_of(group_id, runner_id), db.session.get(Runner, runner_id)
    if consent and runner and is_given(consent) and consent.name_style != NameStyle.ALIAS:
        _follow_in_group(consent, runner, now)
    return True


def name_organiser(group: Group, runner_id: int, now: datetime) -> bool:
    """Make a member an organiser, who is not muted, and notify them on the group's page.

    Returns False if they already were one.
    """
    named = update(Membership).where(
        Membership.group_id == group.id, Membership.runner_id == runner_id, ~is_role_of_organisers()
    )
    values = named.values(role=Role.ORGANISER, notice=Notice.NAMED, named_organiser_at=now)
    if db.session.execute(values.returning(Membership.id)).first() is None:
        return False
    hear_again(group.id, runner_id, now)
    record_role(group.id, runner_id, Role.ORGANISER, now)
    return True


def hand_over(group: Group, runner_id: int, organiser_id: int, now: datetime) -> None:
    """Make a member an organiser in the place of this one, who is a member from then on."""
    locked_group(Group.id == group.id)
    name_organiser(group, runner_id, now)
    step_down(group, organiser_id)


def set_role(group: Group, runner_id: int, role: Role, now: datetime) -> Role | None:
    """Give a member one of the plain roles; return the one they had, None if nothing changed.

    Raises OrganiserStays for an organiser.
    """
    locked_group(Group.id == group.id)
    member = membership_of(group.id, runner_id)
    if member is None or member.role == role:
        return None
    if is_organiser(member):
        raise OrganiserStays
    before, member.role = member.role, role
    record_role(group.id, runner_id, role, now)
    return before


def step_down(group: Group, runner_id: int) -> None:
    """Make an organiser a plain member. Raises LastOrganiser for the only one."""
    locked_group(Group.id == group.id)
    if organiser_count(group.id) < 2:
        raise LastOrganiser()
    me = update(Membership).where(Membership.group_id == group.id, Membership.runner_id == runner_id)
    db.session.execute(me.values(role=Role.MEMBER, notice=None, named_organiser_at=None))
    end_votes(group.id, runner_id)


def change_group(group: Group, about: GroupDetails) -> bool:
    """Change what the group says about itself; return whether that changed anything. Enqueues Job.ROLL_OVER_DAYS."""
    if GroupDetails(group.name, group.tz, group.text) == about:
        return False
    # Another time zone may have another today.
    after_commit(Job.ROLL_OVER_DAYS)
    group.name, group.tz, group.text = about.name, about.tz, about.text
    refresh_index(group)
    return True


def change_join_policy(group: Group, policy: JoinPolicy) -> bool:
    """Change how runners can join besides by invitation; return whether that changed anything."""
    is_changed = group.join_policy != policy
    group.join_policy = policy
    return is_changed


def change_shown_name(group_id: int, runner: Runner, shown_as: ShownAs, now: datetime) -> None:
    """Give consent again, with another shown name; boards carry it from now on. Raises NameRefused.

    Raises NotFound if the runner left while this waited for the group.
    """
    if locked_group(Group.id == group_id) is None or membership_of(group_id, runner.id) is None:
        raise not_found()
    if shown_as.style == NameStyle.ALIAS and is_muted(group_id, runner.id):
        consent = consent_of(group_id, runner.id)
        if consent is None or (consent.name_style, consent.shown_name) != (shown_as.style, shown_as.alias):
            raise NameWhileMuted
    before = _store_consent(group_id, runner, shown_as, now)
    _record_name("member_renamed", before, runner, group_id, now)
    _renew_boards(group_id, runner.id)


def follow_name(runner: Runner, now: datetime) -> None:
    """Carry a changed account name into the consents of those groups that see it, whole or with an initial."""
    mine = select(Consent).where(Consent.runner_id == runner.id, consent_is_given())
    # What a muted member writes reaches nobody, and an account name is written too.
    follow = mine.where(Consent.name_style != NameStyle.ALIAS, Consent.muted_at.is_(None)).order_by(Consent.group_id)
    for consent in db.session.scalars(follow).all():
        _follow_in_group(consent, runner, now)


def _follow_in_group(consent: Consent, runner: Runner, now: datetime) -> None:
    if locked_group(Group.id == consent.group_id) is None or membership_of(consent.group_id, runner.id) is None:
        return  # they left while this waited for the group, so no name is written
    before = consent.shown_name
    _set_names(consent, runner, ShownAs(consent.name_style))
    _record_name("name_followed", before, runner, consent.group_id, now)
    _renew_boards(consent.group_id, runner.id)


def _add_member(group: Group, runner: Runner, role: Role, shown_as: ShownAs, now: datetime) -> None:
    delete_request(group.id, runner.id, now)
    if shown_as.style == NameStyle.ALIAS and is_muted(group.id, runner.id):
        raise NameWhileMuted
    db.session.add(Membership(group_id=group.id, runner_id=runner.id, role=role, joined_at=now))
    _store_consent(group.id, runner, shown_as, now)
    db.session.flush()


def _store_consent(group_id: int, runner: Runner, shown_as: ShownAs, now: datetime) -> str:
    """Return the name that was shown before, "" for none."""
    known = consent_of(group_id, runner.id)
    consent = known or Consent(group_id=group_id, runner_id=runner.id)
    showed_nothing = level_of(known) is None
    if not agree_to_text(consent, GROUP_CONSENT_VERSION, now) and showed_nothing:
        consent.level = shown_as.level
    before = consent.shown_name or ""
    _set_names(consent, runner, shown_as)
    db.session.add(consent)
    return before


def _set_names(consent: Consent, runner: Runner, shown_as: ShownAs) -> None:
    style, alias = shown_as.style, shown_as.alias
    full = _name_to_show(consent, runner)
    name = free_name(full, style, alias, taken_names(consent.group_id, runner.id))
    wanted = shown_name(full, style, alias)
    if style == NameStyle.ALIAS and name != wanted:
        raise NameTaken(wanted, name)
    consent.name_style, consent.shown_name = style, name
    consent.search_name, consent.name_key = search_key(name), folded(name)


def _name_to_show(consent: Consent | None, runner: Runner) -> str:
    """Return the name that the shown name is made of.

    For a muted member, it is the one that the group sees already. One who left and came back has none: otherwise they
    could be heard by a new name of their account.
    """
    if consent is None or consent.muted_at is None:
        return runner.name
    return "" if consent.shown_name.startswith(NAMELESS) else consent.shown_name


def _record_name(action: Action, before: str, runner: Runner, group_id: int, now: datetime) -> None:
    # What changed is removed when they leave.
    consent = consent_of(group_id, runner.id)
    if consent and before and consent.shown_name != before:
        change = Change(before, consent.shown_name)
        record_audit(group_id, action, runner.id, now, subject_id=runner.id, change=change)


def _withdraw_consent(group_id: int, runner_id: int, now: datetime) -> None:
    # The times of giving and withdrawing it stay. The name is removed, and all else is asked for again.
    consent = consent_of(group_id, runner_id)
    if consent is None:
        return
    switch_all_off(consent, now)
    consent.withdrawn_at, consent.shown_name, consent.search_name, consent.name_key = now, "", "", None
    db.session.flush()


def _find_successor(group_id: int, now: datetime) -> None:
    staying = select(Membership.id, Membership.role).where(Membership.group_id == group_id)
    ordered = staying.order_by(Membership.joined_at, Membership.id)
    heir = successor(Heir(*row) for row in db.session.execute(ordered))
    if heir is not None:
        follow = update(Membership).where(Membership.id == heir)
        followed = follow.values(role=Role.ORGANISER, notice=Notice.SUCCEEDED).returning(Membership.runner_id)
        runner_id = db.session.execute(followed).scalar_one()
        hear_again(group_id, runner_id, now)
        record_role(group_id, runner_id, Role.ORGANISER, now)


def _renew_boards(group_id: int, runner_id: int) -> None:
    # Pages cache parts of the board by version, names included.
    mine = select(Entry.challenge_id).join(Challenge, Challenge.id == Entry.challenge_id)
    bump_version(db.session.scalars(mine.where(Entry.runner_id == runner_id, Challenge.group_id == group_id)).all())

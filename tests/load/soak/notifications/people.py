"""The group: its members, how each can be reached, what they chose, and when they want to be left alone."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from integrations.chat.links import read_link
from tests.support.builders import make_challenge, make_connection, make_group, make_member, make_runner
from tests.support.mails import make_address
from tests.support.push_service import PushBrowser, PushService
from tests.support.web_hook import WebHook
from webapp.db import db, write_transaction
from webapp.extensions import sealer
from webapp.group_channels.rules import CARRIED
from webapp.group_channels.service import ChannelDraft, Doing, add_channel
from webapp.models.notifications import NotificationChoice, NotificationSettings
from webapp.models.words import Channel, FactKind
from webapp.notifications.push_service import add_browser

ZONES = ("UTC", "Europe/Madrid", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata")
# From and until, in minutes of the day: the usual ones, over midnight, in the day, none.
QUIET = ((22 * 60, 7 * 60), (20 * 60, 9 * 60 + 30), (9 * 60, 15 * 60), (0, 0))
KINDS = (FactKind.ANNOUNCEMENT, FactKind.ROLE_GIVEN, FactKind.CONNECTION, FactKind.CHALLENGE_BEGINS)
# Of how many a member chooses otherwise than the default.
CHOOSES = 0.15
ROOM = "3ccdd113474722377935511fc85d3dd4"


@dataclass(frozen=True, slots=True)
class Person:
    """A member as this test made them, with what they chose: whether they want a kind by a channel."""

    runner_id: int
    zone: str
    quiet: tuple[int, int]
    urgent_in_quiet: bool
    chosen: dict[tuple[FactKind, Channel], bool]
    address: str
    browser: PushBrowser


@dataclass(frozen=True, slots=True)
class Crowd:
    """The group with its members by id. `broken`: those whose connection to Strava needs them."""

    group_id: int
    organiser_id: int
    challenge_id: int
    people: dict[int, Person]
    broken: tuple[int, ...]


def make_crowd(members: int, push: PushService, hook: WebHook, dice: Random, now: datetime) -> Crowd:
    """Make a group with a channel, and members who can be reached by mail and push. The organiser gets nothing."""
    group = make_group()
    group_id, organiser = group.id, make_member(group, make_runner("Olga Orlova"), role="organiser").runner_id
    challenge_id = make_challenge(group).id
    runners = [make_runner(f"Runner {number}") for number in range(members)]
    for runner in runners:
        make_member(group, runner)
    broken = tuple(runner.id for runner in runners[:: max(1, members // 20)])
    for runner in runners[:: max(1, members // 20)]:
        make_connection(runner, state="needs_reconnect")
    people = {}
    for runner in runners:
        person = _person(runner.id, push, dice)
        make_address(runner, person.address)
        _choose(person)
        with write_transaction():
            add_browser(person.runner_id, person.browser.subscription, now)
        people[person.runner_id] = person
    _open_channel(group_id, organiser, hook, now)
    return Crowd(group_id, organiser, challenge_id, people, broken)


def _person(runner_id: int, push: PushService, dice: Random) -> Person:
    pairs = [(kind, channel) for kind in KINDS for channel in Channel if dice.random() < CHOOSES]
    chosen = {pair: dice.random() < 0.5 for pair in pairs}
    browser = push.browser(f"/send/{runner_id}")
    zone, quiet, urgent = dice.choice(ZONES), dice.choice(QUIET), dice.random() < 0.7
    return Person(runner_id, zone, quiet, urgent, chosen, f"runner-{runner_id}@example.org", browser)


def _choose(person: Person) -> None:
    with write_transaction():
        db.session.add(
            NotificationSettings(
                runner_id=person.runner_id,
                time_zone=person.zone,
                quiet_from=person.quiet[0],
                quiet_until=person.quiet[1],
                urgent_in_quiet=person.urgent_in_quiet,
            )
        )
        for (kind, channel), is_wanted in person.chosen.items():
            row = NotificationChoice(runner_id=person.runner_id, kind=kind, channel=channel, is_wanted=is_wanted)
            db.session.add(row)


def _open_channel(group_id: int, organiser: int, hook: WebHook, now: datetime) -> None:
    link = read_link(f"{hook.address}/hooks/{ROOM}", ["127.0.0.1"], [hook.host_port])
    with write_transaction():
        draft = ChannelDraft("#running", frozenset(CARRIED))
        add_channel(group_id, link, draft, sealer(), Doing(organiser, now))

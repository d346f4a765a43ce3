"""A group with somebody of every kind in it and around it, who ask for every address."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from integrations.chat.links import ChatService
from tests.support.browser import Browser
from tests.support.builders import (
    NOON,
    invite_of,
    make_challenge,
    make_connection,
    make_entry,
    make_group,
    make_member,
    make_runner,
)
from tests.support.calendars import calendar_feed
from tests.support.group_runs import group_run, pace_group, run_series
from tests.support.photos import keep_photo
from tests.support.pictures import picture_file
from tests.support.profiles import list_group
from tests.support.reviewed import asked_about
from tests.support.settings import with_settings
from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.extensions import settings
from webapp.group_profiles.service import save_picture
from webapp.join_requests import service as join_requests
from webapp.memberships import moderation_service
from webapp.memberships import service as memberships
from webapp.models.accounts import ErasureReceipt, LoginLink, Runner, SeatRequest
from webapp.models.announcements import Announcement
from webapp.models.bans import GroupBan
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import RuleChange, Series
from webapp.models.facts import Fact
from webapp.models.group_channels import GroupChannel
from webapp.models.invitations import Invitation
from webapp.models.join_requests import JoinRequest
from webapp.models.mail import MailAddress
from webapp.models.missing import Nudge
from webapp.models.notifications import Notification
from webapp.models.organiser_votes import OrganiserVote
from webapp.models.pledges import Pledge, PledgeWatcher
from webapp.models.push import PushSubscription
from webapp.models.rsvps import Rsvp
from webapp.models.sync import InitialImport
from webapp.models.words import FactKind, JoinPolicy, NudgeKind, PledgeMeasure, PledgePeriod, RsvpAnswer
from webapp.notifications.unsubscribe_service import mail_kind
from webapp.pictures import read_picture
from webapp.rulebook.ruleset import RuleSet

ROLES = ("member", "captain", "coach", "run_leader", "organiser")
LEVELS = ("points", "hidden")
OUTSIDE = ("visitor", "stranger", "requester", "former", "banned", "other organiser", "operator")
WHO = (*OUTSIDE, "target", "member", *LEVELS, *ROLES[1:])
# What a login link and the ticket of somebody who waits for a seat hold.
LOGIN_SECRET, TICKET = "s" * 43, "t" * 43
# Where mails to the target go, once they open a link with the same secret.
MAIL = "target.doe@example.org"
# In the address of the target's calendar.
CALENDAR_TOKEN = "c" * 43
COOKIE, DOMAIN = "chasepack", "127.0.0.1"  # of the session
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
# The blueprints whose runs are those of a group.
RUN_PAGES = ("group_runs", "rsvps", "attendance", "own_attendance")


@dataclass(frozen=True)
class Asked:
    """An address as the test asks for it."""

    method: str
    rule: str
    path: str


class Stage:
    """A group that answers requests to join, with somebody of every kind in it and around it."""

    def __init__(self, app: Flask, target: Runner | None = None) -> None:
        self.group = list_group("Morning Milers")
        self.group.join_policy = JoinPolicy.REQUEST
        self.runners = {who: make_runner(f"{who.title()} Doe") for who in WHO if who not in ("visitor", "target")}
        self.second, self.third = (make_runner(name) for name in ("Second Organiser", "Third Organiser"))
        for runner in self.runners.values():
            make_connection(runner)
            db.session.add(InitialImport(runner_id=runner.id, state="reading", asked_at=NOON))
        self.runners["target"] = target or make_runner("Target Doe")
        self._let_in()
        self.values = {**self._of_group(), **_of_accounts(self.runners["target"].id), "filename": "css/app.css"}
        self.instead = self._instead()
        self.browsers = {who: Browser(app) for who in WHO}
        self._cookies: dict[str, str | None] = {}
        self.values["pledge_id"] = self._pledge()
        db.session.commit()
        self.operators = (str(90_000_000 + self.runners["operator"].id),)
        self.sessions = {who: {"runner": one.id, "epoch": one.session_epoch} for who, one in self.runners.items()}

    def _let_in(self) -> None:
        for who in ROLES:
            make_member(self.group, self.runners[who], role=who)
        for who in LEVELS:
            make_member(self.group, self.runners[who], level=who)
        make_member(self.group, self.runners["target"], photo_at=NOON, nudges_at=NOON)
        keep_photo(self.runners["target"].id)
        for runner in (self.second, self.third):
            make_member(self.group, runner, role="organiser")
        organiser = self.runners["organiser"].id
        for who in ("former", "banned"):
            make_member(self.group, self.runners[who])
        memberships.remove_member(self.group, self.runners["former"].id, NOON)
        moderation_service.ban(self.group, self.runners["banned"].id, "Rude to others", organiser, NOON)
        join_requests.ask(self.group.id, self.runners["requester"].id, "May I?", NOON)
        self._vote(self.group.id, self.second, self.runners["organiser"])
        cake = {"title": "Cake", "text": "*", "posted_at": NOON}
        db.session.add(Announcement(group_id=self.group.id, author_id=organiser, **cake))
        room = {"name": "#cake", "service": ChatService.NTFY, "sealed_link": "sealed", "added_at": NOON}
        db.session.add(GroupChannel(group_id=self.group.id, added_by=organiser, carries_since=NOON, **room))
        db.session.commit()

    def _pledge(self) -> int:
        """Return a pledge of the target's, which the member sees."""
        days = {"starts_on": NOON.date(), "ends_on": NOON.date() + timedelta(days=6)}
        what = {"period": PledgePeriod.WEEK, "measure": PledgeMeasure.DAYS, "amount": 3, "plan": "Tuesday with Ben"}
        whose = {"runner_id": self.runners["target"].id, "group_id": self.group.id, "created_at": NOON}
        pledge = Pledge(**days, **what, **whose, backup_plan="Wednesday", rest_weekdays=[6])
        db.session.add(pledge)
        db.session.flush()
        db.session.add(PledgeWatcher(pledge_id=pledge.id, runner_id=self.runners["member"].id))
        return pledge.id

    def _vote(self, group_id: int, subject: Runner, voter: Runner) -> int:
        vote = OrganiserVote(group_id=group_id, subject_id=subject.id, voter_id=voter.id, voted_at=NOON)
        db.session.add(vote)
        db.session.flush()
        return vote.id

    def _instead(self) -> dict[str, dict[str, object]]:
        """Return what stands in the addresses of an endpoint, or of a blueprint, in place of `values`."""
        others, another = make_group("Others"), make_runner("Another Organiser")
        for runner in (self.runners["other organiser"], another):
            make_member(others, runner, role="organiser")
        picked = make_challenge(self.group, teams=("Owls", "Larks"), team_mode="picked", name="Picked")
        for who in (*ROLES, *LEVELS, "target"):
            make_entry(picked, self.runners[who])
        picked.teams[0].captain_id = self.runners["captain"].id
        run: dict[str, object] = {"run_id": self._group_run()}
        calendar_feed(self.runners["target"], CALENDAR_TOKEN)
        return {
            **dict.fromkeys(RUN_PAGES, run),
            "calendar_feeds": {**run, "token": CALENDAR_TOKEN},
            "run_series": {"series_id": run_series(self.group).id},
            "members.invite_removed": {"runner_id": self.runners["former"].id},
            "organiser_votes": {"runner_id": self.second.id},
            "admin_organisers": {"vote_id": self._vote(others.id, another, self.runners["other organiser"])},
            "drafts": {"challenge_id": picked.id},
            "sync": {"secret": settings().webhook_secret},
        }

    def _group_run(self) -> int:
        """Add a run that starts soon, so that it can be answered and counted."""
        run = group_run(self.group, NOON.date(), local_minutes=12 * 60 + 20)
        steady = pace_group(run)
        self.values |= {"pace_group_id": steady.id}
        answer = {"answer": RsvpAnswer.IN, "answered_at": NOON}
        db.session.add(Rsvp(run_id=run.id, runner_id=self.runners["target"].id, **answer))
        return run.id

    def _of_group(self) -> dict[str, object]:
        target = self.runners["target"]
        challenge = make_challenge(self.group, teams=("Reds", "Blues"), team_mode="named")
        entry = make_entry(challenge, target, challenge.teams[0])
        for who in (*ROLES, *LEVELS):
            make_entry(challenge, self.runners[who], challenge.teams[1])
        values = {"name": "Monthly", "frame": "month", "rules": RuleSet(), "next_on": date(2026, 12, 1)}
        series = Series(group_id=self.group.id, created_at=NOON, **values)
        db.session.add(series)
        db.session.flush()
        challenge.series_id = series.id
        plain, by = RuleSet(), self.runners["organiser"].id
        change = {"before": plain, "after": plain, "reason": "Fairer", "made_at": NOON, "made_by": by, "entries": 5}
        db.session.add(RuleChange(challenge_id=challenge.id, edition=1, **change))
        picture = read_picture(picture_file())
        save_picture(self.group.id, picture)
        ids = {f"{name}_id": db.session.scalars(select(model.id)).first() for name, model in ID_OF.items()}
        reviewed = asked_about(entry)
        return {
            "slug": self.group.slug, "group_id": self.group.id, "invite": invite_of(self.group),
            "digest": picture.digest,
            "preset_key": "distance", "challenge_id": challenge.id, "team_id": challenge.teams[0].id,
            "entry_id": entry.id, "runner_id": target.id, "series_id": series.id, "job_id": "x",
            "name": "nudges", "nudge_id": self._nudge(target.id),
            "run_id": reviewed["run_id"], "review_id": reviewed["review_id"], **ids,
        }  # fmt: skip

    def _nudge(self, target_id: int) -> int:
        """Return a message of the captain to the target, who may be written to."""
        sent = {"kind": NudgeKind.MISSED, "text": "We missed you.", "sent_at": NOON - timedelta(days=20)}
        nudge = Nudge(group_id=self.group.id, from_id=self.runners["captain"].id, to_id=target_id, **sent)
        db.session.add(nudge)
        db.session.flush()
        return nudge.id

    def asked(self, rule: Rule, *methods: str) -> Iterator[Asked]:
        """Yield the address of a rule with each of these methods that it has."""
        path = self.path_of(rule)
        yield from (Asked(method, rule.rule, path) for method in methods if method in (rule.methods or ()))

    def path_of(self, rule: Rule, **other: object) -> str:
        """Return the address of a rule: right in every argument but those in `other`."""
        instead = (self.instead.get(name, {}) for name in (rule.endpoint.split(".")[0], rule.endpoint))
        values = reduce(or_, instead, self.values) | other
        return ARGUMENT.sub(lambda found: quote(str(values[found[1]]), safe="", errors="surrogatepass"), rule.rule)

    def ask(self, who: str, asked: Asked) -> TestResponse:
        """Return what somebody gets at an address."""
        self.sign_in(who)
        return self.open(who, asked.method, asked.path, data={})

    def sign_in(self, who: str) -> None:
        """Make the session of somebody what it was at first, whatever came of it since."""
        client = self.browsers[who].client
        if who not in self._cookies:
            self._cookies[who] = self._cookie_of(who)
        elif cookie := self._cookies[who]:
            client.set_cookie(COOKIE, cookie, domain=DOMAIN)
        else:
            client.delete_cookie(COOKIE, domain=DOMAIN)

    def _cookie_of(self, who: str) -> str | None:
        """Begin the session of somebody and return its cookie, if it has one."""
        browser = self.browsers[who]
        with browser.client.session_transaction(base_url=browser.address) as session:
            session.clear()
            session.update(self.sessions.get(who, {}))
        cookie = browser.client.get_cookie(COOKIE, domain=DOMAIN)
        return cookie.value if cookie else None

    def open(self, who: str, method: str, path: str, **sent: Any) -> TestResponse:
        """Return what somebody gets who sends this, in the session that they are in."""
        browser = self.browsers[who]
        return browser.client.open(path, method=method, **{"base_url": browser.address, **sent})


ID_OF: dict[str, Any] = {
    "join_request": JoinRequest, "ban": GroupBan, "vote": OrganiserVote, "announcement": Announcement,
    "invitation": Invitation, "channel": GroupChannel,
}  # fmt: skip


def _of_accounts(target_id: int) -> dict[str, object]:
    waits = SeatRequest(digest=digest_of(TICKET), name="Will", asked_at=NOON)
    link = LoginLink(runner_id=target_id, digest=digest_of(LOGIN_SECRET), expires_at=NOON.replace(hour=23))
    receipt = ErasureReceipt(code="code", erased_at=NOON, revoked_at_strava=True, counts={"runs": 1})
    past = RunnerBreak(runner_id=target_id, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 9))
    mail = MailAddress(
        runner_id=target_id, address=MAIL, set_at=NOON, confirm_digest=digest_of(LOGIN_SECRET),
        confirm_until=NOON.replace(hour=23),
    )  # fmt: skip
    push = PushSubscription(runner_id=target_id, endpoint_digest="d" * 64, sealed="sealed", created_at=NOON)
    fact = Fact(
        kind=FactKind.CONNECTION, key="stage", runner_id=target_id, happened_at=NOON, fanned_out_at=NOON, data={}
    )
    db.session.add_all([waits, link, receipt, past, mail, fact, push])
    db.session.flush()
    told = Notification(fact_id=fact.id, runner_id=target_id, created_at=NOON)
    db.session.add(told)
    db.session.flush()
    asked = mail_kind(target_id, FactKind.CHALLENGE_FINAL)
    assert asked
    found = {
        "request_id": waits.id, "break_id": past.id, "notification_id": told.id, "push_subscription_id": push.id,
    }  # fmt: skip
    return {"secret": LOGIN_SECRET, "token": asked.token(settings().secret_key), "code": "code", **found}


@contextmanager
def everyone(app: Flask, target: Runner | None = None) -> Iterator[Stage]:
    """Set the stage, around `target` if given, with one of them as the operator."""
    stage = Stage(app, target)
    with with_settings(app, operators=stage.operators, seats=40):
        yield stage

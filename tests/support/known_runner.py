"""A runner with rows in every table."""

from datetime import date

from tests.support.builders import (
    NOON,
    make_challenge,
    make_entry,
    make_group,
    make_invitation,
    make_member,
    make_runner,
)
from tests.support.runs import reported
from tests.support.showing_up import show_up
from webapp.activities.service import ingest
from webapp.db import Base, db
from webapp.extensions import clock
from webapp.leaderboards.service import publish
from webapp.models.accounts import LoginLink, PlatformConsent, Runner
from webapp.models.announcements import Announcement
from webapp.models.bans import GroupBan
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import (
    Challenge,
    ChallengeLeaver,
    Pick,
    RuleChange,
    RuleEffect,
    Series,
    SeriesChoice,
    Team,
)
from webapp.models.chase import Overtake, Passed
from webapp.models.circles import Circle, CircleKind, CircleRunner
from webapp.models.facts import Fact
from webapp.models.group_channels import GroupChannel
from webapp.models.groups import AuditLine, Group
from webapp.models.invitations import InvitationUse
from webapp.models.join_requests import JoinRequest
from webapp.models.kept_results import KeptResult
from webapp.models.mail import MailAddress
from webapp.models.notifications import Delivery, Notification, NotificationChoice, NotificationSettings
from webapp.models.organiser_votes import OrganiserVote
from webapp.models.photos import RunnerPhoto
from webapp.models.push import PushSubscription
from webapp.models.results import Result
from webapp.models.reviews import Review
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.models.visits import Visit
from webapp.models.words import Channel, FactKind
from webapp.scoring.service import rederive

ROOM = {"name": "#running", "service": "discord", "sealed_link": "sealed"}


def make_known(runner: Runner) -> tuple[Group, Challenge]:
    """Give a runner rows in every table there is, beside another member of the same team."""
    group = make_group()
    challenge = make_challenge(group, teams=("Reds",))
    team = challenge.teams[0]
    other = make_runner("Kim Lee")
    entries = []
    for member, role in ((runner, "organiser"), (other, "member")):
        make_member(group, member, role=role)
        entries.append(make_entry(challenge, member, team))
        ingest(member.id, [reported(f"run-{member.id}", local_date=date(2026, 11, 3))])
        rederive(member.id, None, clock().now())
    mine, theirs = (entry.id for entry in entries)
    publish(challenge.id, NOON.date())
    db.session.add_all(
        [
            Overtake(challenge_id=challenge.id, passer_id=mine, local_date=NOON.date(), passed_count=1),
            Overtake(challenge_id=challenge.id, passer_id=theirs, local_date=NOON.date(), passed_count=1),
            Passed(passer_id=mine, local_date=NOON.date(), passed_id=theirs, place=0),
            Passed(passer_id=theirs, local_date=NOON.date(), passed_id=mine, place=0),
            LoginLink(runner_id=runner.id, digest=f"d{runner.id}", expires_at=NOON),
        ]
    )
    event = {"object_type": "activity", "object_id": 1, "aspect": "create", "updates": {}}
    db.session.add(StoredEvent(runner_id=runner.id, received_at=NOON, event_time=NOON, **event))
    db.session.merge(PlatformConsent(runner_id=runner.id, version="old", given_at=NOON))
    db.session.merge(InitialImport(runner_id=runner.id, asked_at=NOON))
    db.session.add(
        RunnerBreak(runner_id=runner.id, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 9), reason="ill")
    )
    db.session.add(MailAddress(runner_id=runner.id, address="ana@example.org", set_at=NOON, confirmed_at=NOON))
    db.session.merge(RunnerPhoto(runner_id=runner.id, digest="d", jpeg=b"", fetched_at=NOON))
    if db.session.get(Connection, runner.id) is None:
        tokens = {"access_token": "sealed", "refresh_token": "sealed", "expires_at": NOON, "scopes": "read"}
        db.session.add(Connection(runner_id=runner.id, athlete_id=7, connected_at=NOON, **tokens))
    db.session.add_all(_of_the_engine(group, challenge, team, runner, mine))
    db.session.add_all(_of_joining(group, runner, other))
    _choose_each_other(group, runner, other)
    _tell(group, runner, other)
    show_up(group, runner, other)
    db.session.commit()
    return group, challenge


def _of_the_engine(group: Group, challenge: Challenge, team: Team, runner: Runner, entry_id: int) -> list[Base]:
    """Return what reviews, drafts, renewals, changed rules and closed challenges keep of a runner."""
    rules = challenge.rules
    series = Series(
        group_id=group.id, name="Months", frame="month", rules=rules, next_on=date(2026, 12, 1), created_at=NOON
    )
    db.session.add(series)
    db.session.flush()
    team.captain_id = runner.id
    whose = {"challenge_id": challenge.id, "runner_id": runner.id}
    run = {"source": "strava", "source_id": "reviewed", "local_date": NOON.date(), "distance_m": 1, "moving_s": 1}
    line = {"group_id": group.id, "at": NOON, "action": "decided", "challenge_id": challenge.id}
    change = {"before": rules, "after": rules, "reason": "", "made_at": NOON, "made_by": runner.id, "entries": 2}
    return [
        SeriesChoice(series_id=series.id, runner_id=runner.id, enters=False),
        ChallengeLeaver(challenge_id=challenge.id, runner_id=runner.id),
        Pick(challenge_id=challenge.id, number=1, team_id=team.id, entry_id=entry_id),
        RuleChange(challenge_id=challenge.id, edition=2, **change),
        RuleEffect(challenge_id=challenge.id, edition=2, entry_id=entry_id, total_before=1, rank_before=1),
        Review(**whose, **run, verdict="manual", asked_at=NOON, decision="count", decided_by=runner.id),
        Result(**whose, place=1, rank=1, total=1, days=1),
        _kept_result(runner),
        AuditLine(**line, actor_id=runner.id, subject_id=runner.id),
        AuditLine(**line, actor_id=None, subject_id=runner.id),
    ]


def _kept_result(runner: Runner) -> KeptResult:
    names = {"group_name": "Gone", "challenge_name": "May", "unit": "distance"}
    figures = {"total": 1, "days": 1, "rank": 1, "runners": 1}
    return KeptResult(runner_id=runner.id, starts_on=NOON.date(), ends_on=NOON.date(), **names, **figures)


def _choose_each_other(group: Group, *runners: Runner) -> None:
    for runner in runners:
        circle = {"group_id": group.id, "runner_id": runner.id}
        db.session.add(Circle(**circle, kind=CircleKind.PEOPLE, changed_at=NOON))
        db.session.flush()
        db.session.add_all(
            CircleRunner(**circle, chosen_id=other.id, added_at=NOON) for other in runners if other is not runner
        )


def _tell(group: Group, runner: Runner, other: Runner) -> None:
    """Tell both runners something, and keep what the first one chose to be told."""
    happened = {"kind": FactKind.OVERTAKEN, "group_id": group.id, "data": {}, "happened_at": NOON}
    mine = Fact(**happened, key="1", runner_id=runner.id, about_id=other.id)
    theirs = Fact(**happened, key="2", runner_id=other.id, about_id=runner.id, by_id=runner.id)
    db.session.add_all([mine, theirs])
    db.session.flush()
    told = Notification(fact_id=mine.id, runner_id=runner.id, created_at=NOON)
    db.session.add(told)
    db.session.flush()
    choice = NotificationChoice(runner_id=runner.id, kind=FactKind.OVERTAKEN, channel=Channel.MAIL, is_wanted=True)
    way = {"channel": Channel.PUSH, "due_at": NOON}
    db.session.add(Delivery(notification_id=told.id, runner_id=runner.id, **way))
    browser = PushSubscription(runner_id=runner.id, endpoint_digest=f"d{runner.id}", sealed="sealed", created_at=NOON)
    db.session.add_all([choice, NotificationSettings(runner_id=runner.id), browser])


def _of_joining(group: Group, runner: Runner, other: Runner) -> list[Base]:
    """Return what invitations, requests, bans and votes keep of a runner."""
    invitation = make_invitation(group, created_by=runner.id)
    here = {"group_id": group.id}
    return [
        Visit(runner_id=runner.id, group_id=group.id, latest_at=NOON, earlier_at=NOON),
        InvitationUse(invitation_id=invitation.id, runner_id=runner.id, taken_at=NOON, used_at=NOON),
        GroupChannel(**here, added_by=runner.id, carries_since=NOON, added_at=NOON, **ROOM),
        Announcement(**here, author_id=runner.id, title="Sunday", text="At nine.", posted_at=NOON),
        JoinRequest(**here, runner_id=runner.id, asked_at=NOON),
        JoinRequest(**here, runner_id=other.id, asked_at=NOON, answered_by=runner.id, answered_at=NOON),
        GroupBan(**here, runner_id=runner.id, known_as="Ana", reason="", banned_by=runner.id, banned_at=NOON),
        OrganiserVote(**here, voter_id=runner.id, subject_id=other.id, voted_at=NOON),
        OrganiserVote(**here, voter_id=other.id, subject_id=runner.id, voted_at=NOON),
    ]

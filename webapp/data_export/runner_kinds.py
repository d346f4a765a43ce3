"""What is stored about a runner themselves: account, connection, runs, groups."""

from sqlalchemy import select

from webapp.data_export.kinds import WITH_THE_ACCOUNT, AnySelect, Kind
from webapp.models.accounts import LoginLink, PlatformConsent, Runner
from webapp.models.activities import Activity
from webapp.models.breaks import RunnerBreak
from webapp.models.groups import Consent, Group, Membership
from webapp.models.photos import RunnerPhoto
from webapp.models.scoring import LedgerDay
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.models.visits import Visit
from webapp.privacy.switch_rules import SWITCHES


def _account(runner_id: int) -> AnySelect:
    return select(Runner.name, Runner.units, Runner.created_at).where(Runner.id == runner_id)


def _connecting(runner_id: int) -> AnySelect:
    mine = select(PlatformConsent.version, PlatformConsent.given_at).where(PlatformConsent.runner_id == runner_id)
    return mine.order_by(PlatformConsent.given_at)


def _breaks(runner_id: int) -> AnySelect:
    mine = select(RunnerBreak.starts_on, RunnerBreak.ends_on, RunnerBreak.is_marked, RunnerBreak.reason).where(
        RunnerBreak.runner_id == runner_id
    )
    return mine.order_by(RunnerBreak.starts_on)


def _links(runner_id: int) -> AnySelect:
    mine = select(LoginLink.expires_at, LoginLink.used_at).where(LoginLink.runner_id == runner_id)
    return mine.order_by(LoginLink.id)


def _connection(runner_id: int) -> AnySelect:
    c = Connection
    resyncs = (
        c.last_full_resync_at.label("looked_at"), c.next_full_resync_at.label("next_look_at"),
        c.full_resync_asked_at.label("look_asked_at"),
    )  # fmt: skip
    return select(
        c.athlete_id, c.state, c.scopes, c.connected_at, c.read_from.label("runs_held_from"), *resyncs,
        c.failures, c.rest_until.label("rests_until"), c.gave_up_at, c.problem, c.ended_at,
        c.refresh_tried_at, c.refused_at, c.unauthorised_since, c.restored_at, c.photo_address, c.photo_tried_at,
    ).where(c.runner_id == runner_id)  # fmt: skip


def _photo(runner_id: int) -> AnySelect:
    return select(RunnerPhoto.fetched_at).where(RunnerPhoto.runner_id == runner_id)


def _initial_import(runner_id: int) -> AnySelect:
    i = InitialImport
    ingested = i.runs_ingested.label("runs_taken_in")
    columns = (i.state, i.pages_read, ingested, i.asked_at, i.ended_at, i.problem)
    return select(*columns).where(i.runner_id == runner_id)


def _events(runner_id: int) -> AnySelect:
    e = StoredEvent
    return (
        select(e.received_at, e.event_time, e.object_type, e.object_id, e.aspect, e.updates, e.done_at)
        .where(e.runner_id == runner_id)
        .order_by(e.id)
    )


def _activities(runner_id: int) -> AnySelect:
    a = Activity
    return (
        select(
            a.source, a.source_id, a.sport_type, a.local_date, a.start_utc, a.utc_offset_s, a.start_hidden,
            a.distance_m, a.first_m, a.moving_s, a.elapsed_s, a.climb_m, a.manual, a.trainer, a.private, a.flagged,
            a.first_seen_at, a.title, a.device,
        )
        .where(a.runner_id == runner_id)
        .order_by(a.local_date, a.start_utc, a.id)
    )  # fmt: skip


def _days(runner_id: int) -> AnySelect:
    d = LedgerDay
    return (
        select(d.local_date, d.sport_class, d.distance_m, d.moving_s, d.climb_m, d.runs, d.longest_m)
        .where(d.runner_id == runner_id)
        .order_by(d.local_date, d.sport_class)
    )


def _memberships(runner_id: int) -> AnySelect:
    m = Membership
    mine = select(Group.name.label("group"), m.role, m.joined_at, m.notice, m.named_organiser_at).join(Group)
    return mine.where(Membership.runner_id == runner_id).order_by(Membership.id)


def _visits(runner_id: int) -> AnySelect:
    mine = select(Group.name.label("group"), Visit.latest_at, Visit.earlier_at).join(Group, Group.id == Visit.group_id)
    return mine.where(Visit.runner_id == runner_id).order_by(Visit.group_id)


def _consents(runner_id: int) -> AnySelect:
    c = Consent
    return (
        select(
            Group.name.label("group"),
            c.text_version,
            c.level,
            c.name_style,
            c.shown_name,
            c.given_at,
            c.withdrawn_at,
            c.muted_at,
            *(getattr(c, switch.column) for switch in SWITCHES),
        )
        .join(Group, Group.id == c.group_id)
        .where(c.runner_id == runner_id)
        .order_by(c.id)
    )


KINDS = (
    Kind(
        key="accounts",
        section="You",
        file="account",
        words="Account",
        about="Your name as Strava gave it, and what you chose on your account page.",
        kept=WITH_THE_ACCOUNT,
        columns={
            "name": "your name on Strava",
            "units": "the unit you read distances in: km or mi",
            "created_at": "when you first connected",
        },
        select=_account,
        owner=Runner.id,
    ),
    Kind(
        key="connecting",
        section="You",
        file="consents_to_connecting",
        words="Consents to connecting",
        about="Which version of the text before Strava's page you agreed to, and when.",
        kept=WITH_THE_ACCOUNT,
        columns={"version": "version of the text", "given_at": "when you agreed"},
        select=_connecting,
        owner=PlatformConsent.runner_id,
        when=PlatformConsent.given_at,
    ),
    Kind(
        key="breaks",
        section="You",
        file="breaks",
        words="Breaks from chases",
        about="When nobody chased you. Nobody but you sees the reason, if you gave one.",
        kept="until you delete them, or your account",
        columns={
            "starts_on": "first day",
            "ends_on": "last day, empty for a break that is open",
            "is_marked": "do boards say that you are on a break?",
            "reason": "away, ill, injured or resting",
        },
        select=_breaks,
        owner=RunnerBreak.runner_id,
        when=RunnerBreak.starts_on,
    ),
    Kind(
        key="links",
        section="You",
        file="sign_in_links",
        words="Sign-in links",
        about="One-time links that an operator made for you. The links themselves are not kept.",
        kept="until the next link is made after it ran out",
        columns={"expires_at": "when it runs out", "used_at": "when it was used"},
        select=_links,
        owner=LoginLink.runner_id,
        when=LoginLink.expires_at,
    ),
    Kind(
        key="connections",
        section="Strava",
        file="connection",
        words="Connection to Strava",
        about=(
            "Your athlete number, what you allowed on Strava's page, and how reading goes. Strava's keys are held "
            "sealed, and are in no copy."
        ),
        kept=WITH_THE_ACCOUNT,
        columns={
            "athlete_id": "your number at Strava",
            "state": "connected, needs_reconnect or deauthorised",
            "scopes": "what you allowed there",
            "connected_at": "when you last connected",
            "runs_held_from": "the first date whose single runs are stored",
            "looked_at": "when everything stored was last compared with Strava",
            "next_look_at": "when that is due again",
            "look_asked_at": "when somebody last asked for it",
            "failures": "failed readings in a row",
            "rests_until": "until when reading rests after a failure",
            "gave_up_at": "since when it is tried only rarely",
            "problem": "what is wrong, as your account page says it",
            "ended_at": "when you ended the connection on Strava, or Strava refused it",
            "refresh_tried_at": "when Strava last answered whether our connection still works",
            "refused_at": "since when Strava has refused it",
            "unauthorised_since": "since when Strava has refused reads although the connection works",
            "restored_at": "when a backup brought it back, until Strava confirms it",
            "photo_address": "where your profile picture is, as Strava said when you last signed in",
            "photo_tried_at": "when we last fetched it, or tried to",
        },
        select=_connection,
        owner=Connection.runner_id,
        when=Connection.connected_at,
    ),
    Kind(
        key="photos",
        section="Strava",
        file="photo",
        words="Photo from Strava",
        about=(
            "A small copy of your profile picture, while a group of yours sees it. The picture itself is where your "
            "connection says."
        ),
        kept="7 days at most, and only while you show it to a group",
        columns={"fetched_at": "when we fetched it"},
        select=_photo,
        owner=RunnerPhoto.runner_id,
        when=RunnerPhoto.fetched_at,
    ),
    Kind(
        key="first_pulls",
        section="Strava",
        file="first_reading",
        words="First reading of your runs",
        about="How the first reading went, as its bar showed it.",
        kept=WITH_THE_ACCOUNT,
        columns={
            "state": "waiting, reading, done or failed",
            "pages_read": "pages of Strava's list that were read",
            "runs_taken_in": "activities that came in",
            "asked_at": "when it was asked for",
            "ended_at": "when it ended",
            "problem": "what was wrong",
        },
        select=_initial_import,
        owner=InitialImport.runner_id,
        when=InitialImport.asked_at,
    ),
    Kind(
        key="events",
        section="Strava",
        file="strava_events",
        words="Events from Strava",
        about="Short messages in which Strava says that an activity was created, changed or deleted.",
        kept="7 days after they were processed",
        columns={
            "received_at": "when it came",
            "event_time": "when it happened, by Strava",
            "object_type": "activity or athlete",
            "object_id": "Strava's number of it",
            "aspect": "create, update or delete",
            "updates": "what changed, as JSON",
            "done_at": "when the read that answered it began",
        },
        select=_events,
        owner=StoredEvent.runner_id,
        when=StoredEvent.received_at,
    ),
    Kind(
        key="runs",
        section="What you ran",
        file="activities",
        words="Runs and other activities",
        about="What Strava says about each: times, distance, climb, sport. Never a place, a map or a heart rate.",
        kept=(
            "until every challenge that needs them is final, and {raw_days} at least; titles and devices for {raw_days}"
        ),
        columns={
            "source": "where it comes from",
            "source_id": "its number there",
            "sport_type": "kind of sport, as the source names it",
            "local_date": "the date where you were",
            "start_utc": "start, in UTC",
            "utc_offset_s": "seconds that your clock was ahead of UTC",
            "start_hidden": "whether Strava hides the time of the start",
            "distance_m": "metres",
            "first_m": "metres when it first came in",
            "moving_s": "seconds in motion",
            "elapsed_s": "seconds from start to end",
            "climb_m": "metres of climb",
            "manual": "entered by hand",
            "trainer": "on a treadmill",
            "private": "“Only You” on Strava",
            "flagged": "flagged on Strava",
            "first_seen_at": "when it came to you",
            "title": "its title, while it is kept",
            "device": "its device, while it is kept",
        },
        select=_activities,
        owner=Activity.runner_id,
        when=Activity.local_date,
    ),
    Kind(
        key="days",
        section="What you ran",
        file="daily_totals",
        words="Daily totals",
        about=(
            "What you ran and walked on each date. It follows from the runs and stays when they are gone: for boards, "
            "your recent mileage, and even teams."
        ),
        kept=WITH_THE_ACCOUNT,
        columns={
            "local_date": "the date where you were",
            "sport_class": "run or foot",
            "distance_m": "metres",
            "moving_s": "seconds in motion",
            "climb_m": "metres of climb",
            "runs": "how many",
            "longest_m": "metres of the longest",
        },
        select=_days,
        owner=LedgerDay.runner_id,
        when=LedgerDay.local_date,
    ),
    Kind(
        key="memberships",
        section="Groups",
        file="groups",
        words="Groups",
        about="The groups you are in, and your part there.",
        kept="until you leave the group",
        columns={
            "group": "name of the group",
            "role": "organiser, captain, coach, run_leader or member",
            "joined_at": "when you joined",
            "notice": "what the group's page still has to tell you",
            "named_organiser_at": "when another organiser made you one",
        },
        select=_memberships,
        owner=Membership.runner_id,
        when=Membership.joined_at,
    ),
    Kind(
        key="visits",
        section="Groups",
        file="visits",
        words="When you were last here",
        about=(
            "When you last had a group's pages open, and the time before that, so that they can say what has happened "
            "since. Nobody else sees it."
        ),
        kept="until you leave the group",
        columns={
            "group": "name of the group",
            "latest_at": "when its pages were last open",
            "earlier_at": "when they were last open on the visit before that",
        },
        select=_visits,
        owner=Visit.runner_id,
        when=Visit.latest_at,
    ),
    Kind(
        key="consents",
        section="Groups",
        file="consents_to_groups",
        words="Consents to groups",
        about="What each group may see of you, and under which name.",
        kept="until you leave the group",
        columns={
            "group": "name of the group",
            "text_version": "version of the text you agreed to",
            "level": "totals; points for the place, and points where a challenge is scored in them; or hidden",
            "name_style": "full, initial or alias",
            "shown_name": "the name the group sees",
            "given_at": "when you agreed",
            "withdrawn_at": "when you withdrew it",
            "muted_at": "since when what you write there reaches nobody",
            **{switch.column: switch.exported for switch in SWITCHES},
        },
        select=_consents,
        owner=Consent.runner_id,
        when=Consent.given_at,
    ),
)

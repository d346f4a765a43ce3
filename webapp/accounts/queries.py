"""Reading accounts: connections, seats, and everything that is held about a runner."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, func, select

from webapp.auth import rules
from webapp.extensions import db
from webapp.models.accounts import ErasureReceipt, LoginLink, PlatformConsent, Runner
from webapp.models.activities import Activity
from webapp.models.challenges import ChallengeLeaver, Entry, Pick, RuleChange, RuleEffect, SeriesChoice, Team, TeamSpell
from webapp.models.chase import Overtake, Passed
from webapp.models.groups import AuditLine, Consent, Group, Membership
from webapp.models.leaderboards import Placement
from webapp.models.results import Result
from webapp.models.reviews import Review
from webapp.models.scoring import DayScore, LedgerDay, Standing, TeamShare
from webapp.models.sync import Connection, FirstPull, InboxEvent
from webapp.models.words import ConnectionState
from webapp.text import is_writable

# PostgreSQL refuses to compare an id of ours with a larger number; athletes' numbers are twice as wide.
LARGEST_ID = 2**31 - 1


class Kind(NamedTuple):
    """A kind of row held about a runner; `owner` is its column that points at the runner or at an entry of theirs."""

    key: str
    words: str
    # Mapped columns; `Any`, since a descriptor's type is that of the value it would give.
    owner: Any
    when: Any = None


# Every table with rows about a runner; a test walks the foreign keys and finds none missing.
KINDS = (
    Kind("runs", "Runs", Activity.runner_id, Activity.local_date),
    Kind("days", "Daily totals", LedgerDay.runner_id, LedgerDay.local_date),
    Kind("entries", "Challenges you are in", Entry.runner_id, Entry.joined_at),
    Kind("spells", "Times in a team", TeamSpell.entry_id, TeamSpell.from_date),
    Kind("scores", "Daily scores in challenges", DayScore.entry_id, DayScore.local_date),
    Kind("standings", "Totals in challenges", Standing.entry_id),
    Kind("shares", "Totals in teams", TeamShare.entry_id),
    Kind("placements", "Places on boards", Placement.entry_id),
    Kind("overtakes", "Days you went past others", Overtake.passer_id, Overtake.local_date),
    Kind("passing", "Runners you went past", Passed.passer_id, Passed.local_date),
    Kind("passed", "Times others went past you", Passed.passed_id, Passed.local_date),
    Kind("choices", "Whether you go along", SeriesChoice.runner_id),
    Kind("left", "Challenges you left", ChallengeLeaver.runner_id),
    Kind("picks", "Picked by a captain", Pick.entry_id),
    Kind("captaincies", "Teams you pick for", Team.captain_id),
    Kind("reviews", "Runs you asked a look at", Review.runner_id, Review.local_date),
    Kind("judged", "Runs you decided on", Review.decided_by, Review.decided_at),
    Kind("effects", "What changed rules did to your total", RuleEffect.entry_id),
    Kind("rule_changes", "Rules you changed", RuleChange.made_by, RuleChange.made_at),
    Kind("results", "Final results", Result.runner_id),
    Kind("decided", "What you decided for a group", AuditLine.actor_id, AuditLine.at),
    Kind("decided_about", "What was decided about you", AuditLine.subject_id, AuditLine.at),
    Kind("memberships", "Groups", Membership.runner_id, Membership.joined_at),
    Kind("consents", "Consents to groups", Consent.runner_id, Consent.given_at),
    Kind("connecting", "Consents to connecting", PlatformConsent.runner_id, PlatformConsent.given_at),
    Kind("connections", "Connections to Strava, with sealed tokens", Connection.runner_id, Connection.connected_at),
    Kind("first_pulls", "First readings of your runs", FirstPull.runner_id, FirstPull.asked_at),
    Kind("events", "Events from Strava", InboxEvent.runner_id, InboxEvent.received_at),
    Kind("links", "Sign-in links", LoginLink.runner_id, LoginLink.expires_at),
)
WORDS: Mapping[str, str] = {kind.key: kind.words for kind in KINDS} | {"accounts": "Accounts"}


class Held(NamedTuple):
    """How many rows of a kind there are, and the dates they span."""

    key: str
    words: str
    rows: int
    first: date | None
    last: date | None


def held_about(runner_id: int) -> list[Held]:
    """Return everything that is held about a runner, kind by kind, those without rows too."""
    return [_held(kind, runner_id) for kind in KINDS]


def held_in_short(runner_id: int) -> dict[str, int]:
    """Return how many runs, and how many days with totals, are held of a runner."""
    runs = select(func.count()).where(Activity.runner_id == runner_id)
    days = select(func.count(LedgerDay.local_date.distinct())).where(LedgerDay.runner_id == runner_id)
    return {"runs_held": db.session.scalar(runs) or 0, "days_held": db.session.scalar(days) or 0}


def _held(kind: Kind, runner_id: int) -> Held:
    span = (func.min(kind.when), func.max(kind.when)) if kind.when is not None else ()
    row = db.session.execute(select(func.count(), *span).where(_belongs_to(kind.owner, runner_id))).one()
    first, last = (_date(row[1]), _date(row[2])) if span else (None, None)
    return Held(kind.key, kind.words, row[0], first, last)


def _belongs_to(owner: Any, runner_id: int) -> ColumnElement[bool]:
    (key,) = owner.property.columns[0].foreign_keys
    entries = select(Entry.id).where(Entry.runner_id == runner_id)
    belongs = owner == runner_id if key.column.table.name == Runner.__tablename__ else owner.in_(entries)
    return cast(ColumnElement[bool], belongs)


def _date(value: date | datetime | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def is_operator(runner_id: int, operators: Collection[str]) -> bool:
    """Return whether the runner's athlete is one of `operators`, who run this installation."""
    athlete_id = db.session.scalar(select(Connection.athlete_id).where(Connection.runner_id == runner_id))
    return athlete_id is not None and str(athlete_id) in operators


def runners_to_erase(now: datetime) -> Sequence[int]:
    """Return the runners who ended their connection on Strava and did not come back in time."""
    return db.session.scalars(select(Connection.runner_id).where(_gone_for_good(now))).all()


def is_to_erase(runner_id: int, now: datetime) -> bool:
    """Tell the same of one runner, and keep them from coming back until the transaction ends."""
    mine = select(Connection.runner_id).where(Connection.runner_id == runner_id, _gone_for_good(now))
    return db.session.scalar(mine.with_for_update()) is not None


def _gone_for_good(now: datetime) -> ColumnElement[bool]:
    return (Connection.state == ConnectionState.DEAUTHORISED) & (Connection.ended_at <= now - rules.ERASE_AFTER)


def has_read_consent(runner_id: int, version: str) -> bool:
    """Return whether the runner went on to connect from this version of the text."""
    return db.session.get(PlatformConsent, (runner_id, version)) is not None


def group_consents(runner_id: int) -> Sequence[tuple[Group, Consent]]:
    """Return what the runner lets each of their groups see, by the group's name."""
    mine = select(Group, Consent).join(Consent).where(Consent.runner_id == runner_id).order_by(Group.name)
    return [(group, consent) for group, consent in db.session.execute(mine)]


def receipt_by(code: str) -> ErasureReceipt | None:
    if not is_writable(code):  # a database may choke on it
        return None
    return db.session.scalar(select(ErasureReceipt).where(ErasureReceipt.code == code))


def is_login_link_good(secret: str, now: datetime) -> bool:
    """Return whether the link would let its runner in now. Opening it does not spend it."""
    unspent = (LoginLink.digest == rules.digest_of(secret), LoginLink.used_at.is_(None), LoginLink.expires_at > now)
    return db.session.scalar(select(LoginLink.id).where(*unspent)) is not None


def find_runner(number: int, *, only_athlete: bool = False) -> Runner | None:
    """Return the runner whose id is `number`, or else the one whose Strava athlete's id it is."""
    by_athlete = select(Runner).join(Connection).where(Connection.athlete_id == number)
    is_ours = not only_athlete and number <= LARGEST_ID
    found = db.session.get(Runner, number) if is_ours else None
    return found or db.session.scalar(by_athlete)

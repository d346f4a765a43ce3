"""Reading everything that is held about one runner, kind by kind. `sheets.SHEETS` says what the columns mean."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Select, select

from webapp.data_export.rules import ranked_by_score
from webapp.extensions import db
from webapp.models.accounts import LoginLink, PlatformConsent, Runner
from webapp.models.activities import Activity
from webapp.models.challenges import (
    Challenge,
    ChallengeLeaver,
    Entry,
    Pick,
    RuleChange,
    RuleEffect,
    Series,
    SeriesChoice,
    Team,
    TeamSpell,
)
from webapp.models.chase import Overtake, Passed
from webapp.models.groups import AuditLine, Consent, Group, Membership
from webapp.models.leaderboards import Placement
from webapp.models.results import Result
from webapp.models.reviews import Review
from webapp.models.scoring import DayScore, LedgerDay, Standing, TeamShare
from webapp.models.sync import Connection, FirstPull, InboxEvent

AnySelect = Select[*tuple[Any, ...]]

# Rows fetched at once.
FETCHED = 500

_CHALLENGE = (Challenge.id.label("challenge_id"), Challenge.name.label("challenge"))
_TEAM = Team.name.label("team")


def _account(runner_id: int) -> AnySelect:
    return select(Runner.name, Runner.units, Runner.count_private, Runner.created_at).where(Runner.id == runner_id)


def _connecting(runner_id: int) -> AnySelect:
    mine = select(PlatformConsent.version, PlatformConsent.given_at).where(PlatformConsent.runner_id == runner_id)
    return mine.order_by(PlatformConsent.given_at)


def _links(runner_id: int) -> AnySelect:
    mine = select(LoginLink.expires_at, LoginLink.used_at).where(LoginLink.runner_id == runner_id)
    return mine.order_by(LoginLink.id)


def _connection(runner_id: int) -> AnySelect:
    c = Connection
    return select(
        c.athlete_id, c.state, c.scopes, c.connected_at, c.read_from.label("runs_held_from"), c.looked_at,
        c.next_look_at, c.look_asked_at, c.failures, c.rest_until.label("rests_until"), c.gave_up_at, c.problem,
        c.ended_at, c.refresh_tried_at, c.refused_at, c.unauthorised_since, c.restored_at,
    ).where(c.runner_id == runner_id)  # fmt: skip


def _first_pull(runner_id: int) -> AnySelect:
    f = FirstPull
    return select(f.state, f.pages_read, f.runs_taken_in, f.asked_at, f.ended_at, f.problem).where(
        f.runner_id == runner_id
    )


def _events(runner_id: int) -> AnySelect:
    e = InboxEvent
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
    mine = select(Group.name.label("group"), Membership.role, Membership.joined_at, Membership.notice).join(Group)
    return mine.where(Membership.runner_id == runner_id).order_by(Membership.id)


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
            c.longest_at,
        )
        .join(Group, Group.id == c.group_id)
        .where(c.runner_id == runner_id)
        .order_by(c.id)
    )


def _entries(runner_id: int) -> AnySelect:
    window = (Challenge.starts_on, Challenge.ends_on, Challenge.frozen_at.label("final_since"))
    fixed = (Entry.target, Entry.baseline, Entry.baseline_weeks, Entry.baseline_own, Entry.habit_m, Entry.fixed_at)
    mine = select(*_CHALLENGE, Group.name.label("group"), *window, Entry.joined_at, *fixed).select_from(Entry)
    joined = mine.join(Challenge, Challenge.id == Entry.challenge_id).join(Group, Group.id == Challenge.group_id)
    return joined.where(Entry.runner_id == runner_id).order_by(Challenge.starts_on, Entry.id)


def _of_entries(runner_id: int, model: Any, *columns: Any, owner: str = "entry_id") -> AnySelect:
    """Return `columns` of the rows of `model` that belong to the runner's entries, each with its challenge."""
    entry = getattr(model, owner)
    return (
        select(*_CHALLENGE, *columns)
        .select_from(model)
        .join(Entry, Entry.id == entry)
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Entry.runner_id == runner_id)
        .order_by(Challenge.starts_on, entry)
    )


def _spells(runner_id: int) -> AnySelect:
    found = _of_entries(runner_id, TeamSpell, _TEAM, TeamSpell.from_date, TeamSpell.to_date)
    return found.join(Team, Team.id == TeamSpell.team_id).order_by(TeamSpell.from_date)


def _scores(runner_id: int) -> AnySelect:
    columns = (DayScore.local_date, _TEAM, DayScore.value, DayScore.amount, DayScore.runs)
    found = _of_entries(runner_id, DayScore, *columns).outerjoin(Team, Team.id == DayScore.team_id)
    return found.order_by(DayScore.local_date)


def _standings(runner_id: int) -> AnySelect:
    sums = (Standing.total, Standing.days, Standing.dirty_from.label("waits_from"))
    return _of_entries(runner_id, Standing, _TEAM, *sums).outerjoin(Team, Team.id == Standing.team_id)


def _shares(runner_id: int) -> AnySelect:
    found = _of_entries(runner_id, TeamShare, _TEAM, TeamShare.total, TeamShare.days, TeamShare.met)
    return found.join(Team, Team.id == TeamShare.team_id).order_by(Team.position)


def _placements(runner_id: int) -> AnySelect:
    p = Placement
    columns = (p.total, p.days, p.before.label("total_before"), p.gap)
    return _of_entries(runner_id, p, _TEAM, *columns).outerjoin(Team, Team.id == p.team_id)


def _overtakes(runner_id: int) -> AnySelect:
    columns = (Overtake.local_date, Overtake.passed_count.label("passed"))
    return _of_entries(runner_id, Overtake, *columns, owner="passer_id").order_by(Overtake.local_date)


def _passing(runner_id: int) -> AnySelect:
    found = _of_entries(runner_id, Passed, Passed.local_date, Passed.place, owner="passer_id")
    return found.order_by(Passed.local_date, Passed.place)


def _passed(runner_id: int) -> AnySelect:
    found = _of_entries(runner_id, Passed, Passed.local_date, Passed.place, owner="passed_id")
    return found.order_by(Passed.local_date, Passed.place)


def _choices(runner_id: int) -> AnySelect:
    mine = select(Series.name.label("series"), SeriesChoice.enters).join(Series, Series.id == SeriesChoice.series_id)
    return mine.where(SeriesChoice.runner_id == runner_id).order_by(Series.id)


def _left(runner_id: int) -> AnySelect:
    left = select(ChallengeLeaver.challenge_id, Challenge.name.label("challenge"))
    mine = left.join(Challenge, Challenge.id == ChallengeLeaver.challenge_id)
    return mine.where(ChallengeLeaver.runner_id == runner_id).order_by(Challenge.id)


def _picks(runner_id: int) -> AnySelect:
    return _of_entries(runner_id, Pick, _TEAM, Pick.number).join(Team, Team.id == Pick.team_id)


def _reviews(runner_id: int) -> AnySelect:
    r = Review
    return (
        select(
            *_CHALLENGE, r.source, r.source_id, r.verdict, r.local_date, r.distance_m, r.moving_s, r.climb_m,
            r.asked_at, r.note, r.decision, r.adjusted_m, r.adjusted_s, r.adjusted_climb_m, r.reason, r.decided_at,
            r.answer, r.answered_at, r.taken_back_at,
        )
        .join(Challenge, Challenge.id == r.challenge_id)
        .where(r.runner_id == runner_id)
        .order_by(r.id)
    )  # fmt: skip


def _effects(runner_id: int) -> AnySelect:
    e = RuleEffect
    columns = (e.edition, e.total_before, e.rank_before, e.total_after, e.rank_after)
    return _of_entries(runner_id, e, *columns).order_by(e.challenge_id, e.edition)


def _results(runner_id: int) -> AnySelect:
    r = Result
    mine = select(*_CHALLENGE, _TEAM, r.place, r.rank, r.total, r.days, r.gap).select_from(r)
    joined = mine.join(Challenge, Challenge.id == r.challenge_id).outerjoin(Team, Team.id == r.team_id)
    return joined.where(r.runner_id == runner_id).order_by(Challenge.starts_on, Challenge.id)


def _decisions(runner_id: int, whose: Any) -> AnySelect:
    line = AuditLine
    mine = select(Group.name.label("group"), line.at, line.action, line.words).join(Group, Group.id == line.group_id)
    return mine.where(whose == runner_id).order_by(line.id)


def _captaincies(runner_id: int) -> AnySelect:
    mine = select(*_CHALLENGE, _TEAM).join(Team, Team.challenge_id == Challenge.id)
    return mine.where(Team.captain_id == runner_id).order_by(Team.id)


def _rule_changes(runner_id: int) -> AnySelect:
    change = RuleChange
    mine = select(*_CHALLENGE, change.edition, change.made_at, change.reason)
    joined = mine.join(change, change.challenge_id == Challenge.id)
    return joined.where(change.made_by == runner_id).order_by(change.made_at)


def _judged(runner_id: int) -> AnySelect:
    mine = select(*_CHALLENGE, Review.decided_at, Review.decision, Review.reason)
    return mine.join(Review, Review.challenge_id == Challenge.id).where(Review.decided_by == runner_id)


def _decided(runner_id: int) -> AnySelect:
    return _decisions(runner_id, AuditLine.actor_id)


def _decided_about(runner_id: int) -> AnySelect:
    by_others = AuditLine.actor_id.is_distinct_from(AuditLine.subject_id)
    return _decisions(runner_id, AuditLine.subject_id).where(by_others)


STATEMENTS: Mapping[str, Callable[[int], AnySelect]] = {
    "accounts": _account,
    "connecting": _connecting,
    "links": _links,
    "connections": _connection,
    "first_pulls": _first_pull,
    "events": _events,
    "runs": _activities,
    "days": _days,
    "memberships": _memberships,
    "consents": _consents,
    "entries": _entries,
    "spells": _spells,
    "scores": _scores,
    "standings": _standings,
    "shares": _shares,
    "placements": _placements,
    "overtakes": _overtakes,
    "passing": _passing,
    "passed": _passed,
    "choices": _choices,
    "left": _left,
    "picks": _picks,
    "reviews": _reviews,
    "effects": _effects,
    "results": _results,
    "captaincies": _captaincies,
    "rule_changes": _rule_changes,
    "judged": _judged,
    "decided": _decided,
    "decided_about": _decided_about,
}


def rows_of(key: str, runner_id: int) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a kind that are held about a runner, some hundred at a time in memory."""
    statement = STATEMENTS[key](runner_id).execution_options(yield_per=FETCHED)
    names = statement.selected_columns.keys()
    for row in db.session.execute(statement):
        yield ranked_by_score(dict(zip(names, row, strict=True)))


def see_one_moment() -> None:
    """Have what is read from here on be of one moment, until the transaction ends."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":  # SQLite does so anyway
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

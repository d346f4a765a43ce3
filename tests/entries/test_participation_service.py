"""A runner's own target and weeks, on real databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tests.support.baselines import EIGHT, ran, snapshot
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.clock import days_between
from webapp.db import begin_write, db
from webapp.entries import participation_queries, participation_service
from webapp.entries.participation_service import NotEntered, TargetTooLate
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.scoring import Standing, TeamShare
from webapp.paging import Page
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Window
from webapp.scoring.service import rederive_entry

SHARE = RuleSet(shape="target_share")
IN_TIME, TOO_LATE = date(2026, 11, 8), date(2026, 11, 30)
THEN = datetime(2026, 11, 12, 20, tzinfo=UTC)


def entered(rules: RuleSet, frozen_at: datetime | None = None) -> Entry:
    """Enter a runner who ran 10 km on 12 November."""
    entry = make_entry(make_challenge(make_group(), rules=rules, frozen_at=frozen_at), make_runner())
    begin_write()
    ingest(entry.runner_id, [reported("1")])
    rederive_entry(entry.id, clock().now())
    db.session.commit()
    return entry


def challenge_of(entry: Entry) -> Challenge:
    return db.session.get_one(Challenge, entry.challenge_id)


def set_target(entry: Entry, target: int | None, now: datetime = THEN) -> int:
    begin_write()
    participation_service.set_target(challenge_of(entry), entry.runner_id, target, "UTC", now)
    db.session.commit()
    return db.session.get_one(Standing, entry.id, populate_existing=True).total


def test_a_share_follows_from_the_target_at_once(app: Flask) -> None:
    entry = entered(SHARE)
    assert [set_target(entry, target) for target in (40_000, 20_000, None)] == [25_000, 50_000, 0]


def test_a_goal_of_one_s_own_moves_no_total(app: Flask) -> None:
    entry = entered(RuleSet())
    assert set_target(entry, 40_000) == 10_000
    part = participation_queries.participation_of(challenge_of(entry), entry.runner_id, "UTC", IN_TIME)
    assert part
    assert (part.target, part.asked, part.may_set, part.total) == (40_000, False, True, 10_000)


def test_a_team_that_is_scored_by_targets_met_learns_of_it_at_once(app: Flask) -> None:
    challenge = make_challenge(make_group(), rules=RuleSet(team_score="met"), teams=("Red",))
    entry = make_entry(challenge, make_runner(), challenge.teams[0])
    begin_write()
    ingest(entry.runner_id, [reported("1")])
    rederive_entry(entry.id, clock().now())
    db.session.commit()
    met = []
    for target in (10_001, 10_000, None):
        set_target(entry, target)
        met.append(db.session.get_one(TeamShare, (entry.id, challenge.teams[0].id), populate_existing=True).met)
    assert met == [False, True, False]


def test_it_is_too_late_a_week_after_joining(app: Flask) -> None:
    # Everybody of the tests joined on the 12th.
    entry = entered(SHARE)
    set_target(entry, 40_000, datetime(2026, 11, 19, tzinfo=UTC))
    with pytest.raises(TargetTooLate):
        set_target(entry, 10_000, datetime(2026, 11, 20, tzinfo=UTC))
    db.session.rollback()
    assert db.session.get_one(Entry, entry.id).target == 40_000


def test_nobody_sets_a_target_in_what_is_frozen_or_not_theirs_or_has_its_own_aim(app: Flask) -> None:
    frozen = entered(SHARE, frozen_at=make_runner().created_at)
    with pytest.raises(TargetTooLate):
        set_target(frozen, 40_000)
    with pytest.raises(TargetTooLate):
        set_target(entered(RuleSet(shape="improvement")), 40_000)
    with pytest.raises(NotEntered):
        participation_service.set_target(challenge_of(frozen), make_runner().id, 40_000, "UTC", THEN)
    assert participation_queries.participation_of(challenge_of(frozen), make_runner().id, "UTC", IN_TIME) is None


@pytest.mark.both_databases
def test_only_rules_that_ask_for_a_target_remind_of_it(app: Flask) -> None:
    asked, plain = entered(SHARE), entered(RuleSet())
    assert asks_me(asked, SHARE, IN_TIME)
    assert not asks_me(plain, RuleSet(), IN_TIME)
    set_target(asked, 40_000)
    assert not asks_me(asked, SHARE, IN_TIME)


def test_nobody_is_reminded_of_a_target_that_can_no_longer_be_set(app: Flask) -> None:
    asked = entered(SHARE)
    challenge = challenge_of(asked)
    days = days_between(challenge.starts_on, challenge.ends_on + timedelta(days=3))
    reminded = [day for day in days if asks_me(asked, SHARE, day)]
    may = [day for day in days if part(asked, day).may_set]
    assert reminded == may and challenge.starts_on in may and challenge.ends_on + timedelta(days=1) not in may


def asks_me(entry: Entry, rules: RuleSet, today: date) -> bool:
    challenge = challenge_of(entry)
    window = Window(challenge.starts_on, challenge.ends_on)
    return participation_queries.asks_me(challenge.id, entry.runner_id, rules, window, "UTC", today)


def part(entry: Entry, today: date) -> participation_queries.Participation:
    found = participation_queries.participation_of(challenge_of(entry), entry.runner_id, "UTC", today)
    assert found
    return found


def rows_seen(challenge: Challenge, viewer: Runner) -> list[participation_queries.BaselineRow]:
    return participation_queries.baselines_page(challenge, viewer.id, Page(1, 9))


def test_baselines_are_seen_by_consent(app: Flask) -> None:
    group = make_group()
    challenge = make_challenge(group, rules=RuleSet(shape="improvement"))
    people = {name: make_runner(name) for name in ("Ana", "Ben", "Cleo", "Dan")}
    for name, runner in people.items():
        make_member(group, runner, level="points" if name == "Ben" else "totals")
        ran(runner.id, EIGHT if name != "Cleo" else [])
        if name != "Dan":
            make_entry(challenge, runner)
    snapshot(challenge)
    make_entry(challenge, people["Dan"])
    seen = {
        viewer: [(row.name, row.baseline, row.own) for row in rows_seen(challenge, people[viewer])]
        for viewer in ("Ana", "Ben")
    }
    assert seen["Ana"] == [
        ("Ana", 20_000, True), ("Ben", None, True), ("Cleo", 20_000, False), ("Dan", None, False),
    ]  # fmt: skip
    assert seen["Ben"][1] == ("Ben", 20_000, True)
    assert [row.name for row in participation_queries.baselines_page(challenge, people["Ana"].id, Page(2, 3))] == [
        "Dan"
    ]


def test_the_best_of_weeks_is_seen_of_those_alone_who_show_their_longest_run(app: Flask) -> None:
    group = make_group()
    challenge = make_challenge(group, rules=RuleSet("longest_run"))
    ana, ben = make_runner("Ana"), make_runner("Ben")
    make_member(group, ana, longest_at=datetime(2026, 10, 1, tzinfo=UTC))
    make_member(group, ben)
    for runner in (ana, ben):
        ran(runner.id, EIGHT)
        make_entry(challenge, runner)
    snapshot(challenge)
    seen = [
        [(row.name, row.baseline is None, row.weeks) for row in rows_seen(challenge, viewer)] for viewer in (ana, ben)
    ]
    assert seen == [[("Ana", False, 8), ("Ben", True, None)], [("Ana", False, 8), ("Ben", False, 8)]]


@pytest.mark.both_databases
def test_own_weeks_say_which_of_them_count(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = make_entry(challenge, make_runner())
    ran(entry.runner_id, [10_000, 0, 30_000, 40_000])
    weeks = participation_queries.own_weeks(challenge, entry.runner_id)
    assert [one.week.first for one in weeks] == sorted(one.week.first for one in weeks)
    assert [(one.amount, one.counted) for one in weeks[4:]] == [
        (40_000, False), (30_000, True), (0, True), (10_000, True),
    ]  # fmt: skip
    assert [one.amount for one in participation_queries.own_weeks(challenge, make_runner().id)] == [0] * 8

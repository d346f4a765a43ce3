"""A past month under rules that are only thought of: what the engine would give, from the ledger and from runs."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select

from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.challenge_builder.preview_queries import FEW, TOP, Preview, Side, preview, window_before
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Entry
from webapp.models.groups import Consent, Group
from webapp.models.scoring import Standing
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.windows import Window
from webapp.scoring.service import rederive_challenge

OCTOBER = Window(date(2026, 10, 1), date(2026, 10, 31))
WEEKS = Window(date(2026, 10, 5), date(2026, 10, 25))
TODAY = date(2026, 11, 12)
NAMES = ("Ana", "Ben", "Cleo", "Dan")
RULES = [
    RuleSet(),
    RuleSet("moving_time", "daily_cap", {"cap": 2400}),
    RuleSet("climb", "weekly_cap", {"cap": 100}),
    RuleSet("runs"),
    RuleSet("active_days", "streak", {"min_amount": 1, "rest": 1}),
    RuleSet("points", "steps"),
    RuleSet("points", "saddles"),
    RuleSet("longest_run"),
    RuleSet(counts=Eligibility(sports=frozenset({"Run", "Walk"}), private=True)),
    RuleSet(counts=Eligibility(min_distance_m=6000, treadmill=False, manual=True)),
    RuleSet("runs", counts=Eligibility(quickest=250, slowest=420)),
]


ODD: dict[int, dict[str, Any]] = {2: {"manual": True}, 3: {"sport_type": "VirtualRun"}, 5: {"private": True}}


@pytest.fixture
def group(app: Flask) -> Group:
    """Four members with an October behind them, all of whose runs are held; one does not run."""
    made = make_group()
    for number, name in enumerate(NAMES):
        runner, agreed = make_runner(name), datetime(2026, 9, 1, tzinfo=UTC)
        make_member(made, runner, longest_at=agreed, count_private_at=agreed if name == "Cleo" else None)
        read_in(runner.id)
        read_in(runner.id, [] if name == "Dan" else list(october(number)))
    return made


def october(number: int) -> Any:
    """Yield runs of every kind: by hand, on a treadmill, private, walks, two a day."""
    for n, day in enumerate(range(1 + number, 32, 2 + number)):
        start = datetime(2026, 10, day, 7, tzinfo=UTC)
        metres = 4000 + 700 * (n % 7) + 900 * number
        values: dict[str, Any] = {"distance_m": metres, "moving_s": metres * (3 + n % 3) // 10, "climb_m": 9 * n}
        odd = ODD.get(n, {})
        yield reported(f"{number}-{n}", local_date=start.date(), start_utc=start, **values, **odd)
        if n % 4 == 1:
            walk = start + timedelta(hours=5)
            kind = {"sport_type": "Walk" if n == 1 else "Run"}
            yield reported(
                f"{number}-{n}b", local_date=walk.date(), start_utc=walk, **(values | {"distance_m": 3000} | kind)
            )


def by_engine(group: Group, window: Window, rules: RuleSet) -> dict[str, int]:
    """Return the totals that a challenge of these rules over these dates has."""
    challenge = make_challenge(group, starts_on=window.starts_on, ends_on=window.ends_on, rules=rules)
    for runner in db.session.scalars(select(Runner).order_by(Runner.id)).all():
        make_entry(challenge, runner)
    begin_write()
    rederive_challenge(challenge.id, clock().now())
    db.session.commit()
    rows = select(Runner.name, Standing.total).join(Entry, Entry.runner_id == Runner.id)
    mine = rows.join(Standing, Standing.entry_id == Entry.id).where(Entry.challenge_id == challenge.id)
    return dict(db.session.execute(mine).all())


def looked(group: Group, rules: RuleSet, who: str = "Ana") -> Preview:
    viewer = db.session.scalars(select(Runner.id).where(Runner.name == who)).one()
    return preview(group.id, viewer, clock().now(), TODAY, OCTOBER, [("These rules", rules)])


def seen(group: Group, rules: RuleSet, who: str = "Ana") -> Side:
    return looked(group, rules, who).sides[0]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: f"{rules.measure}-{rules.shape}")
def test_a_preview_shows_what_the_engine_gives(group: Group, rules: RuleSet) -> None:
    found = looked(group, rules)
    mine = {name: [row.total for row in seen(group, rules, name).rows if row.is_me] for name in NAMES}
    assert mine == {name: [total] for name, total in by_engine(group, found.window, found.sides[0].rules).items()}
    side = seen(group, rules)
    assert side.is_mine_only or (side.spread and side.spread.members == 4)


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: f"{rules.measure}-{rules.shape}")
def test_what_members_share_by_weeks_is_previewed_over_whole_weeks(group: Group, rules: RuleSet) -> None:
    by_weeks = rules.measure in ("moving_time", "climb", "runs", "longest_run")
    assert looked(group, rules).window == (WEEKS if by_weeks else OCTOBER)


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: f"{rules.measure}-{rules.shape}")
def test_rules_about_single_runs_show_the_own_total_and_no_other_figure(group: Group, rules: RuleSet) -> None:
    side = seen(group, rules)
    if rules.needs_runs:
        assert {row.name for row in side.rows} == {"Ana"}
        assert (side.spread, side.word, side.hidden, side.mine, side.rows[0].rank) == (None, None, 0, None, None)


def test_bounds_that_are_near_each_other_give_the_same_preview(group: Group) -> None:
    for least in range(3_600, 7_400, 487):
        near = RuleSet(counts=Eligibility(min_distance_m=least, slowest=300 + least % 20))
        assert seen(group, near) == seen(group, RuleSet(counts=Eligibility(min_distance_m=5_000, slowest=300)))


def test_only_you_runs_are_in_no_preview(group: Group) -> None:
    allowing = RuleSet(counts=Eligibility(private=True, treadmill=False))
    assert seen(group, allowing, "Cleo").rows == seen(group, RuleSet(counts=Eligibility(treadmill=False)), "Cleo").rows


@pytest.mark.parametrize("measure", ["moving_time", "climb"])
def test_a_week_with_one_day_of_running_is_left_out_of_what_others_see(app: Flask, measure: str) -> None:
    made = make_group()
    for name, days in (("Ana", (6, 8)), ("Ben", (6, 8, 14)), ("Cleo", (20,))):
        runner = make_runner(name)
        make_member(made, runner)
        read_in(runner.id)
        read_in(runner.id, [a_day(f"{name} {day}", date(2026, 10, day), 10_000) for day in days])
    totals = {row.name: row.total for row in seen(made, RuleSet(measure)).rows}
    assert totals["Ana"] == totals["Ben"] and totals["Cleo"] == 0


@pytest.mark.parametrize("shape", ["daily_cap", "weekly_cap", "streak", "improvement"])
@pytest.mark.parametrize("measure", ["distance", "moving_time", "climb"])
def test_no_cap_that_is_tried_tells_the_time_or_the_climb_of_a_day(group: Group, measure: str, shape: str) -> None:
    everybody, mine = set(NAMES), {"Ana"}
    assert {row.name for row in seen(group, RuleSet(measure)).rows} == everybody
    found = seen(group, RuleSet(measure, shape))
    assert {row.name for row in found.rows} == (everybody if measure == "distance" else mine)
    assert found.is_mine_only == (measure != "distance")
    assert (found.spread is None) == found.is_mine_only
    assert found.rows[0].rank is None or not found.is_mine_only


def test_days_whose_runs_are_gone_come_from_the_ledger_and_it_says_so(group: Group) -> None:
    everything = seen(group, RuleSet())
    middle = date(2026, 10, 16)
    for runner in db.session.scalars(select(Runner)).all():
        make_connection(runner, read_from=middle)
    db.session.execute(delete(Activity).where(Activity.local_date < middle))
    db.session.commit()
    assert seen(group, RuleSet()) == everything
    viewer = db.session.scalars(select(Runner.id).where(Runner.name == "Ana")).one()
    plain, short = RuleSet(), RuleSet(counts=Eligibility(min_distance_m=150_000))
    both = preview(group.id, viewer, clock().now(), TODAY, OCTOBER, [("a", short), ("b", plain)])
    assert both.stored_from == middle
    assert preview(group.id, viewer, clock().now(), TODAY, OCTOBER, [("b", plain)]).stored_from is None
    by_name = {row.name: row.total for row in both.sides[0].rows}
    whole = {row.name: row.total for row in both.sides[1].rows}
    # No run is that long: what is left is what could not be looked at.
    assert 0 < (by_name["Ana"] or 0) < (whole["Ana"] or 0)


def test_names_and_values_pass_the_gate(group: Group) -> None:
    for name, values in (("Ben", {"withdrawn_at": datetime(2026, 10, 1, tzinfo=UTC)}), ("Cleo", {"level": "points"})):
        consent = db.session.scalars(select(Consent).where(Consent.shown_name == name)).one()
        for column, value in values.items():
            setattr(consent, column, value)
    db.session.commit()
    found = seen(group, RuleSet())
    assert [(row.name, row.is_me) for row in found.rows] == [("Ana", True), ("Dan", False)]
    # One who shares scores in challenges alone is in no figure either: the mean would tell what is kept back.
    assert (found.hidden, found.spread and found.spread.members) == (1, 2)
    own = seen(group, RuleSet(), "Cleo")
    assert [row.name for row in own.rows if row.is_me and row.total] == ["Cleo"]


def test_a_longest_run_is_shown_of_those_alone_who_agreed_to_that(group: Group) -> None:
    consent = db.session.scalars(select(Consent).where(Consent.shown_name == "Ben")).one()
    consent.longest_at = None
    db.session.commit()
    side = seen(group, RuleSet("longest_run"))
    assert "Ben" not in {row.name for row in side.rows}
    assert (side.hidden, side.spread and side.spread.members) == (1, 3)
    assert "Ben" in {row.name for row in seen(group, RuleSet()).rows}


def test_someone_who_is_not_among_the_first_twenty_sees_their_own_row_below(group: Group) -> None:
    for number in range(TOP + 3):
        runner = make_runner(f"Fast {number}")
        make_member(group, runner)
        read_in(runner.id)
        start = datetime(2026, 10, 3, 7, tzinfo=UTC)
        read_in(runner.id, [reported(f"fast {number}", local_date=start.date(), start_utc=start, distance_m=300_000,
                                 moving_s=200_000)])  # fmt: skip
    side = seen(group, RuleSet(), who="Dan")
    assert len(side.top) == TOP
    assert side.mine and (side.mine.name, side.mine.rank, side.mine.total) == ("Dan", None, 0)


def test_against_ones_own_weeks_before_a_usual_month_is_about_all_of_it(app: Flask) -> None:
    made = make_group()
    for name, metres in (("Ana", 5000), ("Ben", 15_000)):
        runner = make_runner(name)
        make_member(made, runner)
        read_in(runner.id)
        days = [date(2026, 8, 1) + timedelta(days=2 * n) for n in range(46)]
        read_in(runner.id, [a_day(f"{name} {day}", day, metres) for day in days])
    newcomer = make_runner("Cleo")
    make_member(made, newcomer)
    read_in(newcomer.id)
    read_in(newcomer.id, [a_day("first", date(2026, 10, 20), 10_000)])
    totals = {row.name: row.total or 0 for row in seen(made, RuleSet(shape="improvement")).rows}
    assert 95_000 < totals["Ana"] < 105_000
    assert 95_000 < totals["Ben"] < 105_000
    # Without weeks of her own she is measured against the group's median, 35 km: 10 of 155 in 31 days.
    assert totals["Cleo"] == 6451
    viewer = db.session.scalars(select(Runner.id).where(Runner.name == "Ana")).one()
    assert preview(
        made.id, viewer, clock().now(), TODAY, OCTOBER, [("a", RuleSet(shape="target_share"))]
    ).guesses_targets


def a_day(source_id: str, day: date, metres: int) -> Any:
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    return reported(source_id, local_date=day, start_utc=start, distance_m=metres, moving_s=metres * 4 // 10)


def test_it_looks_at_the_last_month_or_where_nobody_ran_at_the_last_thirty_days(group: Group) -> None:
    assert window_before(group.id, date(2026, 11, 25)) == OCTOBER
    assert window_before(group.id, date(2026, 12, 25)) == Window(date(2026, 11, 25), date(2026, 12, 24))


def test_the_ledger_is_read_once_however_many_members_there_are(group: Group) -> None:
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        preview(group.id, 0, clock().now(), TODAY, OCTOBER, [("a", RuleSet()), ("b", RuleSet("moving_time"))])
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert sum("FROM ledger_day" in statement for statement in asked) == 1


def ran_once(group: Group, metres: Iterable[int]) -> int:
    """Add a member for each distance, who ran it once; return the first of them."""
    made = []
    for number, run in enumerate(metres):
        made.append(make_runner(f"Runner {number}").id)
        make_member(group, db.session.get_one(Runner, made[-1]))
        read_in(made[-1])
        read_in(made[-1], [a_day(f"{number}", date(2026, 10, 9), run)])
    return made[0]


@pytest.mark.parametrize(
    ("metres", "word"),
    [
        ([21_100] * FEW, "even"),
        ([21_100] * 6 + [6_000] * 4, "mixed"),
        ([21_100] * 2 + [6_000] * 8, "uneven"),
        ([6_000] * FEW, "uneven"),  # nobody has anything
        ([21_100] * (FEW - 1), None),
    ],
)
def test_one_of_three_words_says_how_even_it_would_be(app: Flask, metres: list[int], word: str | None) -> None:
    made = make_group()
    viewer = ran_once(made, metres)
    rules = RuleSet(counts=Eligibility(min_distance_m=11_000))
    side = preview(made.id, viewer, clock().now(), TODAY, OCTOBER, [("a", rules)]).sides[0]
    assert side.word == word
    assert [(row.name, row.rank) for row in side.rows] == [("Runner 0", None)]


def test_that_a_word_is_said_does_not_tell_how_many_have_anything(app: Flask) -> None:
    made = make_group()
    viewer = ran_once(made, range(2_000, 2_000 * (FEW + 1), 2_000))
    for least in (2_000, 20_000, 100_000):
        rules = RuleSet(counts=Eligibility(min_distance_m=least))
        assert preview(made.id, viewer, clock().now(), TODAY, OCTOBER, [("a", rules)]).sides[0].word is not None

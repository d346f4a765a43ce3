"""The hall of fame: against a plain count over the results, and as members read it."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import chain
from random import Random

import pytest
from sqlalchemy import update

from tests.history.conftest import Read
from tests.support.boards import NOON, TODAY
from tests.support.looking_back import Ran, close_month, make_crowd
from webapp.db import db
from webapp.extensions import clock
from webapp.history.hall_of_fame_queries import BEST, Section, shown_hall_of_fame
from webapp.history.hall_of_fame_stats_queries import FOUND, SHOWN, HallOfFameEntry, hall_of_fame_of
from webapp.memberships.service import leave
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent, Group
from webapp.rulebook.measures import MEASURES
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes import SHAPES

pytestmark = pytest.mark.both_databases

MONTHS = [f"2025-{month:02}" for month in range(9, 13)] + [f"2026-{month:02}" for month in range(1, 11)]


def section(group: Group, viewer: int, title: str) -> Section:
    for one in chain(*shown_hall_of_fame(group, viewer, "km", TODAY)):
        if one.title == title:
            return one
    raise AssertionError(f"no {title}")


def lines(found: Section) -> list[tuple[int, str, str, str]]:
    return [(one.rank, one.name, one.text, one.small) for one in found.people]


def titles(group: Group, viewer: int) -> set[str]:
    return {one.title for one in chain(*shown_hall_of_fame(group, viewer, "km", TODAY))}


def stands(part: HallOfFameEntry) -> list[tuple[int, int]]:
    return [(stand.runner_id, stand.value) for stand in part.stands]


def first_ones(values: dict[int, int]) -> list[tuple[int, int]]:
    return sorted(values.items(), key=lambda one: (-one[1], one[0]))[:FOUND]


def longest_in_a_row(numbers: set[int]) -> int:
    return max((n for n in range(1, 20) for first in numbers if {first + k for k in range(n)} <= numbers), default=0)


def test_the_hall_is_what_a_plain_count_over_the_results_says(read: Read) -> None:
    group, runners = make_crowd([f"Runner {n:02}" for n in range(25)])
    chance = Random(11)
    past: dict[int, dict[int, Ran]] = {}
    for number, month in enumerate(MONTHS):
        ran = {runner: (chance.choice([0, 5_000, 9_000, 70_000]), 1) for runner in chance.sample(runners, 20)}
        ran = {runner: (total, chance.randint(3, 9) if total else 0) for runner, (total, _) in ran.items()}
        close_month(group, month, ran)
        past[number] = ran
    hall = hall_of_fame_of(group.id)
    assert hall
    best: dict[int, int] = defaultdict(int)
    firsts, taken = Counter[int](), Counter[int]()
    months: dict[int, set[int]] = defaultdict(set)
    for number, ran in past.items():
        top = max(total for total, _ in ran.values())
        for runner, (total, days) in ran.items():
            best[runner] = max(best[runner], total)
            firsts[runner] += total == top > 0
            taken[runner] += days > 0
            months[runner] |= {number} if days else set()
    assert sorted(stands(hall.best["distance"])) == sorted(
        (runner, value) for runner, value in best.items() if (runner, value) in stands(hall.best["distance"])
    )
    assert [value for _, value in stands(hall.best["distance"])] == [value for _, value in first_ones(best)]
    assert stands(hall.first_places) == first_ones({runner: n for runner, n in firsts.items() if n})
    assert stands(hall.taken_part) == first_ones(taken)
    streaks = {runner: longest_in_a_row(there) for runner, there in months.items()}
    assert stands(hall.months) == first_ones({runner: n for runner, n in streaks.items() if n > 1})
    of_year = range(4, len(MONTHS))
    every = [runner for runner in runners if all(past[n].get(runner, (0, 0))[1] for n in of_year)]
    assert ([stand.runner_id for stand in hall.every.stands], hall.every.size) == (every[:FOUND], len(every))
    last, before = past[len(MONTHS) - 1], past[len(MONTHS) - 2]
    gains = {
        runner: total / before[runner][0]
        for runner, (total, _) in last.items()
        if before.get(runner, (0, 0))[0] and total > before[runner][0]
    }
    assert [stand.runner_id for stand in hall.improved.stands] == sorted(
        gains, key=lambda runner: (-gains[runner], runner)
    )[:FOUND]


def test_each_runner_stands_once_with_their_own_best_and_where_it_was(read: Read) -> None:
    group, (ana, ben, _caro) = make_crowd(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    close_month(group, "2026-08", {ana: (90_000, 9), ben: (20_000, 4)})
    close_month(group, "2026-09", {ana: (80_000, 9), ben: (30_000, 4)})
    assert lines(section(group, ana, "Furthest")) == [
        (1, "Ana Ruiz", "90.0 km", "August 2026"),
        (2, "Ben Ode", "30.0 km", "September 2026"),
    ]
    page = read(f"/g/{group.slug}/hall-of-fame", ben)
    assert "Ana Ruiz" in page
    assert "Caro" not in page


def test_kinds_of_measure_are_kept_apart(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-08", {ana: (90_000, 9), ben: (20_000, 4)})
    close_month(group, "2026-09", {ben: (36_000, 9)}, rules=RuleSet(measure="moving_time"))
    close_month(group, "2026-10", {ana: (7, 7), ben: (9, 9)}, rules=RuleSet(measure="active_days"))
    assert lines(section(group, ana, "Longest on their feet")) == [(1, "Ben Ode", "10:00 h", "September 2026")]
    assert lines(section(group, ana, "Most active days"))[0] == (1, "Ben Ode", "9 days", "October 2026")
    assert "Most improved" not in titles(group, ana)  # none of its kind before


def test_a_streak_is_no_number_of_active_days_and_a_share_of_weeks_none_of_a_target(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-07", {ana: (7, 7)}, rules=RuleSet("active_days"))
    close_month(group, "2026-08", {ben: (9, 12)}, rules=RuleSet("distance", "streak"))
    close_month(group, "2026-09", {ben: (150_000, 9)}, rules=RuleSet("distance", "improvement"))
    close_month(group, "2026-10", {ana: (100_000, 9)}, rules=RuleSet("distance", "target_share"))
    assert lines(section(group, ana, "Most active days")) == [(1, "Ana Ruiz", "7 days", "July 2026")]
    assert lines(section(group, ana, "Longest streak of days")) == [(1, "Ben Ode", "9 days", "August 2026")]
    assert lines(section(group, ana, "Furthest past their own weeks")) == [(1, "Ben Ode", "150.0 %", "September 2026")]
    assert lines(section(group, ana, "Furthest past their own target")) == [(1, "Ana Ruiz", "100.0 %", "October 2026")]


def test_the_last_runner_stands_there_as_well_as_the_first(read: Read) -> None:
    group, (ana, ben, caro) = make_crowd(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    close_month(group, "2026-08", {ana: (300_000, 30), ben: (6_000, 3)})
    close_month(group, "2026-09", {ana: (330_000, 30), ben: (18_000, 5), caro: (1_000, 1)})
    assert [one.name for one in section(group, ana, "In every challenge of 2026").people] == ["Ana Ruiz", "Ben Ode"]
    assert [one.name for one in section(group, ana, "First challenge finished").people] == ["Caro Lang"]
    assert lines(section(group, ana, "Most improved")) == [
        (0, "Ben Ode", "18.0 km", "from 6.0 km"),
        (0, "Ana Ruiz", "330.0 km", "from 300.0 km"),
    ]


def test_a_day_or_two_is_no_month_to_improve_on(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-08", {ana: (1_000, 2), ben: (6_000, 3)})
    close_month(group, "2026-09", {ana: (50_000, 9), ben: (5_000, 3)})
    assert "Most improved" not in titles(group, ana)


def test_a_week_is_not_measured_against_a_month(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    close_month(group, "2026-08", {ana: (10_000, 5)})
    last = close_month(group, "2026-09", {ana: (50_000, 9)})
    ends = last.starts_on + timedelta(days=6)
    db.session.execute(update(Challenge).where(Challenge.id == last.id).values(ends_on=ends))
    db.session.commit()
    assert "Most improved" not in titles(group, ana)


def test_equal_ones_share_a_rank_and_those_beyond_the_list_are_counted(read: Read) -> None:
    group, runners = make_crowd([f"Runner {n:02}" for n in range(20)])
    close_month(group, "2026-09", dict.fromkeys(runners, (5000, 1)))
    close_month(group, "2026-10", dict.fromkeys(runners[:18], (5000, 1)))
    found = section(group, runners[0], "Most challenges")
    assert [(one.rank, one.text) for one in found.people] == [(1, "2 challenges")] * SHOWN
    assert found.more == 18 - SHOWN
    assert section(group, runners[0], "In every challenge of 2026").more == 18 - FOUND


def test_someone_who_hides_or_leaves_is_gone_from_what_is_cached_at_once(read: Read) -> None:
    group, (ana, ben, caro) = make_crowd(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    for month in ("2026-09", "2026-10"):
        close_month(group, month, {ana: (5_000, 3), ben: (9_000, 4), caro: (7_000, 4)})
    assert "Ben Ode" in read(f"/g/{group.slug}/hall-of-fame", ana)
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(withdrawn_at=NOON))
    db.session.commit()
    leave(group.id, caro, NOON)
    db.session.commit()
    page = read(f"/g/{group.slug}/hall-of-fame", ana)
    assert "Ben" not in page
    assert "Caro" not in page
    assert "9.0 km" not in page
    assert lines(section(group, ana, "Furthest"))[0][:2] == (1, "Ana Ruiz")
    clock().set(now=NOON + timedelta(days=1))  # and from what is found again
    assert "Ben" not in read(f"/g/{group.slug}/hall-of-fame", ana)


def test_places_are_what_level_points_shares_and_points_where_they_are_scored(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ben: (9_000, 4)})
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(level="points"))
    db.session.commit()
    assert "Furthest" not in [one.title for one in chain(*shown_hall_of_fame(group, ana, "km", TODAY))]
    assert lines(section(group, ana, "Most first places")) == [(1, "Ben Ode", "1 first place", "")]
    close_month(group, "2026-09", {ben: (9_000, 4)}, rules=RuleSet("points", "steps"))
    assert lines(section(group, ana, "Most points")) == [(1, "Ben Ode", "9.0 pts", "September 2026")]


def test_a_newly_closed_challenge_opens_the_hall_again(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    assert "The hall is still empty" in read(f"/g/{group.slug}/hall-of-fame", ana)
    close_month(group, "2026-10", {ana: (9_000, 4)})
    assert "9.0 km" in read(f"/g/{group.slug}/hall-of-fame", ana)


def test_a_first_place_by_the_longest_run_counts_of_those_who_show_theirs(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-09", {ana: (9_000, 3), ben: (5_000, 3)})
    close_month(group, "2026-10", {ana: (15_000, 3), ben: (21_100, 3)}, rules=RuleSet("longest_run"))
    assert [line[1] for line in lines(section(group, ana, "Most first places"))] == ["Ana Ruiz"]
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(longest_at=NOON))
    db.session.commit()
    assert [line[1] for line in lines(section(group, ana, "Most first places"))] == ["Ana Ruiz", "Ben Ode"]
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(longest_at=None))
    db.session.commit()
    assert [line[1] for line in lines(section(group, ana, "Most first places"))] == ["Ana Ruiz"]


def test_every_kind_of_total_has_a_title_in_the_hall() -> None:
    kinds = {shape.hall_kind or shape.unit for shape in SHAPES.values()} - {None}
    assert kinds | {measure.unit for measure in MEASURES.values()} <= BEST.keys()

"""A runner's own history, which nobody else sees."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.history.conftest import Read
from tests.support.boards import NOON, TODAY
from tests.support.builders import make_connection
from tests.support.derived import read_in
from tests.support.html import elements, rows_in
from tests.support.looking_back import add_days, close_month, make_crowd
from tests.support.runs import reported
from webapp.db import db
from webapp.extensions import clock
from webapp.group_endings.rules import NOTICE
from webapp.group_endings.service import announce_deletion, delete_if_due
from webapp.history.my_history_queries import days_of
from webapp.models.accounts import Runner
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.both_databases


def test_every_challenge_stands_there_with_place_total_and_team(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-09", {ana: (42_195, 3), ben: (90_000, 9)}, teams=("Owls", "Larks"))
    close_month(group, "2026-10", {ana: (61_000, 7), ben: (40_000, 5)})
    page = read("/me/history", ana)
    assert page.index("October 2026") < page.index("September 2026")
    assert "42.1 km" in page
    assert "place 2 of 2 · 3 days" in page
    assert "Owls" in page
    assert "place 1 of 2 · 7 days" in page
    assert 'Best place in a challenge</span><strong class="rows__end num">1<' in page
    assert "Ben" not in page
    assert "90.0 km" not in page


def test_a_closed_challenge_without_a_score_has_no_place(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ana: (0, 4), ben: (0, 0)})
    page = read("/me/history", ana)
    assert "no place · 4 days" in page
    assert "Best place" not in page


def test_towards_one_goal_there_is_no_place_even_once_the_group_is_gone(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    goal = RuleSet(shape="group_goal", params={"goal": 100_000})
    close_month(group, "2026-10", {ana: (42_195, 3), ben: (90_000, 9)}, rules=goal)
    pages = [read("/me/history", ana)]
    announce_deletion(group.id, ana, NOON)
    assert delete_if_due(group.id, NOON + NOTICE)
    db.session.commit()
    pages.append(read("/me/history", ana))
    assert "In groups that are gone" in pages[1]
    for page in pages:
        assert "no place · 3 days" in page and "Best place" not in page


def test_streaks_milestones_records_and_what_is_next_come_from_the_ledger(read: Read) -> None:
    _, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    add_days((ana, TODAY - timedelta(days=n), 10_500) for n in range(1, 12))
    add_days([(ben, TODAY, 77_000)])
    page = read("/me/history", ana)
    assert "11 days<span" in page
    assert "3 weeks<span" in page
    assert '100 km</span><span class="rows__end small num">Tue 10 Nov 2026' in page
    assert '10 days with a run</span><span class="rows__end small num">Tue 10 Nov 2026' in page
    assert "134.5 km to go until 250 km" in page
    assert "39 more days until 50" in page
    assert "7.8 km" in page  # the longest run
    assert "77.0" not in page


def test_only_you_runs_are_in_the_own_history_while_they_are_stored_and_on_no_board(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    add_days([(ana, TODAY - timedelta(days=40), 3_000)])  # its runs are gone
    make_connection(db.session.get_one(Runner, ana), read_from=TODAY - timedelta(days=10))
    db.session.execute(update(Consent).values(count_private_at=clock().now()))
    read_in(ana, [reported("1", private=True, distance_m=21_400, moving_s=7_000, local_date=TODAY - timedelta(days=1))])
    assert [day.distance_m for day in days_of(ana, clock().now())] == [3_000, 21_400]
    assert "21.4 km" in read("/me/history", ana)
    assert "21.4 km" not in read(f"/g/{group.slug}/range", ana)


def test_miles_have_milestones_in_miles(read: Read) -> None:
    _, (ana,) = make_crowd(["Ana Ruiz"])
    add_days([(ana, TODAY, 160_000)])
    db.session.execute(update(Runner).values(units="mi"))
    db.session.commit()
    assert "0.6 mi to go until 100 mi" in read("/me/history", ana)


def test_the_year_is_shown_in_days_and_said_in_words(read: Read) -> None:
    _, (ana,) = make_crowd(["Ana Ruiz"])
    add_days([(ana, date(2026, 3, 2), 5_000), (ana, date(2026, 3, 29), 7_000), (ana, date(2024, 2, 29), 4_000)])
    page = read("/me/history", ana)
    assert len(elements(page, ".tile")) == 365 + 5
    assert ["March", "2, 29", "12.0 km"] in rows_in(page, "tbody tr")
    leap = read("/me/history?year=2024", ana)
    assert len(elements(leap, ".tile")) == 366 + 5
    assert ["February", "29", "4.0 km"] in rows_in(leap, "tbody tr")
    assert read("/me/history?year=1987", ana) == page


def test_other_sports_are_no_days_of_a_runner(read: Read) -> None:
    _, (ana,) = make_crowd(["Ana Ruiz"])
    add_days([(ana, TODAY, 9_000)])
    db.session.execute(update(LedgerDay).values(sport_class="foot"))
    db.session.commit()
    assert "Your history begins with a run" in read("/me/history", ana)


def test_many_challenges_are_paged(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    for n in range(30):
        close_month(group, f"{2024 + n // 12}-{n % 12 + 1:02}", {ana: (5_000, 1)})
    assert "Page 1 of 2" in read("/me/history", ana)
    last = read("/me/history?page=2", ana)
    assert "January 2024" in last
    assert "June 2026" not in last
    assert read("/me/history?page=99", ana) == last


def test_the_first_challenge_is_a_milestone_on_the_day_it_ended(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    close_month(group, "2026-08", {ana: (0, 0)})
    close_month(group, "2026-09", {ana: (5_000, 2)})
    assert 'First challenge finished</span><span class="rows__end small num">Wed 30 Sep 2026' in read(
        "/me/history", ana
    )


def test_a_visitor_signs_in_first(client: FlaskClient) -> None:
    assert client.get("/me/history").status_code == 302

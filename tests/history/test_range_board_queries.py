"""Boards over any dates: against a plain sum over the rows, and as members read them."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.history.conftest import Read
from tests.support import html
from tests.support.boards import NOON, TODAY
from tests.support.builders import make_runner
from tests.support.looking_back import add_days, make_crowd
from tests.support.statements import asked
from webapp.db import db
from webapp.extensions import clock
from webapp.history.range_board_queries import RangeViewer, range_board
from webapp.models.accounts import Runner
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.rulebook.date_ranges import MEASURES, wanted

pytestmark = pytest.mark.both_databases


def rows_in(page: str) -> list[tuple[int, str, str]]:
    """Return (rank, name, total) of each row, the viewer's own one below the others included."""
    return [(int(rank), name, total) for rank, name, total in html.rows_in(page)]


def address(group: Group, first: date, last: date, measure: str = "distance", page: int = 1) -> str:
    return f"/g/{group.slug}/range?from={first}&to={last}&measure={measure}&page={page}"


NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize("measure", sorted(MEASURES))
@pytest.mark.parametrize("first", [date(2026, 10, 19), date(2026, 11, 2)])
def test_every_measure_is_what_a_plain_sum_over_the_ledger_says(read: Read, measure: str, first: date) -> None:
    group, runners = make_crowd([f"Runner {n:02}" for n in range(20)])
    chance, last = Random(7), date(2026, 11, 8)
    days = [date(2026, 10, 1) + timedelta(days=n) for n in range(43)]
    add_days((runner, day, chance.choice([400, 5_000, 5_000])) for runner in runners for day in chance.sample(days, 12))
    db.session.execute(update(Consent).values(longest_at=NOON))
    db.session.commit()
    plain: dict[int, int] = {}
    ran = Counter((row.runner_id, row.local_date.isocalendar()[:2]) for row in db.session.scalars(select(LedgerDay)))
    for row in db.session.scalars(select(LedgerDay)):
        is_alone = ran[row.runner_id, row.local_date.isocalendar()[:2]] == 1
        if first <= row.local_date <= last and not (measure in ("time", "climb") and is_alone):
            before = plain.get(row.runner_id, 0)
            plain[row.runner_id] = {
                "distance": before + row.distance_m, "time": before + row.moving_s, "climb": before + row.climb_m,
                "runs": before + row.runs, "days": before + 1, "longest": max(before, row.longest_m),
            }[measure]  # fmt: skip
    viewer = db.session.get(Runner, runners[0])
    assert viewer
    seen_by = RangeViewer(viewer.id, viewer.units)
    board = range_board(group, seen_by, wanted(str(first), str(last), measure, TODAY), 1, NOON)
    order = sorted((runner for runner, total in plain.items() if total), key=lambda runner: (-plain[runner], runner))
    assert [row.runner_id for row in board.rows] == order
    assert [row.rank for row in board.rows] == [
        1 + sum(other > plain[runner] for other in plain.values()) for runner in order
    ]


def test_ranks_are_1_1_3_and_mine_is_marked(read: Read) -> None:
    group, (ana, ben, caro, _dora) = make_crowd(["Ana Ruiz", "Ben Ode", "Caro Lang", "Dora Moss"])
    add_days([(ana, TODAY, 5_000), (ben, TODAY, 9_000), (caro, TODAY, 9_000)])
    page = read(address(group, *NOVEMBER), ana)
    assert rows_in(page) == [(1, "Ben Ode", "9.0 km"), (1, "Caro Lang", "9.0 km"), (3, "Ana Ruiz You", "5.0 km")]
    assert "Dora" not in page


def test_a_day_outside_does_not_count_and_both_ends_do(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    first, last = date(2026, 10, 31), date(2026, 11, 1)
    add_days((ana, first + timedelta(days=n), 10 ** (n + 4)) for n in range(-1, 3))
    assert rows_in(read(address(group, first, last), ana)) == [(1, "Ana Ruiz You", "110.0 km")]


def test_my_row_is_in_sight_on_every_page(read: Read) -> None:
    group, runners = make_crowd([f"Runner {n:03}" for n in range(120)])
    add_days((runner, TODAY, 1_000 * (n + 1)) for n, runner in enumerate(runners))
    page = read(address(group, *NOVEMBER), runners[0])
    assert len(rows_in(page)) == 51
    assert rows_in(page)[-1] == (120, "Runner 000 You", "1.0 km")
    assert "Go to your place on page 3" in page
    last = rows_in(read(address(group, *NOVEMBER, page=3), runners[0]))
    assert [rank for rank, *_ in last] == list(range(101, 121))
    assert rows_in(read(address(group, *NOVEMBER, page=99), runners[0])) == last


def test_someone_who_shares_score_and_place_only_is_left_out_and_sees_their_own(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    add_days([(ana, TODAY, 5_000), (ben, TODAY, 9_000)])
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(level="points"))
    db.session.commit()
    assert rows_in(read(address(group, *NOVEMBER), ana)) == [(1, "Ana Ruiz You", "5.0 km")]
    own = read(address(group, *NOVEMBER), ben)
    assert rows_in(own) == [(1, "Ana Ruiz", "5.0 km")]
    assert "You show your place only" in own
    assert "9.0 km" in own


def test_the_longest_run_is_of_those_alone_who_agreed(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    last_week = TODAY - timedelta(days=7)
    add_days([(ana, last_week, 8_000), (ben, last_week, 12_000)])
    db.session.execute(update(Consent).where(Consent.runner_id == ana).values(longest_at=NOON))
    db.session.commit()
    page = read(address(group, *NOVEMBER, measure="longest"), ana)
    assert rows_in(page) == [(1, "Ana Ruiz You", "6.0 km")]
    assert "Ben" not in page
    own = read(address(group, *NOVEMBER, measure="longest"), ben)
    assert 'A longest run is shown only for those who agreed to it. Yours: <b class="num">9.0 km' in own


@pytest.mark.parametrize("measure", ["time", "climb"])
def test_a_week_with_one_day_of_running_reveals_nothing_about_that_day(read: Read, measure: str) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    days = [date(2026, 11, 2), date(2026, 11, 4)]
    add_days([(ana, day, 9_000) for day in days] + [(ben, day, 9_000) for day in (days[0], date(2026, 10, 27))])
    page = read(address(group, date(2026, 10, 26), date(2026, 11, 8), measure), ana)
    assert [name for _, name, _ in rows_in(page)] == ["Ana Ruiz You"]
    assert "Weeks with a single day of running are left out." in page


@pytest.mark.parametrize("measure", ["time", "climb", "runs", "longest"])
def test_a_day_more_shows_no_more_of_what_comes_in_weeks(read: Read, measure: str) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    db.session.execute(update(Consent).values(longest_at=NOON))
    monday = date(2026, 11, 2)
    add_days((ben, monday + timedelta(days=n), 5_000 + 400 * n) for n in range(10))
    week = rows_in(read(address(group, monday, monday + timedelta(days=6), measure), ana))
    assert [name for _, name, _ in week] == ["Ben Ode"]
    for before, after in ((0, 1), (0, 3), (5, 0), (6, 6)):
        first, last = monday - timedelta(days=before), monday + timedelta(days=6 + after)
        page = read(address(group, first, last, measure), ana)
        assert rows_in(page) == week
        assert "for whole weeks, Monday to Sunday, from two days after they end" in page


@pytest.mark.parametrize("change", [{"withdrawn_at": NOON}, {"level": "points"}])
def test_a_changed_consent_hides_a_row_within_the_same_minute(read: Read, change: dict[str, object]) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    add_days([(ana, TODAY, 5_000), (ben, TODAY, 9_000)])
    assert "Ben Ode" in read(address(group, *NOVEMBER), ana)
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(**change))
    db.session.commit()
    assert "Ben Ode" not in read(address(group, *NOVEMBER), ana)


def test_someone_who_is_no_member_is_on_no_board(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    stranger = make_runner("Stan Strange")
    add_days([(ana, TODAY, 5_000), (stranger.id, TODAY, 9_000)])
    assert rows_in(read(address(group, *NOVEMBER), ana)) == [(1, "Ana Ruiz You", "5.0 km")]


def test_a_new_run_is_there_within_a_minute(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    assert "You have not run in these days" in read(address(group, *NOVEMBER), ana)
    add_days([(ana, TODAY, 5_000)])
    assert "You are on this board within a minute" in read(address(group, *NOVEMBER), ana)
    clock().set(now=NOON + timedelta(minutes=1))
    assert rows_in(read(address(group, *NOVEMBER), ana)) == [(1, "Ana Ruiz You", "5.0 km")]


def test_a_page_of_two_thousand_is_one_grouped_read_and_none_for_each_row(client: FlaskClient, read: Read) -> None:
    group, runners = make_crowd([f"Runner {n}" for n in range(2_000)])
    add_days((runner, TODAY - timedelta(days=n), 1_000 + runner) for runner in runners for n in range(3))
    with asked() as cold:
        read(address(group, *NOVEMBER, page=2), runners[0])
    with asked() as warm:
        read(address(group, *NOVEMBER, page=7), runners[0])
    assert sum("GROUP BY" in each for each, _ in cold) == 1
    assert sum("ledger_day" in each for each, _ in cold) == 1
    assert sum("ledger_day" in each for each, _ in warm) == 0
    assert len(cold) < 12
    assert len(warm) < len(cold)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-02-31&to=2026-03-31", "A date like 2026-11-30, please."),
        ("from=2026-03-31&to=2026-03-01", "The last day comes before the first."),
        ("from=2020-01-01&to=2026-03-01", "Two years at most, please."),
        ("from=2026-11-02&to=2026-11-07&measure=time", "Moving time is shown for whole weeks"),
        ("measure=%3Cscript%3E", "Please choose one of these."),
        ("from=%D9%A3&to=%F0%9F%92%A5", "A date like 2026-11-30, please."),
    ],
)
def test_bad_dates_get_an_error_at_the_field_and_no_board(read: Read, query: str, said: str) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    add_days([(ana, TODAY, 5_000)])
    page = read(f"/g/{group.slug}/range?{query}", ana, status=400)
    assert said in page
    assert 'aria-invalid="true"' in page
    assert "board__row" not in page
    assert "<script>" not in page


def test_the_usual_dates_are_links_and_the_shown_one_is_marked(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    page = read(f"/g/{group.slug}/range", ana)
    assert 'aria-current="page">This month<' in page
    assert f"/g/{group.slug}/range?from=2026-11-02&to=2026-11-08&measure=distance" in page

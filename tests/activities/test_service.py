"""Taking activities in."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.types import ActivityRow
from tests.support.builders import make_connection, make_runner
from tests.support.runs import reported
from webapp.activities.service import SOURCE_COLUMNS, Ingested, ingest
from webapp.db import begin_write, db
from webapp.models.activities import Activity

pytestmark = pytest.mark.both_databases

TWELFTH, THIRTEENTH = date(2026, 11, 12), date(2026, 11, 13)


def taken(
    runner_id: int, rows: list[ActivityRow], gone: tuple[str, ...] = (), raw_from: date | None = None
) -> Ingested:
    begin_write()
    result = ingest(runner_id, rows, gone, raw_from=raw_from)
    db.session.commit()
    return result


def stored(runner_id: int) -> dict[str, tuple[Any, ...]]:
    columns = [getattr(Activity, name) for name in SOURCE_COLUMNS]
    rows = db.session.execute(select(Activity.source_id, *columns).where(Activity.runner_id == runner_id))
    return {row[0]: tuple(row[1:]) for row in rows}


def as_stored(*rows: ActivityRow) -> dict[str, tuple[Any, ...]]:
    return {row.source_id: tuple(getattr(row, name) for name in SOURCE_COLUMNS) for row in rows}


def test_new_activities_are_kept_as_told(app: Flask) -> None:
    ana = make_runner()
    rows = [reported("1"), reported("2", local_date=THIRTEENTH, title="Büro → Zuhause", elapsed_s=None)]
    assert taken(ana.id, rows) == Ingested(new=2, dates={TWELFTH, THIRTEENTH})
    assert stored(ana.id) == as_stored(*rows)


def test_the_same_again_writes_nothing(app: Flask) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1"), reported("2")])
    assert taken(ana.id, [reported("2"), reported("1")]) == Ingested()


@pytest.mark.parametrize(
    "change",
    [
        {"distance_m": 9_000},
        {"sport_type": "Ride"},
        {"private": True},
        {"title": "Long one"},
        {"elapsed_s": None},
        {"start_utc": datetime(2026, 11, 12, 8, tzinfo=UTC)},
    ],
)
def test_a_changed_activity_is_changed_here(app: Flask, change: dict[str, Any]) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1"), reported("2")])
    edited = replace(reported("1"), **change)
    assert taken(ana.id, [edited]) == Ingested(changed=1, dates={TWELFTH})
    assert stored(ana.id) == as_stored(edited, reported("2"))


def first_distance(runner_id: int) -> int | None:
    return db.session.scalar(select(Activity.first_m).where(Activity.runner_id == runner_id))


@pytest.mark.parametrize("nothing", [{"distance_m": 0, "moving_s": 0}, {"distance_m": 0}, {"moving_s": 0}])
def test_a_run_with_nothing_measured_arrives_with_what_is_read_next(app: Flask, nothing: dict[str, int]) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1", **nothing)])
    assert first_distance(ana.id) is None
    taken(ana.id, [reported("1", distance_m=10_013)])
    assert first_distance(ana.id) == 10_013
    taken(ana.id, [reported("1", distance_m=16_000)])
    assert first_distance(ana.id) == 10_013


def test_an_activity_that_moves_touches_both_dates(app: Flask) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1")])
    assert taken(ana.id, [reported("1", local_date=THIRTEENTH)]).dates == {TWELFTH, THIRTEENTH}


def test_gone_activities_go_and_unknown_ones_are_no_matter(app: Flask) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1"), reported("2")])
    assert taken(ana.id, [], ("2", "2", "77")) == Ingested(removed=1, dates={TWELFTH})
    assert stored(ana.id) == as_stored(reported("1"))


def test_what_a_read_brought_is_not_gone(app: Flask) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1")])
    assert taken(ana.id, [reported("1")], ("1",)) == Ingested()
    assert stored(ana.id) == as_stored(reported("1"))


def test_of_two_rows_with_one_id_the_later_stands(app: Flask) -> None:
    ana = make_runner()
    assert taken(ana.id, [reported("1"), reported("1", distance_m=7_000)]).new == 1
    assert stored(ana.id) == as_stored(reported("1", distance_m=7_000))


def test_an_activity_of_another_runner_is_neither_taken_over_nor_removed(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ana, ben = make_runner(), make_runner("Ben Okoro")
    taken(ana.id, [reported("1")])
    assert taken(ben.id, [reported("1", distance_m=1), reported("2")], ("1",)) == Ingested(new=1, dates={TWELFTH})
    assert stored(ana.id) == as_stored(reported("1"))
    assert stored(ben.id) == as_stored(reported("2"))
    assert "skipped" in caplog.text


def test_one_id_may_come_from_two_sources(app: Flask) -> None:
    ana = make_runner()
    begin_write()
    for source in ("strava", "file"):
        assert ingest(ana.id, [reported("1")], source=source).new == 1
    db.session.commit()


def test_more_than_a_batch_is_ingested_whole(app: Flask) -> None:
    ana = make_runner()
    rows = [reported(str(number)) for number in range(1, 2_501)]
    assert taken(ana.id, rows).new == 2_500
    longer = [replace(row, distance_m=row.distance_m + 1) for row in rows]
    assert taken(ana.id, longer).changed == 2_500
    assert taken(ana.id, [], tuple(row.source_id for row in rows)).removed == 2_500
    assert stored(ana.id) == {}


def test_runs_of_a_runner_who_is_gone_are_not_kept(app: Flask) -> None:
    assert taken(4711, [reported("1")]) == Ingested()


def test_what_is_older_than_runs_are_stored_is_not_ingested(app: Flask) -> None:
    ana = make_runner()
    make_connection(ana, read_from=TWELFTH)
    assert taken(ana.id, [reported("1"), reported("2", local_date=date(2026, 11, 11))]) == Ingested(
        new=1, dates={TWELFTH}
    )
    assert stored(ana.id) == as_stored(reported("1"))


def test_a_run_that_is_moved_to_where_none_are_stored_goes(app: Flask) -> None:
    ana = make_runner()
    make_connection(ana, read_from=TWELFTH)
    taken(ana.id, [reported("1"), reported("2")])
    assert taken(ana.id, [reported("1", local_date=date(2026, 11, 11))]) == Ingested(removed=1, dates={TWELFTH})
    assert stored(ana.id) == as_stored(reported("2"))


def test_titles_and_devices_of_old_runs_are_not_kept_and_do_not_come_back(app: Flask) -> None:
    ana = make_runner()
    rows = [
        reported("1", title="Old", device="Watch"),
        reported("2", local_date=THIRTEENTH, title="New", device="Watch"),
    ]
    bare = as_stored(replace(rows[0], title=None, device=None), rows[1])
    assert taken(ana.id, rows, raw_from=THIRTEENTH).new == 2
    assert stored(ana.id) == bare
    assert taken(ana.id, rows, raw_from=THIRTEENTH) == Ingested()
    assert stored(ana.id) == bare


def test_a_title_that_grew_old_is_no_change_but_does_not_survive_one(app: Flask) -> None:
    ana = make_runner()
    taken(ana.id, [reported("1", title="Old")])
    assert taken(ana.id, [reported("1", title="Renamed")], raw_from=THIRTEENTH) == Ingested()
    edited = reported("1", title="Renamed", distance_m=9_000)
    assert taken(ana.id, [edited], raw_from=THIRTEENTH) == Ingested(changed=1, dates={TWELFTH})
    assert stored(ana.id) == as_stored(replace(edited, title=None))

"""What a sync costs: every call to Strava, counted."""

from datetime import datetime, timedelta

import pytest

from integrations.strava.errors import RateLimited
from tests.support.paged_strava import PagedStrava
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.sync.acts import newest, on_a_board, pass_by, row, tell, upload
from tests.sync.conftest import Connect, connection_of, due, stored
from webapp.clock import Clock
from webapp.extensions import budget, settings
from webapp.sync import queries, rules
from webapp.sync.runner_sync_service import sync_runner

LIST, SINGLE = "api GET api.activities", "api GET api.one_activity"


@pytest.fixture
def runner_id(imported_runner_id: int) -> int:
    return imported_runner_id


def test_a_new_run_is_one_call_and_its_doubled_event_none(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    made, at = upload(simulator, athlete_id), clock.now()
    tell(athlete_id, made, "create", at)
    tell(athlete_id, made, "create", at)
    pass_by(clock, seconds=2)
    sync_runner(runner_id, clock)
    assert str(made) in stored(runner_id)
    assert requests_of(simulator) == {LIST: 1}
    pass_by(clock, minutes=5)
    tell(athlete_id, made, "create", at)
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1}
    assert not queries.pending_events(runner_id)


def test_any_read_moves_the_next_full_resync_on(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    before = connection_of(runner_id)
    last_full_resync_at, resync_at = before.last_full_resync_at, before.next_full_resync_at
    tell(athlete_id, upload(simulator, athlete_id), "create", clock.now())
    sync_runner(runner_id, clock)
    after = connection_of(runner_id)
    assert last_full_resync_at and resync_at and after.last_full_resync_at and after.next_full_resync_at
    assert after.last_full_resync_at > last_full_resync_at
    assert after.next_full_resync_at > resync_at
    assert after.next_full_resync_at - after.last_full_resync_at == timedelta(hours=settings().resync_hours), (
        "not a read too many"
    )


def test_a_full_resync_is_one_call(simulator: Simulator, clock: Clock, runner_id: int) -> None:
    pass_by(clock, hours=47)
    assert due(clock) == {runner_id: "resync"}
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1, "oauth refresh": 1}
    assert due(clock) == {}


def test_a_deletion_is_one_call_by_its_id(simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int) -> None:
    gone = newest(simulator, athlete_id)
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{gone}")
    tell(athlete_id, gone, "delete", clock.now())
    sync_runner(runner_id, clock)
    assert str(gone) not in stored(runner_id)
    assert requests_of(simulator) == {SINGLE: 1}


def test_several_deletions_are_one_list_read_to_its_end(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    made = [upload(simulator, athlete_id) for _ in range(3)]
    tell(athlete_id, made[0], "create", clock.now())
    sync_runner(runner_id, clock)
    simulator.control("DELETE", "counters")
    pass_by(clock, minutes=1)
    for gone in made[:2]:
        simulator.control("DELETE", f"athletes/{athlete_id}/activities/{gone}")
        tell(athlete_id, gone, "delete", clock.now())
    sync_runner(runner_id, clock)
    assert {str(activity) for activity in made} & stored(runner_id) == {str(made[2])}
    assert requests_of(simulator) == {LIST: 2}


def test_a_deletion_of_what_is_not_stored_costs_nothing(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    tell(athlete_id, 5, "delete", clock.now())
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {}
    assert not queries.pending_events(runner_id)
    assert connection_of(runner_id).syncing_until is None


def test_a_new_title_of_a_run_whose_own_event_was_lost_is_one_list_that_answers_for_everything(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    (lost, made), told_at = (upload(simulator, athlete_id) for _ in range(2)), clock.now()
    tell(athlete_id, made, "update", told_at)
    sync_runner(runner_id, clock)
    assert {str(lost), str(made)} <= stored(runner_id)
    assert (connection_of(runner_id).last_full_resync_at or told_at) > told_at
    assert requests_of(simulator) == {LIST: 1}


def test_a_new_title_of_a_run_from_before_what_is_stored_is_one_call_and_no_second_one(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    tell(athlete_id, 987_654_321, "update", clock.now())
    sync_runner(runner_id, clock)
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1}
    assert not queries.pending_events(runner_id)


def test_an_event_of_before_the_last_read_is_answered_by_it(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    hidden, early = newest(simulator, athlete_id), clock.now()
    pass_by(clock, minutes=1)
    tell(athlete_id, upload(simulator, athlete_id), "create", clock.now())
    sync_runner(runner_id, clock)
    tell(athlete_id, hidden, "update", early, private="true")
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1}


def test_a_late_upload_of_before_what_is_stored_is_asked_for_once_and_left_out(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    old = upload(simulator, athlete_id, start_date=(clock.now() - timedelta(days=600)).isoformat())
    tell(athlete_id, old, "create", clock.now())
    sync_runner(runner_id, clock)
    assert str(old) not in stored(runner_id)
    assert requests_of(simulator) == {LIST: 1, SINGLE: 1}
    assert not queries.pending_events(runner_id)
    # The athlete is every test's: others expect that all they have can be stored.
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{old}")


def test_a_last_read_goes_to_the_end_of_the_list_and_is_owed_once(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    challenge_ends = on_a_board(runner_id, clock)
    clock.set(now=datetime.combine(challenge_ends, datetime.min.time(), clock.now().tzinfo) + timedelta(hours=59))
    simulator.control("DELETE", "counters")
    assert due(clock) == {runner_id: "closing"}
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 2, "oauth refresh": 1}
    assert due(clock) == {}


# More than a page -------------------------------------------------------------------------------------------------


@pytest.fixture
def prolific(strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int) -> int:
    """Somebody with 195 activities of the last days, who is in a challenge that needs them all."""
    runner_id = connect(athlete_id)
    on_a_board(runner_id, clock)
    rows = [row(clock, hours=2 + 2 * number) for number in range(195)]
    strava.pages = [rows[:150], rows[150:]]
    sync_runner(runner_id, clock)
    pass_by(clock, hours=1)
    assert len(stored(runner_id)) == 195
    return runner_id


def pages_asked_for(strava: PagedStrava) -> list[int]:
    seen: list[int] = []
    for number in range(1, 9):
        strava.before[number] = lambda number=number: seen.append(number)  # type: ignore[misc]  # bound at once
    return seen


def test_of_who_holds_more_than_a_page_an_event_reads_the_recent_days(
    strava: PagedStrava, clock: Clock, prolific: int, athlete_id: int
) -> None:
    last_full_resync_at = connection_of(prolific).last_full_resync_at
    fresh = row(clock, hours=1)
    strava.pages = [[fresh, *strava.pages[0][:119]]]
    tell(athlete_id, fresh["id"], "create", clock.now())
    seen = pages_asked_for(strava)
    sync_runner(prolific, clock)
    assert seen == [1]
    assert str(fresh["id"]) in stored(prolific)
    assert len(stored(prolific)) == 196
    assert connection_of(prolific).last_full_resync_at == last_full_resync_at, "the rest waits for the full resync"


def test_a_nearly_full_page_is_not_taken_for_the_whole_list(strava: PagedStrava, clock: Clock, prolific: int) -> None:
    rows = [one for page in strava.pages for one in page]
    strava.pages = [rows, [row(clock, hours=1)]]
    pass_by(clock, hours=47)
    seen = pages_asked_for(strava)
    sync_runner(prolific, clock)
    assert seen == [1, 2, 3]
    assert len(stored(prolific)) == 196


def test_an_announced_run_beyond_a_short_page_makes_the_list_be_read_on(
    strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    known = [row(clock, hours=9), row(clock, hours=8)]
    strava.pages = [known]
    sync_runner(runner_id, clock)
    pass_by(clock, hours=1)
    announced, lost = row(clock, hours=2), row(clock, hours=1)
    strava.pages, strava.singles = [known, [announced, lost]], {announced["id"]: announced}
    tell(athlete_id, announced["id"], "create", clock.now())
    sync_runner(runner_id, clock)
    assert stored(runner_id) == {str(one["id"]) for one in [*known, announced, lost]}


def test_a_new_row_that_cannot_be_read_is_asked_for_by_its_id(
    strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    fine = row(clock, hours=1)
    strava.pages, strava.singles = [[{**fine, "start_date_local": None}]], {fine["id"]: fine}
    sync_runner(runner_id, clock)
    assert stored(runner_id) == {str(fine["id"])}


def test_what_stays_unreadable_is_read_again_sooner(
    strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    strava.pages = [[row(clock, hours=1), {**row(clock, hours=2), "id": None}]]
    sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert connection.last_full_resync_at and connection.next_full_resync_at
    assert connection.next_full_resync_at - connection.last_full_resync_at == rules.DOUBTFUL_RESYNC


def test_an_event_that_names_an_activity_of_somebody_else_brings_nothing(
    strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    """Events are not signed, and what others show to everyone may be read by its id."""
    runner_id = connect(athlete_id)
    sync_runner(runner_id, clock)
    foreign = {**row(clock, hours=1), "athlete": {"id": athlete_id + 1}}
    strava.singles = {foreign["id"]: foreign}
    tell(athlete_id, foreign["id"], "create", clock.now())
    sync_runner(runner_id, clock)
    assert stored(runner_id) == set()
    assert not queries.pending_events(runner_id)


# The reserve ------------------------------------------------------------------------------------------------------


def spend_but(clock: Clock, left: int) -> None:
    """Let others have used the quarter hour, but for this many reads."""
    used = f"{600 - left},{600 - left}"
    limit = "600,30000"
    told = {"X-RateLimit-Limit": limit, "X-RateLimit-Usage": used}
    budget().learn({**told, "X-ReadRateLimit-Limit": limit, "X-ReadRateLimit-Usage": used})


def test_a_full_resync_leaves_the_reserve_to_events_and_an_event_may_use_it(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    begin_of_quarter = clock.now() + timedelta(hours=48)
    clock.set(
        now=begin_of_quarter - timedelta(seconds=begin_of_quarter.timestamp() % 900) + timedelta(seconds=5), speed=0
    )
    spend_but(clock, 100)
    with pytest.raises(RateLimited):
        sync_runner(runner_id, clock)
    rest = connection_of(runner_id).rest_until
    assert rest and rest <= clock.now() + rules.REST_REFUSED
    assert requests_of(simulator).get(LIST, 0) == 0
    tell(athlete_id, upload(simulator, athlete_id), "create", clock.now())
    sync_runner(runner_id, clock)
    assert requests_of(simulator)[LIST] == 1

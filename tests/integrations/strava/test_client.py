"""The client against the simulator, over HTTP."""

import logging
from datetime import timedelta

import pytest

from integrations.strava import errors, oauth
from integrations.strava.client import StravaClient
from integrations.strava.types import ActivityPage, ActivityRow, TokenGrant
from tests.integrations.strava.conftest import client_of
from tests.support.servers import free_port
from tests.support.simulator import Simulator
from tests.support.strava import CLIENT_ID, CLIENT_SECRET, granted, listed, wall_clock

HISTORY = timedelta(days=400)


def read_whole(simulator: Simulator, token: str, per_page: int = 200) -> list[ActivityPage]:
    """Return every page up to the empty one."""
    client = client_of(simulator)
    pages: list[ActivityPage] = []
    while not pages or not pages[-1].ended:
        after = wall_clock() - HISTORY
        pages.append(client.activities(token, after, page=len(pages) + 1, per_page=per_page))
    return pages


def test_every_activity_comes_though_pages_are_short(simulator: Simulator, athlete_id: int, grant: TokenGrant) -> None:
    pages = read_whole(simulator, grant.access_token, per_page=20)
    rows = {row.source_id for page in pages for row in page.rows}
    assert any(0 < len(page.rows) < 20 for page in pages[:-2]), "the simulator should send short pages"
    assert rows == {str(row["id"]) for row in listed(simulator, athlete_id)}


def test_only_me_runs_come_with_read_all_alone(simulator: Simulator, athlete_id: int) -> None:
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"private": True})
    some = read_whole(simulator, granted(simulator, athlete_id, ("read", "activity:read")).access_token)
    every = read_whole(simulator, granted(simulator, athlete_id).access_token)
    assert str(made["id"]) not in {row.source_id for page in some for row in page.rows}
    assert str(made["id"]) in {row.source_id for page in every for row in page.rows if row.private}


def test_one_bad_row_never_costs_the_others(simulator: Simulator, athlete_id: int, grant: TokenGrant) -> None:
    simulator.faults(malformed_rows=0.3, seed=4)
    pages = read_whole(simulator, grant.access_token)
    good, bad = sum(len(page.rows) for page in pages), sum(len(page.bad_rows) for page in pages)
    assert good + bad == len(listed(simulator, athlete_id))
    assert min(good, bad) > 10
    assert all(row.reason for page in pages for row in page.bad_rows)


def test_one_activity_is_read_by_its_id(simulator: Simulator, athlete_id: int, grant: TokenGrant) -> None:
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"distance": 7000.4})
    found = client_of(simulator).activity(grant.access_token, str(made["id"]))
    assert isinstance(found, ActivityRow)
    assert found.distance_m == 7000
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{made['id']}")
    with pytest.raises(errors.NotThere):
        client_of(simulator).activity(grant.access_token, str(made["id"]))


def test_the_token_says_whose_it_is(simulator: Simulator, athlete_id: int, grant: TokenGrant) -> None:
    assert client_of(simulator).athlete(grant.access_token).id == athlete_id


# An answer held back for longer than a hasty client waits; with anything else a client is patient.
HELD_BACK = {"timeout": 1.0, "timeout_seconds": 1.5}
HASTE_S, PATIENCE_S = 0.5, 10.0


def patience_with(switches: dict[str, object]) -> float:
    return HASTE_S if switches == HELD_BACK else PATIENCE_S


def first_page(simulator: Simulator, token: str, patience_s: float = PATIENCE_S) -> object:
    return client_of(simulator, timeout=patience_s).activities(token, wall_clock() - HISTORY)


@pytest.mark.parametrize(
    ("switches", "kind"),
    [
        ({"rate_429": 1.0}, errors.RateLimited),
        ({"error_500": 1.0}, errors.Unavailable),
        (HELD_BACK, errors.Unavailable),
        ({"inactive": True}, errors.Inactive),
    ],
)
def test_each_fault_is_an_error_of_its_own_kind(
    simulator: Simulator, grant: TokenGrant, switches: dict[str, object], kind: type[errors.StravaError]
) -> None:
    simulator.faults(**switches)
    with pytest.raises(kind) as failure:
        first_page(simulator, grant.access_token, patience_with(switches))
    assert not failure.value.permanent


def test_a_limit_says_when_the_quarter_hour_ends(simulator: Simulator, grant: TokenGrant) -> None:
    simulator.faults(rate_429=1.0)
    with pytest.raises(errors.RateLimited) as failure:
        first_page(simulator, grant.access_token)
    assert failure.value.retry_after is not None
    assert 0 < failure.value.retry_after <= 900


def test_a_wrong_token_and_a_missing_scope_are_told_apart(simulator: Simulator, athlete_id: int) -> None:
    with pytest.raises(errors.TokenRefused):
        first_page(simulator, "no such token")
    with pytest.raises(errors.ScopeMissing):
        first_page(simulator, granted(simulator, athlete_id, ("read",)).access_token)


def test_a_strava_that_is_not_there_is_unavailable() -> None:
    nobody = StravaClient(f"http://127.0.0.1:{free_port()}/api/v3", 0.5, now=wall_clock)
    with pytest.raises(errors.Unavailable):
        nobody.athlete("a token")


def test_no_token_and_no_secret_is_in_any_log_or_error(
    simulator: Simulator, grant: TokenGrant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    cases: list[dict[str, object]] = [{}, {"rate_429": 1.0}, {"error_500": 1.0}, {**HELD_BACK}]
    for switches in cases:
        simulator.control("DELETE", "faults")
        simulator.faults(**switches)
        try:
            first_page(simulator, grant.access_token, patience_with(switches))
            oauth.refresh(f"{simulator.base}/oauth", CLIENT_ID, CLIENT_SECRET, "a-refresh-token", now=wall_clock)
        except errors.StravaError as error:
            said.append(f"{error!r} {error} {error.__cause__} {error.__suppress_context__}")
    logged = caplog.text + "".join(said)
    assert len(said) == 4
    assert not any(secret in logged for secret in (grant.access_token, "a-refresh-token", f"={CLIENT_SECRET}"))

"""Tokens against the simulator: refreshed and revoked."""

import pytest

from integrations.strava import errors, oauth
from integrations.strava.types import TokenGrant
from tests.integrations.strava.conftest import client_of
from tests.support.simulator import Simulator
from tests.support.strava import CLIENT_ID, CLIENT_SECRET, requests_of, wall_clock


def refreshed(simulator: Simulator, token: str, timeout: float = 10.0) -> TokenGrant:
    return oauth.refresh(f"{simulator.base}/oauth", CLIENT_ID, CLIENT_SECRET, token, now=wall_clock, timeout=timeout)


def test_a_refresh_rotates_the_token_and_the_older_one_is_dead(simulator: Simulator, grant: TokenGrant) -> None:
    fresh = refreshed(simulator, grant.refresh_token)
    assert fresh.refresh_token != grant.refresh_token
    with pytest.raises(errors.GrantRefused):
        refreshed(simulator, grant.refresh_token)
    assert client_of(simulator).athlete(refreshed(simulator, fresh.refresh_token).access_token)


def test_a_refresh_that_times_out_is_not_tried_again(simulator: Simulator, grant: TokenGrant) -> None:
    simulator.control("DELETE", "counters")
    simulator.faults(token_timeout=1.0, timeout_seconds=0.6)
    with pytest.raises(errors.Unavailable):
        refreshed(simulator, grant.refresh_token, timeout=0.3)
    assert requests_of(simulator)["oauth refresh"] == 1


def test_a_wrong_client_secret_is_the_operators_matter(simulator: Simulator, grant: TokenGrant) -> None:
    with pytest.raises(errors.ApplicationRefused) as failure:
        oauth.refresh(f"{simulator.base}/oauth", CLIENT_ID, "wrong", grant.refresh_token, now=wall_clock)
    assert not failure.value.permanent


def test_revoking_ends_the_grant_and_once_more_does_no_harm(
    simulator: Simulator, athlete_id: int, grant: TokenGrant
) -> None:
    for _ in range(2):
        oauth.revoke(f"{simulator.base}/oauth", CLIENT_ID, CLIENT_SECRET, grant.refresh_token, now=wall_clock)
        assert simulator.scope_of(athlete_id) is None
    with pytest.raises(errors.TokenRefused):
        client_of(simulator).athlete(grant.access_token)


def test_a_503_on_revoking_is_tried_again_and_then_reported(
    simulator: Simulator, athlete_id: int, grant: TokenGrant
) -> None:
    simulator.faults(revoke_503=1.0)
    with pytest.raises(errors.Unavailable):
        oauth.revoke(f"{simulator.base}/oauth", CLIENT_ID, CLIENT_SECRET, grant.refresh_token, now=wall_clock)
    assert simulator.scope_of(athlete_id)
    simulator.faults(revoke_503=0.6, seed=2)
    for _ in range(4):
        oauth.revoke(f"{simulator.base}/oauth", CLIENT_ID, CLIENT_SECRET, grant.refresh_token, now=wall_clock)
    assert simulator.scope_of(athlete_id) is None

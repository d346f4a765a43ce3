"""The client library that the application uses, unchanged, cannot tell the simulator from Strava."""

from collections.abc import Iterator

import pytest
from stravalib import Client, exc
from stravalib.protocol import ApiV3

from tests.integrations.strava_simulator.conftest import FIRST
from tests.integrations.strava_simulator.wire import Receiver, Wire


class Aimed(ApiV3):
    """The library's own protocol, with the one thing that is ours: which host is Strava."""

    base = ""

    def resolve_url(self, url: str) -> str:
        return super().resolve_url(url).replace("https://www.strava.com", self.base)


@pytest.fixture
def client(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("SILENCE_TOKEN_WARNINGS", "true")
    found = Client(rate_limit_requests=False)
    found.protocol = Aimed()
    found.protocol.base = wire.base
    yield found
    found.protocol.rsession.close()


def connect(client: Client, wire: Wire) -> str:
    """Exchange a code with the library; return the refresh token."""
    code = wire.authorise(FIRST)["code"]
    answer = client.exchange_code_for_token(1, "secret", code, return_athlete=True)
    assert isinstance(answer, tuple)
    info, athlete = answer
    assert athlete is not None and athlete.id == FIRST
    client.access_token = info["access_token"]
    return info["refresh_token"]


def test_it_connects_and_reads(client: Client, wire: Wire) -> None:
    connect(client, wire)
    who = client.get_athlete()
    assert who.id == FIRST and who.firstname
    wire.control("PUT", "faults", {"short_pages": False})  # the library takes a short page for the last
    runs = list(client.get_activities())
    held = wire.control("GET", f"athletes/{FIRST}/activities")
    assert [run.id for run in runs] == [row["id"] for row in held]
    assert runs[0].start_date is not None and runs[0].distance is not None
    detail = client.get_activity(held[0]["id"])
    assert detail.id == held[0]["id"] and detail.name == held[0]["name"]


def test_it_refreshes_and_the_older_token_is_dead(client: Client, wire: Wire) -> None:
    older = connect(client, wire)
    info = client.refresh_access_token(1, "secret", older)
    client.access_token = info["access_token"]
    assert client.get_athlete().id == FIRST
    with pytest.raises(exc.Fault) as refused:
        client.refresh_access_token(1, "secret", older)
    assert refused.value.response is not None and refused.value.response.status_code == 400


def test_it_raises_its_own_exceptions(client: Client, wire: Wire) -> None:
    connect(client, wire)
    with pytest.raises(exc.ObjectNotFound):
        client.get_activity(1)
    wire.control("PUT", "faults", {"inactive": True})
    with pytest.raises(exc.ApplicationInactive):
        client.get_athlete()
    wire.control("PUT", "faults", {"inactive": False, "rate_429": 1})
    with pytest.raises(exc.Fault, match="Rate Limit Exceeded"):
        client.get_athlete()
    wire.control("DELETE", "faults")
    client.access_token = "wrong"
    with pytest.raises(exc.AccessUnauthorized):
        client.get_athlete()


def test_it_deauthorises(client: Client, wire: Wire) -> None:
    connect(client, wire)
    client.deauthorize()
    with pytest.raises(exc.AccessUnauthorized):
        client.get_athlete()


def test_it_keeps_the_subscription(client: Client, wire: Wire, receiver: Receiver) -> None:
    made = client.create_subscription(1, "secret", receiver.url, verify_token="v")
    listed = list(client.list_subscriptions(1, "secret"))
    assert [row.id for row in listed] == [made.id] and listed[0].callback_url == receiver.url
    assert made.id is not None
    client.delete_subscription(made.id, 1, "secret")
    assert list(client.list_subscriptions(1, "secret")) == []

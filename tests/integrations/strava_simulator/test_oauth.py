"""The OAuth dance: choosing, denying, scopes, codes, rotation, revocation, seats."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import CALLBACK, SCOPES, Impatient, Reply, Wire

ASK = {"client_id": "1", "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPES, "state": "s"}


def page(wire: Wire, **changes: str) -> Reply:
    return wire.get("/oauth/authorize", **ASK | changes)


def revoke(wire: Wire, token: str, secret: str = "secret") -> Reply:
    basic = b64encode(f"1:{secret}".encode()).decode()
    return wire.post("/oauth/revoke", form={"token": token}, headers={"Authorization": f"Basic {basic}"})


def test_the_page_shows_everybody_and_every_scope_asked_for(wire: Wire) -> None:
    text = page(wire).body.decode()
    assert text.count('name="athlete"') == 3 + 1
    assert 'value="activity:read_all"' in text and "Simulator" in text


def test_what_a_newcomer_is_called_is_escaped(wire: Wire) -> None:
    wire.authorise("new", firstname="<script>alert(1)</script>", lastname="O'Neil & Sons")
    text = page(wire).body.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_the_callback_gets_code_scope_and_state_and_keeps_its_own_query(wire: Wire) -> None:
    heard = wire.authorise(FIRST)
    assert heard["from"] == "strava" and heard["state"] == "s"
    assert heard["scope"] == SCOPES and len(heard["code"]) == 40


def test_a_scope_that_is_unticked_is_not_granted(wire: Wire) -> None:
    heard = wire.authorise(FIRST, "read,activity:read")
    assert heard["scope"] == "read,activity:read"


def test_a_scope_that_was_not_asked_for_cannot_be_granted(wire: Wire) -> None:
    heard = wire.authorise(FIRST, "read,activity:write,activity:read")
    assert heard["scope"] == "read,activity:read"


def test_a_denial_comes_back_as_an_error(wire: Wire) -> None:
    heard = wire.authorise(FIRST, decision="deny")
    assert heard["error"] == "access_denied" and "code" not in heard


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "99"}, "client_id"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "/callback"}, "redirect_uri"),
        ({"response_type": "token"}, "response_type"),
        ({"scope": "everything"}, "scope"),
    ],
)
def test_a_request_that_is_wrong_is_refused_without_a_redirect(wire: Wire, changes: dict[str, str], field: str) -> None:
    reply = page(wire, **changes)
    assert reply.status == 400 and reply.error["field"] == field


def test_an_athlete_who_does_not_exist_cannot_say_yes(wire: Wire) -> None:
    reply = wire.post(f"/oauth/authorize?{urlencode(ASK)}", form={"decision": "authorize", "athlete": "7"})
    assert reply.status == 400


def test_a_newcomer_brings_eleven_months_of_runs(wire: Wire) -> None:
    code = wire.authorise("new", firstname="Ada", lastname="Weiß", zone="Asia/Singapore")["code"]
    answer = wire.token(grant_type="authorization_code", code=code).json
    assert answer["athlete"]["firstname"] == "Ada" and answer["athlete"]["lastname"] == "Weiß"
    held = wire.control("GET", f"athletes/{answer['athlete']['id']}/activities")
    assert len(held) > 5 and held[0]["start_date"] < "2026-11-18T09:05"


def test_a_code_is_good_once(wire: Wire) -> None:
    code = wire.authorise(FIRST)["code"]
    assert wire.token(grant_type="authorization_code", code=code).status == 200
    again = wire.token(grant_type="authorization_code", code=code)
    assert again.status == 400 and again.error["field"] == "code"


def test_a_code_nobody_fetched_expires(wire: Wire, clock: StandingClock) -> None:
    code = wire.authorise(FIRST)["code"]
    clock.pass_by(hours=1)
    assert wire.token(grant_type="authorization_code", code=code).status == 400


@pytest.mark.parametrize(("form", "status"), [({"client_id": "2"}, 400), ({"client_secret": "x"}, 401)])
def test_the_wrong_client_gets_no_token(wire: Wire, form: dict[str, str], status: int) -> None:
    code = wire.authorise(FIRST)["code"]
    reply = wire.token(grant_type="authorization_code", code=code, **form)
    assert reply.status == status and reply.error["resource"] == "Application"


def test_an_access_token_lives_six_hours(wire: Wire, clock: StandingClock) -> None:
    given = wire.connect(FIRST)
    assert given["expires_in"] == 21600 and given["expires_at"] == int(clock.now().timestamp()) + 21600
    clock.pass_by(hours=5, minutes=59)
    assert wire.get("/api/v3/athlete", given["access_token"]).status == 200
    clock.pass_by(minutes=1)
    reply = wire.get("/api/v3/athlete", given["access_token"])
    assert reply.status == 401 and reply.error == {"resource": "Athlete", "field": "access_token", "code": "invalid"}


def refreshed(wire: Wire, token: str) -> Reply:
    return wire.token(grant_type="refresh_token", refresh_token=token)


def test_a_refresh_kills_the_older_refresh_token_at_once(wire: Wire) -> None:
    given = wire.connect(FIRST)
    fresh = refreshed(wire, given["refresh_token"]).json
    assert fresh["refresh_token"] != given["refresh_token"]
    late = refreshed(wire, given["refresh_token"])
    assert late.status == 400 and late.error["resource"] == "RefreshToken"
    assert refreshed(wire, fresh["refresh_token"]).status == 200


def test_an_access_token_with_more_than_an_hour_left_is_handed_out_again(wire: Wire, clock: StandingClock) -> None:
    given = wire.connect(FIRST)
    clock.pass_by(hours=4)
    same = refreshed(wire, given["refresh_token"]).json
    assert same["access_token"] == given["access_token"] and same["expires_in"] == 7200
    clock.pass_by(hours=1)
    other = refreshed(wire, same["refresh_token"]).json
    assert other["access_token"] != given["access_token"] and other["expires_in"] == 21600


def test_every_refresh_may_bring_another_access_token(wire: Wire) -> None:
    wire.control("PUT", "faults", {"reuse_access_token": False})
    given = wire.connect(FIRST)
    fresh = refreshed(wire, given["refresh_token"]).json
    assert fresh["access_token"] != given["access_token"]
    assert wire.get("/api/v3/athlete", given["access_token"]).status == 401


def test_a_refresh_whose_answer_never_comes_has_rotated_all_the_same(wire: Wire) -> None:
    given = wire.connect(FIRST)
    wire.control("PUT", "faults", {"token_timeout": 1, "timeout_seconds": 0.5})
    with pytest.raises(TimeoutError):
        refreshed(Impatient(wire.base), given["refresh_token"])
    wire.wait_until_all_is_over()
    wire.control("DELETE", "faults")
    assert refreshed(wire, given["refresh_token"]).status == 400


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_revokes_the_grant(wire: Wire, which: str) -> None:
    given = wire.connect(FIRST)
    assert revoke(wire, given[which]).status == 200
    assert wire.get("/api/v3/athlete", given["access_token"]).status == 401
    assert refreshed(wire, given["refresh_token"]).status == 400
    assert revoke(wire, given[which]).status == 200  # already gone


def test_a_stranger_revokes_nothing(wire: Wire) -> None:
    given = wire.connect(FIRST)
    assert revoke(wire, given["access_token"], secret="guess").status == 401
    assert wire.get("/api/v3/athlete", given["access_token"]).status == 200


def test_a_revocation_may_meet_a_503(wire: Wire) -> None:
    given = wire.connect(FIRST)
    wire.control("PUT", "faults", {"revoke_503": 1})
    assert revoke(wire, given["access_token"]).status == 503
    wire.control("DELETE", "faults")
    assert revoke(wire, given["access_token"]).status == 200


def test_the_older_way_to_revoke_still_works(wire: Wire) -> None:
    given = wire.connect(FIRST)
    reply = wire.post("/oauth/deauthorize", token=given["access_token"])
    assert reply.status == 200 and reply.json == {"access_token": given["access_token"]}
    assert wire.post("/oauth/deauthorize", token=given["access_token"]).status == 401


@pytest.mark.parametrize("tier", ["default", "ten"])
def test_the_tier_says_how_many_may_connect(simulate: Simulate, tier: str) -> None:
    wire = simulate(tier=tier)
    wire.connect(FIRST)
    reply = wire.post(
        f"/oauth/authorize?{urlencode(ASK)}", form={"decision": "authorize", "athlete": FIRST + 1, "scope": "read"}
    )
    assert reply.status == (403 if tier == "default" else 302)


def test_over_the_cap_the_page_refuses_but_not_those_who_are_connected(wire: Wire) -> None:
    wire.control("PUT", "faults", {"seat_cap": 1})
    wire.connect(FIRST)
    form = {"decision": "authorize", "athlete": FIRST + 1, "scope": "read"}
    reply = wire.post(f"/oauth/authorize?{urlencode(ASK)}", form=form)
    assert reply.status == 403 and reply.json["message"] == "Limit of connected athletes exceeded"
    wire.connect(FIRST)


def test_the_cap_may_strike_at_the_exchange_instead(wire: Wire) -> None:
    wire.control("PUT", "faults", {"seat_cap": 0, "seat_cap_on_exchange": True})
    code = wire.authorise(FIRST)["code"]
    reply = wire.token(grant_type="authorization_code", code=code)
    assert reply.status == 403 and "athletes exceeded" in reply.json["message"]


def test_an_inactive_application_connects_nobody(wire: Wire) -> None:
    given: dict[str, Any] = wire.connect(FIRST)
    wire.control("PUT", "faults", {"inactive": True})
    inactive = {"resource": "Application", "field": "Status", "code": "Inactive"}
    for reply in (
        page(wire),
        refreshed(wire, given["refresh_token"]),
        wire.get("/api/v3/athlete", given["access_token"]),
    ):
        assert reply.status == 403 and reply.error == inactive


def test_tokens_and_logs_survive_a_restart(simulate: Simulate) -> None:
    before = simulate()
    given = before.connect(FIRST)
    before.control("PUT", "faults", {"events_late": 0.5, "tier": "ten"})
    held = before.control("GET", f"athletes/{FIRST}/activities")
    after = simulate()
    assert after.get("/api/v3/athlete", given["access_token"]).json["id"] == FIRST
    assert after.control("GET", f"athletes/{FIRST}/activities") == held
    switches = after.control("GET", "faults")
    assert switches["events_late"] == 0.5 and switches["tier"] == "ten"

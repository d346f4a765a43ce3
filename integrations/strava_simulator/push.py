"""Push subscriptions: one for the application, proven by a handshake."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, insert, select

from integrations.strava_simulator.answers import fault
from integrations.strava_simulator.api import blueprint
from integrations.strava_simulator.delivery import call
from integrations.strava_simulator.events import unsubscribe
from integrations.strava_simulator.simulator import Simulator, current_simulator
from integrations.strava_simulator.store import subscription
from integrations.strava_simulator.trouble import Refusal

MAX_URL = 255


@blueprint.post("/push_subscriptions")
def subscribe() -> ResponseReturnValue:
    """Make the subscription, once the address has answered the handshake within two seconds."""
    simulator = _client()
    url = request.values.get("callback_url", "")
    _need_address(url)
    _need_no_other(simulator)
    _verify_callback(url, request.values.get("verify_token", ""))
    with simulator.store.writing() as connection:
        row = {"callback_url": url, "created_at": simulator.moment()}
        made = connection.execute(insert(subscription).values(row)).inserted_primary_key
    return jsonify({"id": made[0] if made else None}), 201


@blueprint.get("/push_subscriptions")
def subscriptions() -> ResponseReturnValue:
    """List the subscription, if there is one."""
    simulator = _client()
    with simulator.store.reading() as connection:
        rows = connection.execute(select(subscription)).all()
    return jsonify([_shown(row, simulator) for row in rows])


@blueprint.delete("/push_subscriptions/<int:subscription_id>")
def remove(subscription_id: int) -> ResponseReturnValue:
    """Remove the subscription; its pending events are never sent."""
    simulator = _client()
    with simulator.store.writing() as connection:
        if not unsubscribe(connection, subscription_id):
            raise Refusal(404, fault("Record Not Found", ("PushSubscription", "id", "not found")))
    return "", 204


def _client() -> Simulator:
    simulator = current_simulator()
    if request.values.get("client_id") != simulator.settings.client_id:
        raise Refusal(400, fault("Bad Request", ("Application", "client_id", "invalid")))
    if request.values.get("client_secret") != simulator.settings.client_secret:
        raise Refusal(401, fault("Authorization Error", ("Application", "", "invalid")))
    return simulator


def _need_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refusal(400, fault("Bad Request", ("PushSubscription", "callback url", "not a valid url")))
    if len(url) > MAX_URL:
        raise Refusal(400, fault("Bad Request", ("PushSubscription", "callback url", "too long")))


def _need_no_other(simulator: Simulator) -> None:
    with simulator.store.reading() as connection:
        if connection.execute(select(subscription)).first():
            raise Refusal(400, fault("Bad Request", ("PushSubscription", "", "already exists")))


def _verify_callback(url: str, verify_token: str) -> None:
    challenge = secrets.token_hex(8)
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    answer = call("GET", f"{url}{'&' if '?' in url else '?'}{urlencode(query)}")
    if answer.status != 200 or _echo(answer.body) != challenge:
        raise Refusal(
            400, fault("Bad Request", ("PushSubscription", "callback url", "GET to callback URL does not return 200"))
        )


def _echo(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer.get("hub.challenge") if isinstance(answer, dict) else None


def _shown(row: Row[Any], simulator: Simulator) -> dict[str, Any]:
    made = f"{datetime.fromtimestamp(row.created_at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "id": row.id,
        "resource_state": 2,
        "application_id": int(simulator.settings.client_id) if simulator.settings.client_id.isdecimal() else 0,
        "callback_url": row.callback_url,
        "created_at": made,
        "updated_at": made,
    }

"""HTTP as a test sees it: a plain client, an application that receives events, and the simulator behind a socket."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug import Request, Response

SCOPES = "read,activity:read,activity:read_all"
CALLBACK = "http://app.test/callback?from=strava"
# How long a test waits for something that happens in another thread before it calls it a failure.
PATIENCE = 10.0


@dataclass(frozen=True)
class Reply:
    """Status, headers and body of one answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str]:
        """Return the first of the errors that Strava lists."""
        found: dict[str, str] = self.json["errors"][0]
        return found


@dataclass
class Wire:
    """Talks to one simulator. `wait_until_done` waits until it is done with whatever came to it."""

    base: str
    secret: str = "secret"
    wait_until_done: Callable[[], None] = lambda: None
    patience: ClassVar[float] = PATIENCE

    def call(self, method: str, path: str, *, token: str = "", **said: Any) -> Reply:
        """Send one request; `form` or `body` (JSON) is its content, `headers` more of them."""
        connection = HTTPConnection(urlsplit(self.base).netloc, timeout=self.patience)
        headers = dict(said.get("headers", {}))
        content = None
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if "form" in said:
            content, headers["Content-Type"] = urlencode(said["form"], doseq=True), "application/x-www-form-urlencoded"
        if "body" in said:
            content, headers["Content-Type"] = json.dumps(said["body"]), "application/json"
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, token: str = "", **query: Any) -> Reply:
        return self.call("GET", f"{path}?{urlencode(query)}", token=token)

    def post(self, path: str, **said: Any) -> Reply:
        return self.call("POST", path, **said)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API and insist that it works."""
        reply = self.call(method, f"/control/api/{path}", **({} if body is None else {"body": body}))
        assert reply.status < 300, reply.body
        return reply.json

    def authorise(self, athlete: int | str, scope: str = SCOPES, *, asked: str = SCOPES, **form: Any) -> dict[str, str]:
        """Fill in the authorise page as `athlete` and return what the application hears at its callback."""
        query = urlencode({"client_id": "1", "redirect_uri": CALLBACK, "response_type": "code", "scope": asked})
        said = {"decision": "authorize", "athlete": athlete, "scope": scope.split(","), **form}
        reply = self.post(f"/oauth/authorize?{query}&state=s", form=said)
        assert reply.status == 302, reply.body
        heard = parse_qs(urlsplit(reply.headers["location"]).query)
        return {name: values[0] for name, values in heard.items()}

    def token(self, **form: Any) -> Reply:
        return self.post("/oauth/token", form={"client_id": "1", "client_secret": self.secret, **form})

    def connect(self, athlete: int | str, scope: str = SCOPES) -> dict[str, Any]:
        """Connect an athlete and return the token answer."""
        code = self.authorise(athlete, scope)["code"]
        reply = self.token(grant_type="authorization_code", code=code)
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json
        return found

    def subscribe(self, callback: str) -> Reply:
        form = {"client_id": "1", "client_secret": self.secret, "callback_url": callback, "verify_token": "v"}
        return self.post("/api/v3/push_subscriptions", form=form)

    def wait_until_all_is_over(self) -> None:
        """Wait for requests whose senders lost patience: they had arrived before an answer to one sent after them."""
        self.control("GET", "quiet")
        self.wait_until_done()

    def wait_until_quiet(self) -> None:
        """Wait until every event has been delivered or given up."""
        wait_for(lambda: self.control("GET", "quiet")["quiet"])


class Impatient(Wire):
    """Waits a fifth of a second for an answer."""

    patience = 0.2


def wait_for(condition: Any) -> None:
    """Wait for a condition, and fail when it does not come true in good time."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@dataclass
class Receiver:
    """An application that answers the handshake and writes down its events; `statuses` are its next answers."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    statuses: list[int] = field(default_factory=list)
    echo: bool = True

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        if request.method == "GET":
            challenge = request.args["hub.challenge"] if self.echo else "something else"
            assert request.args["hub.verify_token"] == "v"
            answer = Response(json.dumps({"hub.challenge": challenge}), mimetype="application/json")
        else:
            self.attempts += 1
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                self.events.append(request.get_json())
            answer = Response("", status=status)
        return answer(environ, start_response)

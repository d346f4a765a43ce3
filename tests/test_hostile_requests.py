"""Whatever is sent to whatever address, by whomever: an answer, never a failure of ours."""

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.builders import invite_of, make_challenge, make_entry
from tests.support.cast import WHO, Cast, make_cast
from tests.support.reviewed import asked_about
from webapp.auth.rules import CONSENT_VERSION
from webapp.db import db
from webapp.groups.rules import CONSENT_VERSION as SHOWN_VERSION
from webapp.invitations.queries import invitation_by
from webapp.models.challenges import Challenge, Entry

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
TEXTS = (
    "", " ", "0", "-1", "1.5", "1e3", "9" * 30, "9" * 5000, "2147483648", "NaN", "true", "None", "[]", "x[]",
    "\x00", "a\x00b", "\x1b[31m", "\ud800", "\U0010ffff", "\u202egnp.exe", "\u200b\u200d", "é" * 3000, "💥", "٣", "%",
    "/_%", "' OR 1=1 --", "<script>alert(1)</script>", "{{ 7*7 }}", "../../etc/passwd", "//evil.example",
    "\\\\evil.example", "2026-13", "0000-01", "9999-12", "2100-12", "Mars/Olympus", "Europe", "../UTC",
    "A\nB\nA", "\r\nSet-Cookie: a=b", "W/\"x\"", "*",
)  # fmt: skip
NUMBERS = ("0", "-1", "2147483647", "2147483648", "9" * 19, "9" * 30, "9" * 5000, "٣", "1.0", "\x00")
QUERIES = (
    "page",
    "q",
    "next",
    "here",
    "state",
    "code",
    "scope",
    "error",
    "hub.mode",
    "hub.challenge",
    "hub.verify_token",
    "from",
    "to",
    "measure",
    "year",
)
HEADERS = ("If-None-Match", "Accept", "Range", "Cookie", "Host")
ODD_HEADERS = ("", "\xff", "x" * 3000, "*/*;q=NaN", "bytes=9-1", "chasepack=.x.y")
BODIES = (
    ("application/json", b""),
    ("application/json", b"{"), ("application/json", b"[1, 2]"), ("application/json", b"null"),
    ("application/json", b'{"name": 5, "tz": ["UTC"], "alias": {"a": null}, "page": 1e999}'),
    ("application/json", b"[" * 20_000), ("text/plain", b"\xff\xfe"), ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"),
    ("application/x-www-form-urlencoded", b"&=&%ff=%00&name&name=a&name=b"),
    ("", b"x" * 300_000), ("\xff/\xff;;=", b"x"),
)  # fmt: skip
# A word reaches the same few queries from a hundred addresses, so rules and fields take turns with the words.
TURNS = 4
ARGUMENT = re.compile(r"<(?:int:)?(\w+)>")
# What would take the stage away from those who come after.
ENDINGS = (
    "invitations.revoke", "group_settings.step_down",
    "challenge_admin.delete_challenge", "members.remove_member", "memberships.leave_group",
    "group_endings.archive", "group_endings.unarchive", "accounts.sign_out_everywhere", "accounts.disconnect_and_erase",
)  # fmt: skip


def turn(words: Sequence[str], number: int) -> Sequence[str]:
    """Return the words whose turn it is at the rule or field of this number."""
    return words[number % TURNS :: TURNS]


class Stage:
    """A group and its cast, and the way to every rule of the address map."""

    def __init__(self, app: Flask, cast: Cast, entry: Entry) -> None:
        secret = app.extensions["settings"].webhook_secret
        challenge = db.session.get_one(Challenge, entry.challenge_id)
        ids = {"challenge_id": challenge.id, "team_id": challenge.teams[0].id, "runner_id": cast.runners["member"].id}
        invitation = invitation_by(invite_of(cast.group))
        ids |= {
            "entry_id": entry.id,
            "invitation_id": invitation.id if invitation else 0,
            "join_request_id": 1,
            "ban_id": 1,
            "vote_id": 1,
            "group_id": 1,
            "announcement_id": 1,
            **asked_about(entry),
        }
        self.right = {
            "slug": cast.group.slug,
            "invite": invite_of(cast.group),
            "secret": secret,
            "preset_key": "distance",
        } | ids
        self.browsers = cast.browsers
        self.signed_in = {who: (runner.id, runner.session_epoch) for who, runner in cast.runners.items()}
        ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        self.rules = sorted(ours, key=lambda rule: ENDINGS.index(rule.endpoint) if rule.endpoint in ENDINGS else -1)

    def address(self, rule: Rule, **wrong: str) -> str:
        """Return an address of the rule: right in every argument but those in `wrong`."""
        values = {name: str(self.right.get(name, "x")) for name in rule.arguments} | wrong
        return ARGUMENT.sub(lambda found: quote(values[found[1]], safe="", errors="surrogatepass"), rule.rule)

    def address_of(self, endpoint: str) -> str:
        return self.address(next(rule for rule in self.rules if rule.endpoint == endpoint))

    def addresses(self, number: int, rule: Rule) -> Iterator[str]:
        """Yield the right address, then each argument replaced by the garbage whose turn it is."""
        yield self.address(rule)
        for name in sorted(rule.arguments):
            garbage = turn(NUMBERS if name.endswith("_id") else TEXTS, number)
            yield from (self.address(rule, **{name: text}) for text in garbage)

    def browser(self, who: str) -> Browser:
        browser = self.browsers[who]
        with browser.client.session_transaction(base_url=browser.address) as session:
            session.clear()
            if who in self.signed_in:
                session["runner"], session["epoch"] = self.signed_in[who]
        return browser

    def failures(self, method: str, path: str, who: tuple[str, ...], **sent: Any) -> list[str]:
        """Send one request as each of the cast; return what came to a failure of ours."""
        found = []
        for each in who:
            browser = self.browser(each)
            options = {"base_url": browser.address, **sent}
            status = browser.client.open(path, method=method, **options).status_code
            # The health check is right to say that no worker runs here.
            if status >= 500 and not path.startswith("/healthz"):
                found.append(f"{status} {method} {path[:90]!a} as {each}: {str(sent)[:160]!a}")
        return found


@pytest.fixture
def stage(app: Flask) -> Stage:
    cast = make_cast(app)
    challenge = make_challenge(cast.group, teams=("Reds", "Blues"))
    return Stage(app, cast, make_entry(challenge, cast.runners["member"], challenge.teams[0]))


def none_of(found: list[str]) -> None:
    assert not found, "\n".join(found)


@pytest.mark.both_databases
def test_no_address_is_too_odd(stage: Stage) -> None:
    found = []
    for number, rule in enumerate(stage.rules):
        for path in stage.addresses(number, rule):
            found += stage.failures("GET", path, ("organiser", "visitor"))
    none_of(found)


def test_no_method_is_too_odd(stage: Stage) -> None:
    found = []
    for rule in stage.rules:
        for method in METHODS:
            # A method that the rule has not is refused before anyone is asked who they are.
            who = WHO if method in (rule.methods or ()) else ("visitor",)
            found += stage.failures(method, stage.address(rule), who, data={})
    none_of(found)


@pytest.mark.both_databases
def test_no_query_is_too_odd(stage: Stage) -> None:
    found = []
    for number, rule in enumerate(stage.rules):
        for text in turn(TEXTS, number) if "GET" in (rule.methods or ()) else ():
            odd = quote(text, safe="", errors="surrogatepass")
            query = "&".join(f"{name}={odd}" for name in QUERIES)
            found += stage.failures("GET", f"{stage.address(rule)}?{query}", ("organiser",))
    none_of(found)


def test_no_header_is_too_odd(stage: Stage) -> None:
    found = []
    for number, rule in enumerate(stage.rules):
        for name in HEADERS:
            for text in turn(ODD_HEADERS, number):
                found += stage.failures("GET", stage.address(rule), ("member",), headers={name: text})
    none_of(found)


def test_no_body_is_too_odd(stage: Stage) -> None:
    found = []
    for rule in stage.rules:
        for kind, body in BODIES if "POST" in (rule.methods or ()) else ():
            found += stage.failures("POST", stage.address(rule), ("organiser",), data=body, content_type=kind)
    none_of(found)


def forms(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Return for every form what it could well be sent with."""
    shown = {"name_style": "alias", "alias": "Speedy"}
    decided = {"decision": "adjust", "distance": "5.0", "time": "25:00", "reason": "A short loop.", "stage": "x"}
    about = {"name": "Milers", "tz": "UTC", "text": "Come along."}
    teams = {"teams_mode": "drawn", "team_names": "Owls\nLarks", "team_count": "3"}
    return {
        "accounts.connect": {"version": CONSENT_VERSION, "returning": "1"},
        "accounts.account": {"units": "mi"},
        "memberships.my_consent": {**shown, "longest": "y", "level": "points", "text_version": SHOWN_VERSION},
        "group_settings.settings": about,
        "challenge_admin.edit": {"name": "November", "grace_hours": "24"},
        "teams.assign": {"team-1": str(stage.right["team_id"]), "team-": "", "team-x": "y"},
        "teams.rename_teams": {f"name-{stage.right['team_id']}": "Greens"},
        "teams.add_team": {"new_team": "Whites"},
        "challenge_admin.start": {
            "month": "2026-12",
            "name": "December",
            "grace_hours": "24",
            "allow_manual": "y",
            **teams,
        },
        "memberships.start": {**about, **shown},
        "group_profiles.edit": {
            "listed": "y",
            "area": "Bangsar",
            "text": "Come along.",
            "quickest": "5:00",
            "slowest": "6:30",
            "shortest": "5",
            "farthest": "12",
            "languages": "Malay",
            "weekday_1": "1",
            "starts_at_1": "18:30",
            "place_1": "The fountain",
            "picture": "",
        },
        "members.remove_member": {"renew_invite": "y"},
        "reviews.review": decided,
        "seats.wait": {"name": "Ana", "contact": "ana@example.org"},
    }


def odd_ones(form: Mapping[str, str]) -> Iterator[MultiDict[str, Any]]:
    """Yield the form with each field left out, doubled, sent as a file, and filled with the garbage of its turn."""
    for number, name in enumerate(form):
        yield MultiDict({other: value for other, value in form.items() if other != name})
        yield MultiDict([*form.items(), (name, "again")])
        for text in turn(TEXTS, number):
            yield MultiDict({**form, name: text.encode(errors="surrogatepass").decode(errors="replace")})
        yield MultiDict({**form, name: [(BytesIO(b"\x89PNG"), "picture.png")]})


@pytest.mark.both_databases
def test_no_form_is_too_odd(stage: Stage) -> None:
    found = []
    for endpoint, form in forms(stage).items():
        for odd in odd_ones(form):
            found += stage.failures("POST", stage.address_of(endpoint), ("organiser",), data=odd)
    for endpoint, form in {"reviews.ask": {"note": "Downhill."}, "reviews.answer": {"answer": "It was."}}.items():
        for odd in odd_ones(form):
            found += stage.failures("POST", stage.address_of(endpoint), ("member",), data=odd)
    none_of(found)


@pytest.mark.parametrize(
    "body", [b"ZZ\r\nab", b"-1\r\nab", b"2;\0\r\nab\r\n0\r\n\r\n", b"2\r\nabXX0\r\n\r\n", b"5\r\nab"]
)
def test_broken_chunks_are_no_failure_of_ours(stage: Stage, body: bytes) -> None:
    # Read by gunicorn's own reader, as behind its worker.
    headers = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    for path in ("/connect", "/waiting", stage.address_of("sync.webhook"), stage.address_of("group_settings.change")):
        browser = stage.browser("organiser")
        read = Body(ChunkedReader(None, IterUnreader([body])))
        sent = {
            "content_type": "application/x-www-form-urlencoded",
            "environ_overrides": {"wsgi.input": read, **headers},
        }
        assert browser.client.post(path, base_url=browser.address, **sent).status_code == 400, path

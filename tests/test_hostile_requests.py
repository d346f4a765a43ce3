"""Whatever is sent to whatever address, by whomever: an answer, never a failure of ours."""

import os
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import product
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from flask import Flask
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from tests.support.everyone import Stage, everyone
from webapp.auth.rules import PLATFORM_CONSENT_VERSION
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

T = TypeVar("T")
# The permission matrix sends GET and POST as everyone, and `test_only_post_acts.py` HEAD, OPTIONS and TRACE.
METHODS = ("PUT", "PATCH", "DELETE", "PROPFIND")
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
    "more",
    "zoom",
    "day",
    "other",
    "who",
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
BROKEN_CHUNKS = (b"ZZ\r\nab", b"-1\r\nab", b"2;\0\r\nab\r\n0\r\n\r\n", b"2\r\nabXX0\r\n\r\n", b"5\r\nab")
# A word reaches the same few queries from a hundred addresses, and the same few checks from a hundred fields, so rules
# and fields take turns with the words. ODD_EVERY=1 sends every word everywhere.
RULES_TURNS, FIELDS_TURNS = (int(os.environ.get("ODD_EVERY", usual)) for usual in (18, 8))
# What would take the stage away from those who come after.
ENDINGS = (
    "invitations.revoke", "group_settings.step_down",
    "challenge_admin.delete_challenge", "members.remove_member", "memberships.leave_group",
    "group_endings.archive", "group_endings.unarchive", "accounts.sign_out_everywhere", "accounts.disconnect_and_erase",
)  # fmt: skip


def turn(words: Sequence[T], number: int, turns: int = RULES_TURNS) -> Sequence[T]:
    """Return the words whose turn it is at the rule or field of this number: at least one."""
    turns = min(turns, len(words))
    return words[number % turns :: turns]


class Sender:
    """Sends odd requests to every address of the stage; `failures` says which of them we failed at."""

    def __init__(self, app: Flask, stage: Stage) -> None:
        self.stage = stage
        ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        self.rules = sorted(ours, key=lambda rule: ENDINGS.index(rule.endpoint) if rule.endpoint in ENDINGS else -1)
        self.failures: list[str] = []

    def insider(self, rule: Rule) -> str:
        """Return who gets farthest at the addresses of a rule."""
        return "operator" if rule.rule.startswith("/operator") else "organiser"

    def path_of(self, endpoint: str) -> str:
        return self.stage.path_of(next(rule for rule in self.rules if rule.endpoint == endpoint))

    def paths(self, number: int, rule: Rule) -> Iterator[str]:
        """Yield the right address, then each argument replaced by the garbage whose turn it is."""
        yield self.stage.path_of(rule)
        for name in sorted(rule.arguments):
            garbage = turn(NUMBERS if name.endswith("_id") else TEXTS, number)
            yield from (self.stage.path_of(rule, **{name: text}) for text in garbage)

    def send(self, method: str, path: str, *everyone: str, **sent: Any) -> None:
        """Send one request as each of these."""
        for who in everyone:
            self.stage.sign_in(who)
            status = self.stage.open(who, method, path, **sent).status_code
            # The health check is right to say that no worker runs here.
            if status >= 500 and not path.startswith("/healthz"):
                self.failures.append(f"{status} {method} {path[:90]!a} as {who}: {str(sent)[:160]!a}")


@pytest.fixture
def sender(app: Flask) -> Iterator[Sender]:
    with everyone(app) as stage:
        yield Sender(app, stage)


@pytest.mark.only_postgresql
def test_no_address_is_too_odd(sender: Sender) -> None:
    for number, rule in enumerate(sender.rules):
        for path in sender.paths(number, rule):
            sender.send("GET", path, sender.insider(rule), "visitor")
    assert sender.failures == []


def test_no_method_is_too_odd(sender: Sender) -> None:
    for rule in sender.rules:
        # No rule has these methods, so they are refused before anyone is asked who they are.
        assert not {*METHODS} & (rule.methods or set())
        for method in METHODS:
            sender.send(method, sender.stage.path_of(rule), "visitor", data={})
    assert sender.failures == []


@pytest.mark.only_postgresql
def test_no_query_is_too_odd(sender: Sender) -> None:
    for number, rule in enumerate(sender.rules):
        for text in turn(TEXTS, number) if "GET" in (rule.methods or ()) else ():
            odd = quote(text, safe="", errors="surrogatepass")
            query = "&".join(f"{name}={odd}" for name in QUERIES)
            sender.send("GET", f"{sender.stage.path_of(rule)}?{query}", sender.insider(rule))
    assert sender.failures == []


def test_no_header_is_too_odd(sender: Sender) -> None:
    for number, rule in enumerate(sender.rules):
        for name in HEADERS:
            for text in turn(ODD_HEADERS, number):
                sender.send("GET", sender.stage.path_of(rule), "member", headers={name: text})
    assert sender.failures == []


@pytest.mark.only_postgresql
def test_no_body_is_too_odd(sender: Sender) -> None:
    for number, rule in enumerate(sender.rules):
        for kind, body in turn(BODIES, number, FIELDS_TURNS) if "POST" in (rule.methods or ()) else ():
            sender.send("POST", sender.stage.path_of(rule), sender.insider(rule), data=body, content_type=kind)
    assert sender.failures == []


def forms(team_id: object) -> Mapping[str, Mapping[str, str]]:
    """Return for every form what it could well be sent with."""
    shown = {"name_style": "alias", "alias": "Speedy"}
    decided = {"decision": "adjust", "distance": "5.0", "time": "25:00", "reason": "A short loop.", "stage": "x"}
    about = {"name": "Milers", "tz": "UTC", "text": "Come along."}
    teams = {"teams_mode": "drawn", "team_names": "Owls\nLarks", "team_count": "3"}
    return {
        "accounts.connect": {"version": PLATFORM_CONSENT_VERSION, "returning": "1"},
        "accounts.account": {"units": "mi"},
        "breaks.save": {"starts_on": "2026-11-12", "ends_on": "2026-11-20", "is_marked": "y", "reason": "ill"},
        "breaks.begin": {"reason": "injured"},
        "pledges.new": {
            "when": "week:2026-11-09",
            "measure": "distance",
            "amount": "12.5",
            "plan": "Tuesday 18:30 with Ben",
            "backup_plan": "If it rains, Wednesday",
            "rest_weekdays": "6",
        },
        "circles.choose": {"kind": "team"},
        "memberships.my_consent": {**shown, "longest": "y", "level": "points", "text_version": GROUP_CONSENT_VERSION},
        "group_settings.settings": about,
        "challenge_admin.edit": {"name": "November", "grace_hours": "24"},
        "teams.assign": {"team-1": str(team_id), "team-": "", "team-x": "y"},
        "teams.rename_teams": {f"name-{team_id}": "Greens"},
        "teams.add_team": {"new_team": "Whites"},
        "challenge_builder.build_page": {
            "frame": "month",
            "month": "2026-12",
            "name": "December",
            "measure": "distance",
            "shape": "plain",
            "sports": "Run",
            "min_distance": "1",
            "slowest": "9:00",
            "team_score": "sum",
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
        "attendance.tap": {
            "tap": "x came",
            "taps": '{"sent_at": 1, "taps": [{"key": "x", "outcome": "came", "at": 1}]}',
        },
        "attendance.count_heads": {"when": "start", "heads": "12", "part": "1"},
        "own_attendance.use_code": {"code": "1.1790000000.x"},
        "own_attendance.answer_match": {"answer": "yes"},
    }


def odd_ones(form: Mapping[str, str]) -> Iterator[MultiDict[str, Any]]:
    """Yield the form with each field left out, doubled, sent as a file, and filled with the garbage of its turn."""
    for number, name in enumerate(form):
        yield MultiDict({other: value for other, value in form.items() if other != name})
        yield MultiDict([*form.items(), (name, "again")])
        for text in turn(TEXTS, number, FIELDS_TURNS):
            yield MultiDict({**form, name: text.encode(errors="surrogatepass").decode(errors="replace")})
        yield MultiDict({**form, name: [(BytesIO(b"\x89PNG"), "picture.png")]})


@pytest.mark.only_postgresql
def test_no_form_is_too_odd(sender: Sender) -> None:
    for endpoint, form in forms(sender.stage.values["team_id"]).items():
        for odd in odd_ones(form):
            sender.send("POST", sender.path_of(endpoint), "organiser", data=odd)
    for endpoint, form in {"reviews.ask": {"note": "Downhill."}, "reviews.answer": {"answer": "It was."}}.items():
        for odd in odd_ones(form):
            sender.send("POST", sender.path_of(endpoint), "target", data=odd)
    assert sender.failures == []


def test_broken_chunks_are_no_failure_of_ours(sender: Sender) -> None:
    # Read by gunicorn's own reader, as behind its worker.
    headers = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    paths = ("/connect", "/waiting", sender.path_of("sync.webhook"), sender.path_of("group_settings.change"))
    for path, body in product(paths, BROKEN_CHUNKS):
        read = Body(ChunkedReader(None, IterUnreader([body])))
        sent = {
            "content_type": "application/x-www-form-urlencoded",
            "environ_overrides": {"wsgi.input": read, **headers},
        }
        sender.stage.sign_in("organiser")
        assert sender.stage.open("organiser", "POST", path, **sent).status_code == 400, (path, body)

"""Where a sign-in may lead, which scopes are enough, and how failures are told."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.auth import rules

HOST = "https://run.example.org"


@pytest.mark.parametrize("path", ["/", "/g/milers", "/join/abc?x=1&y=2", "/g/milers/c/3?page=2#me", "/a//b"])
def test_a_path_on_this_site_is_kept(path: str) -> None:
    assert rules.safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "home",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /home",
        "https://evil.example/",
        "javascript:alert(1)",
        "/" + "x" * 500,
    ],
)
def test_every_other_address_is_refused(path: str | None) -> None:
    assert rules.safe_path(path) is None


@given(st.text(alphabet="/\\.:@?#\t\r\n ehttps", max_size=12))
def test_what_is_kept_never_leaves_the_site(path: str) -> None:
    kept = rules.safe_path(path)
    if kept is not None:
        # What browsers make of an address before they follow it.
        followed = urljoin(HOST, kept.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", ""))
        assert urlsplit(followed).netloc == urlsplit(HOST).netloc


@pytest.mark.parametrize(
    ("text", "reads", "reads_private"),
    [
        ("read,activity:read,activity:read_all", True, True),
        ("read, activity:read", True, False),
        ("read activity:read_all", True, True),
        ("read", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_scopes_say_what_may_be_read(text: str | None, reads: bool, reads_private: bool) -> None:
    scopes = rules.scopes_of(text)
    assert rules.may_read_runs(scopes) is reads
    assert rules.may_read_private_runs(scopes) is reads_private


def test_the_error_of_the_callback_names_the_failure() -> None:
    assert rules.failure_of_callback("access_denied") == "denied"
    assert rules.failure_of_callback("Limit of connected athletes exceeded") == "strava_seats"
    assert rules.failure_of_callback("<script>") == "refused"


def test_every_failure_says_what_happened_and_what_to_do() -> None:
    titles = [failure.title for failure in rules.FAILURES.values()]
    assert len(set(titles)) == len(titles)
    for failure in rules.FAILURES.values():
        assert 400 <= failure.status < 600 and failure.status != 500
        assert failure.message and failure.what_to_do


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=30), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_a_time_is_told_in_whole_units(age: timedelta, words: str) -> None:
    assert rules.since_in_words(NOW - age, NOW) == words


def test_what_never_was_is_not_yet() -> None:
    assert rules.since_in_words(None, NOW) == "not yet"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(0), "now"),
        (timedelta(milliseconds=10), "in 1 minute"),
        (timedelta(minutes=7), "in 7 minutes"),
        (timedelta(minutes=7, seconds=1), "in 8 minutes"),
        (timedelta(hours=1), "in 60 minutes"),
        (timedelta(hours=1, seconds=1), "in 2 hours"),
        (timedelta(days=1), "in 24 hours"),
        (timedelta(days=1, seconds=1), "in 2 days"),
    ],
)
def test_what_is_to_come_is_never_told_too_soon(ahead: timedelta, words: str) -> None:
    assert rules.until_in_words(NOW + ahead, NOW) == words

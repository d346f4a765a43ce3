"""How long to wait between two tries of fetching a photo."""

from datetime import UTC, datetime, timedelta

from webapp.photos.rules import KEPT_FOR, MAX_AHEAD, MAX_KEPT, REFRESH_AFTER, REST, rest_before

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_a_try_of_a_moment_ago_is_waited_for_and_an_older_one_is_not() -> None:
    assert rest_before(None, NOW) == timedelta(0)
    assert rest_before(NOW, NOW) == REST
    assert rest_before(NOW - timedelta(minutes=5), NOW) == REST - timedelta(minutes=5)
    assert rest_before(NOW - timedelta(days=1), NOW) == timedelta(0)


def test_a_try_that_a_wrong_clock_noted_holds_nothing_up() -> None:
    assert rest_before(NOW + timedelta(days=30), NOW) == timedelta(0)


def test_a_photo_is_fetched_again_before_it_has_to_go_and_purged_within_what_strava_allows() -> None:
    assert REFRESH_AFTER < KEPT_FOR
    assert KEPT_FOR + MAX_AHEAD + timedelta(hours=1) <= MAX_KEPT == timedelta(days=7)

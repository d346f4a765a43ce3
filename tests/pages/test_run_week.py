"""The run of the week: tonight first, then the week, then what is planned; and the taps of those who lead."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.browser import signed_in
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from tests.support.html import elements, shown, text_of
from tests.support.reading import read
from tests.support.rsvps import IN, MAYBE, OUT, WAITING, rsvp
from tests.support.run_pages import TONIGHT, Evening, has_run, make_evening
from tests.support.statements import asked
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.words import RunStatus


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def cards(app: Flask, runner: Runner, path: str) -> dict[str, str]:
    """Return the text of each card of a page by its title."""
    page = signed_in(app, runner).get(path).text
    found = [text_of(one) for one in elements(page, ".card")]
    return {text_of(title): text for title, text in zip(elements(page, ".card__title"), found, strict=False)}


def test_tonight_stands_first_with_what_why_where_and_who(app: Flask, evening: Evening) -> None:
    page = signed_in(app, evening.member).get(evening.week).text
    hero = shown(page, ".panel-dark")
    for words in ("Tonight", "Tuesday run", "Thu 12 Nov, 18:30", "Easy miles", "The fountain", "until about 19:30"):
        assert words in hero
    groups = [text_of(one) for one in elements(page, ".pace-group")]
    assert "Fast" in groups[0] and "Ben Okafor leads" in groups[0] and "5:00 to 5:30 /km · 14 km" in groups[0]
    assert "Needs a leader" in groups[2] and "nobody is left behind" in groups[2]


def test_it_says_how_many_are_in_and_what_the_reader_answered(app: Flask, evening: Evening) -> None:
    rsvp(evening.run, evening.leader.id, IN, pace_group_id=evening.fast.id, guests=2)
    rsvp(evening.run, evening.member.id, MAYBE)
    page = signed_in(app, evening.member).get(evening.week).text
    assert "3 in" in text_of(elements(page, ".pace-group")[0])
    assert "Maybe" in shown(page, ".panel-dark .kicker")


def test_the_rest_of_the_week_comes_before_what_is_planned_ahead(app: Flask, evening: Evening) -> None:
    later = group_run(evening.group, TONIGHT + timedelta(days=2), title="Saturday long run", min_distance_m=18_000)
    group_run(evening.group, TONIGHT + timedelta(days=7), title="Next week’s run", status=RunStatus.CHANGED)
    group_run(evening.group, TONIGHT - timedelta(days=1), title="Yesterday’s run", count_at_start=11)
    group_run(evening.group, TONIGHT - timedelta(days=8), title="Long past")
    pace_group(later, "All")
    db.session.commit()
    found = cards(app, evening.member, evening.week)
    page = read(app, evening.member, evening.week)
    assert "Saturday long run" in page and "18 km or more" in page and "Needs a leader" in page
    assert "Long past" not in page and "11 came" in page
    titles = list(found)
    assert titles.index("Also this week") < titles.index("Planned ahead") < titles.index("Earlier this week")


def test_a_cancelled_run_of_today_is_said_on_top_and_the_next_one_is_first(app: Flask, evening: Evening) -> None:
    evening.run.status, evening.run.reason = RunStatus.CANCELLED, "Storm warning"
    group_run(evening.group, TONIGHT + timedelta(days=1), title="Friday jog")
    db.session.commit()
    page = signed_in(app, evening.member).get(evening.week).text
    assert "cancelled today" in shown(page, ".notice--bad") and "Storm warning" in shown(page, ".notice--bad")
    assert "Friday jog" in shown(page, ".panel-dark") and "Tomorrow" in shown(page, ".panel-dark")


def test_a_run_that_is_under_way_stays_first(app: Flask, evening: Evening) -> None:
    app.extensions["clock"].set(now=evening.run.starts_at + timedelta(minutes=20))
    page = signed_in(app, evening.member).get(evening.week).text
    assert "Tuesday run" in shown(page, ".panel-dark") and "Now" in shown(page, ".panel-dark .kicker")


def test_a_group_without_runs_says_so_kindly(app: Flask) -> None:
    group, member = make_group(), make_runner()
    make_member(group, member)
    page = read(app, member, f"/g/{group.slug}/runs")
    assert "No run is planned" in page and "Plan a run" not in page


def test_strangers_find_nothing(app: Flask, evening: Evening) -> None:
    stranger = signed_in(app, make_runner())
    assert stranger.get(evening.week).status_code == stranger.get(evening.page).status_code == 404


def test_the_pace_group_that_fits_is_marked_for_the_reader_alone(app: Flask, evening: Evening) -> None:
    has_run(evening.member, s_per_km=360)
    page = signed_in(app, evening.member).get(evening.week).text
    fits = [text_of(one) for one in elements(page, ".pace-group--fits")]
    assert len(fits) == 1 and "Steady" in fits[0] and "your easy pace" in page
    assert "Fits you" not in signed_in(app, evening.captain).get(evening.week).text


def test_in_an_archived_group_nobody_has_taps(app: Flask, evening: Evening) -> None:
    evening.group.archived_at = NOON
    db.session.commit()
    page = signed_in(app, evening.captain).get(evening.week).text
    assert not elements(page, ".taps, .one-tap") and "Tuesday run" in page


def test_reads_do_not_grow_with_runs_or_answers(app: Flask, evening: Evening) -> None:
    def reads() -> int:
        browser = signed_in(app, evening.captain)
        browser.get(evening.week)
        db.session.rollback()
        with asked() as statements:
            assert browser.get(evening.week).status_code == 200
        return len(statements)

    rsvp(evening.run, evening.member.id, IN)
    before = reads()
    for answer in (IN, OUT, MAYBE, WAITING) * 5:
        rsvp(evening.run, make_member(evening.group).runner_id, answer)
    for days in range(1, 20):
        pace_group(group_run(evening.group, TONIGHT + timedelta(days=days)), leader_id=evening.leader.id)
    db.session.commit()
    assert reads() <= before + 3


def test_members_have_no_taps_and_a_captain_sees_the_gaps(app: Flask, evening: Evening) -> None:
    assert not elements(signed_in(app, evening.member).get(evening.week).text, ".taps")
    taps = shown(signed_in(app, evening.captain).get(evening.week).text, ".taps")
    assert "1 to fill" in taps and "Tuesday run" in taps

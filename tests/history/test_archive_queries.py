"""The results of a group, as its members read them."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from tests.history.conftest import Read
from tests.support.boards import NOON
from tests.support.looking_back import close_month, make_crowd
from webapp.db import db
from webapp.history import archive_queries
from webapp.memberships.service import leave
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.models.results import Result
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.both_databases


def test_each_closed_challenge_has_its_winners_its_team_and_its_board(read: Read) -> None:
    group, (ana, ben, caro) = make_crowd(["Ana Ruiz", "Ben <b>Ode</b>", "Caro Lang"])
    october = close_month(group, "2026-10", {ana: (5_000, 1), ben: (91_300, 9), caro: (0, 0)}, teams=("Owls", "Larks"))
    page = read(f"/g/{group.slug}/seasons", caro)
    assert f"/g/{group.slug}/c/{october.id}" in page
    (closed,) = archive_queries.archived_challenges_of(group.id, 2026, "km")
    assert closed.winners == archive_queries.Winners(("Ben <b>Ode</b>",), 0, 0, "91.3 km")
    assert (closed.runners, closed.teams) == (3, ("Owls",))
    assert "<b>Ode" not in read(f"/g/{group.slug}/seasons", ana).replace("Ben <b>Ode</b>", "")


def test_all_who_share_the_first_place_win_three_names_and_a_number(read: Read) -> None:
    group, runners = make_crowd([f"Runner {n}" for n in range(6)])
    close_month(group, "2026-10", dict.fromkeys(runners[:2], (7000, 2)) | {runners[5]: (6_000, 1)})
    close_month(group, "2026-09", dict.fromkeys(runners[:5], (7000, 2)))
    page = read(f"/g/{group.slug}/seasons", runners[5])
    assert "Runner 0 and Runner 1" in page
    assert "Runner 0, Runner 1, Runner 2 and 2 more" in page


def test_nobody_wins_a_month_that_nobody_ran(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ana: (0, 0), ben: (0, 0)})
    page = read(f"/g/{group.slug}/seasons", ana)
    assert "Nobody scored that time." in page
    assert "Ben Ode" not in page


def test_a_winner_who_left_is_a_former_member(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ben: (7_777, 2), ana: (5_000, 1)})
    leave(group.id, ben, NOON)
    db.session.commit()
    db.session.execute(update(Result).where(Result.rank == 1).values(runner_id=None, total=None, days=None))
    db.session.commit()
    page = read(f"/g/{group.slug}/seasons", ana)
    assert "a former member" in page
    assert "Ben" not in page
    assert "7.7 km" not in page


def test_a_winner_whose_consent_is_withdrawn_is_named_by_nothing_at_once(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ben: (7_777, 2), ana: (5_000, 1)})
    assert "Ben Ode · 7.7 km" in read(f"/g/{group.slug}/seasons", ana).replace('</strong> <span class="num">', " ")
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(withdrawn_at=NOON))
    db.session.commit()
    page = read(f"/g/{group.slug}/seasons", ana)
    assert "Ben" not in page
    assert "7.7 km" not in page


def test_a_year_has_a_page_and_an_odd_one_shows_the_latest(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    for month in ("2024-02", "2025-12", "2026-01"):
        close_month(group, month, {ana: (5_000, 1)})
    assert archive_queries.years_of(group.id) == [2026, 2025, 2024]
    page = f"/g/{group.slug}/seasons"
    assert "December 2025" in read(f"{page}?year=2025", ana)
    assert "January 2026" not in read(f"{page}?year=2025", ana)
    for odd in ("", "?year=2023", "?year=x", "?year=99999999999", "?year=-1"):
        assert "January 2026" in read(page + odd, ana)


def test_what_is_not_final_is_not_in_the_archive(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    challenge = close_month(group, "2026-10", {ana: (5_000, 1)})
    db.session.execute(update(Challenge).where(Challenge.id == challenge.id).values(frozen_at=None))
    db.session.commit()
    assert "Nothing is final yet" in read(f"/g/{group.slug}/seasons", ana)


def test_a_challenge_without_kept_places_is_in_the_archive_and_says_so(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    close_month(group, "2026-10", {ana: (5_000, 1)})
    db.session.execute(delete(Result))
    db.session.commit()
    assert "places from that time are not" in read(f"/g/{group.slug}/seasons", ana)


def test_a_month_of_longest_runs_that_nobody_showed_says_so(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    closed = close_month(group, "2026-10", {}, rules=RuleSet("longest_run"))
    db.session.execute(update(Challenge).where(Challenge.id == closed.id).values(checksum="0" * 64))
    db.session.commit()
    assert "Nobody showed what they ran." in read(f"/g/{group.slug}/seasons", ana)


def test_totals_are_in_the_unit_of_the_challenge(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    close_month(group, "2026-10", {ana: (17 * 3600 + 240, 9)}, rules=RuleSet(measure="moving_time"))
    assert "17:04 h" in read(f"/g/{group.slug}/seasons", ana)


def test_the_archive_is_for_members_of_its_group(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    other, (fay,) = make_crowd(["Fay Moss"])
    close_month(group, "2026-10", {ana: (5_000, 1)})
    for page in ("seasons", "hall-of-fame", "range"):
        read(f"/g/{group.slug}/{page}", fay, status=404)
        read(f"/g/nowhere/{page}", fay, status=404)
        assert "Ana" not in read(f"/g/{other.slug}/{page}", fay)


def test_a_week_over_the_turn_of_the_year_belongs_to_the_year_it_ended_in(read: Read) -> None:
    group, (ana,) = make_crowd(["Ana Ruiz"])
    challenge = close_month(group, "2025-12", {ana: (5_000, 1)})
    ends = challenge.ends_on + timedelta(days=4)
    db.session.execute(update(Challenge).where(Challenge.id == challenge.id).values(ends_on=ends))
    db.session.commit()
    assert archive_queries.years_of(group.id) == [2026]
    assert "December 2025" in read(f"/g/{group.slug}/seasons?year=2026", ana)


def test_someone_who_does_not_show_their_longest_run_is_not_given_away_by_who_shares_the_place(read: Read) -> None:
    group, (ana, ben, caro) = make_crowd(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    close_month(group, "2026-10", {ana: (21_100, 1), ben: (21_100, 1)}, rules=RuleSet("longest_run"))
    db.session.execute(update(Consent).where(Consent.runner_id == ana).values(longest_at=NOON))
    db.session.commit()
    page = read(f"/g/{group.slug}/seasons", caro)
    assert "Ana Ruiz" in page
    assert "Ben Ode" not in page


def test_someone_who_stopped_showing_their_longest_run_is_not_named_as_the_first_by_it(read: Read) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-10", {ana: (15_000, 1), ben: (21_100, 1)}, rules=RuleSet("longest_run"))
    db.session.execute(update(Consent).values(longest_at=NOON))
    db.session.commit()
    page = read(f"/g/{group.slug}/seasons", ana)
    assert "Ben Ode" in page
    assert "21.1 km" in page
    db.session.execute(update(Consent).where(Consent.runner_id == ben).values(longest_at=None))
    db.session.commit()
    page = read(f"/g/{group.slug}/seasons", ana)
    assert "Ben Ode" not in page
    assert "21.1 km" not in page
    assert "a member who keeps their longest run to themselves" in page

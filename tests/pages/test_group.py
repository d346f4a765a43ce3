"""Pages of groups, as the organiser, a member, a stranger and a visitor find them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.support.browser import words
from tests.support.builders import invite_of, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.cast import Cast, run_jobs
from tests.support.html import elements, text_of
from webapp.db import db
from webapp.extensions import clock
from webapp.formatting import day
from webapp.groups.queries import consent_of, membership_of
from webapp.job_names import Job
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent, Group, Membership
from webapp.queue import enqueue
from webapp.rulebook.lifecycle import month_window

OUT, NONE, OK = 302, 404, 200


def this_month(group: Group, **values: object) -> Challenge:
    today = clock().today(group.tz)
    starts_on, ends_on = month_window(today.year, today.month)
    # What is kept of a board goes by when its challenge was created; ids come again in an emptied database.
    values["created_at"] = clock().now()
    return make_challenge(group, starts_on=starts_on, ends_on=ends_on, **values)  # type: ignore[arg-type]  # any column


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("", [OK, OK, NONE, OUT]),
        ("/me", [OK, OK, NONE, OUT]),
        ("/leave", [OK, OK, NONE, OUT]),
        ("/settings", [OK, NONE, NONE, OUT]),
        ("/members", [OK, NONE, NONE, OUT]),
        ("/members/{member}", [OK, NONE, NONE, OUT]),
        ("/members/{member}/organiser", [OK, NONE, NONE, OUT]),
        ("/members/{member}/remove", [OK, NONE, NONE, OUT]),
        ("/members/{stranger}", [NONE, NONE, NONE, OUT]),
        ("/members/999999", [NONE, NONE, NONE, OUT]),
    ],
)
def test_each_page_opens_to_those_it_is_for(cast: Cast, path: str, statuses: list[int]) -> None:
    ids = {who: runner.id for who, runner in cast.runners.items()}
    assert cast.statuses(cast.home + path.format(**ids)) == statuses


@pytest.mark.parametrize(
    "path",
    ["/settings", "/invitations", "/invitations/1/revoke", "/step-down", "/members/{organiser}/organiser",
     "/members/{organiser}/remove", "/members/{organiser}/role", "/members/{organiser}/invite-again"],
)  # fmt: skip
def test_what_an_organiser_does_is_not_there_for_others(cast: Cast, path: str) -> None:
    where = cast.home + path.format(organiser=cast.runners["organiser"].id)
    before = invite_of(cast.group)
    for who in ("member", "stranger"):
        assert cast.browsers[who].post(where, {"name": "Mine", "tz": "UTC"}).status_code == NONE
    assert cast.browsers["visitor"].post(where).status_code == OUT
    db.session.expire_all()
    assert (cast.group.name, invite_of(cast.group)) == ("Morning Milers", before)


def test_a_stranger_finds_the_same_as_at_an_address_that_never_was(cast: Cast) -> None:
    stranger = cast.browsers["stranger"]
    assert words(stranger.get(cast.home)) == words(stranger.get("/g/never-was"))
    assert stranger.get("/g/%00").status_code == NONE


def test_a_visitor_comes_back_to_the_page_they_wanted(cast: Cast) -> None:
    answer = cast.browsers["visitor"].get(cast.home)
    assert answer.headers["Location"] == f"/connect?next={cast.home}"


def test_starting_a_group_makes_one_an_organiser_with_an_invite_to_hand_on(cast: Cast) -> None:
    browser = cast.browsers["stranger"]
    form = {"name": " Night   Owls ", "tz": "Europe/Zurich", "text": "Late.\r\nVery late.", "name_style": "initial"}
    answer = browser.post("/groups/new", form)
    group = db.session.scalars(select(Group).where(Group.name == "Night Owls")).one()
    assert answer.headers["Location"] == f"/g/{group.slug}"
    assert (group.tz, group.text) == ("Europe/Zurich", "Late.\nVery late.")
    page = browser.get(f"/g/{group.slug}").text
    assert f"/join/{invite_of(group)}" in page and "Stan S." in page and "Start a challenge" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "A group needs a name."),
        ("name", "x" * 81, "80"),
        ("name", "a\u202eb", "cannot be shown"),
        ("name", "a\x00b", "cannot be shown"),
        ("tz", "", "Please choose a time zone."),
        ("tz", "Mars/Base", "from the list"),
        ("text", "y" * 2001, "2000"),
        ("name_style", "", "Please choose one."),
        ("name_style", "nickname", "Not a valid choice"),
        ("alias", "x", "Between 2 and 40 characters"),
        ("alias", "x" * 41, "Between 2 and 40 characters"),
        ("alias", "...", "cannot be shown"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_the_rest(cast: Cast, field: str, value: str, said: str) -> None:
    form = {"name": "Night Owls", "tz": "Europe/Zurich", "text": "Late runs", "name_style": "alias", "alias": "Owl"}
    answer = cast.browsers["stranger"].post("/groups/new", form | {field: value})
    assert answer.status_code == OK
    assert said in words(answer) and "Almost there" in words(answer)
    assert ("Night Owls" if field != "name" else "Late runs") in answer.text
    assert db.session.scalar(select(func.count()).select_from(Group)) == 1


def test_the_invite_tells_a_visitor_what_happens_and_brings_them_back(cast: Cast) -> None:
    invite = f"/join/{invite_of(cast.group)}"
    page = cast.browsers["visitor"].get(invite)
    assert cast.group.name in page.text and f"/connect?next={invite}" in page.text
    assert "Connect with Strava" in page.text
    # The list of members is for members.
    assert "Olga" not in page.text and "Mia" not in page.text


def test_a_posted_join_without_a_session_joins_nobody(cast: Cast) -> None:
    page = cast.browsers["visitor"].post(f"/join/{invite_of(cast.group)}", {"name_style": "full"})
    assert page.status_code == OK and "Connect with Strava" in page.text
    assert len(cast.group.memberships) == 2


@pytest.mark.parametrize("invite", ["wrong", "%00", "None", "%E2%80%AE"])
def test_a_wrong_link_says_so_to_everyone(cast: Cast, invite: str) -> None:
    assert cast.statuses(f"/join/{invite}") == [NONE] * 4
    page = words(cast.browsers["visitor"].get(f"/join/{invite}"))
    assert "This invite link leads nowhere" in page and "ask whoever sent it to you" in page


def test_joining_takes_consent_and_leads_to_the_group(app: Flask, cast: Cast) -> None:
    challenge = this_month(cast.group, teams=("Red", "Blue"))
    browser, invite = cast.browsers["stranger"], f"/join/{invite_of(cast.group)}"
    page = words(browser.get(invite))
    assert "Stan Strange" in page and "Stan S." in page and "never see a single run" in page
    answer = browser.post(invite, {"name_style": "alias", "alias": "Speedy"})
    assert answer.headers["Location"] == cast.home
    run_jobs(app)
    assert "Speedy" in browser.get(cast.home).text
    member_sees = cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}").text
    assert "Speedy" in member_sees and "Stan" not in member_sees
    assert browser.get(invite).headers["Location"] == cast.home
    assert browser.post(invite, {"name_style": "full"}).headers["Location"] == cast.home
    assert db.session.scalar(select(func.count()).where(Membership.runner_id == cast.runners["stranger"].id)) == 1


def test_the_join_page_says_what_will_count(cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    window = {"starts_on": today - timedelta(days=3), "ends_on": today + timedelta(days=3)}
    values = {"team_mode": "named", **window}
    plain = make_challenge(cast.group, teams=("Red",), name="Plain", **values)
    make_challenge(cast.group, teams=("Blue",), name="Whole", late_counts_whole=True, **values)
    make_challenge(cast.group, name="Later", starts_on=today + timedelta(days=5), ends_on=today + timedelta(days=9))
    page = words(cast.browsers["stranger"].get(f"/join/{invite_of(cast.group)}"))
    since = f"Everything you have run since {day(plain.starts_on)} counts"
    assert f"<b>Plain</b> is under way. {since} for you, and what you run from today on counts for your team." in page
    assert f"<b>Whole</b> is under way. {since}, for you and for your team." in page
    assert "Later" not in page


def test_the_preview_shows_the_row_under_each_name_and_joins_nobody(cast: Cast) -> None:
    browser, invite = cast.browsers["stranger"], f"/join/{invite_of(cast.group)}"
    page = browser.post(invite, {"name_style": "alias", "alias": "Speedy", "preview": "1"})
    for name in ("Stan Strange", "Stan S.", "Speedy"):
        assert f'<span class="who__name">{name}</span>' in page.text
    assert len(cast.group.memberships) == 2


def test_a_runner_called_script_is_shown_as_they_are_called(app: Flask, cast: Cast) -> None:
    cast.group.name, cast.group.text = "<b>Milers</b>", "<img src=x onerror=alert(1)>"
    runner = make_runner("<script>alert(1)</script>")
    make_member(cast.group, runner)
    this_month(cast.group, name="<i>Month</i>", teams=("<u>Red</u>",))
    db.session.commit()
    for path in ("", "/settings", f"/members/{runner.id}", "/me", "/leave"):
        page = cast.browsers["organiser"].get(cast.home + path).text
        assert "<b>Milers" not in page and "<img" not in page and "<script>alert" not in page
        assert "<i>Month" not in page and "<u>Red" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in cast.browsers["organiser"].get(cast.home).text


def test_a_member_changes_the_name_the_group_sees(cast: Cast) -> None:
    browser = cast.browsers["member"]
    assert "Mia Meyer" in browser.get(f"{cast.home}/me").text
    browser.post(f"{cast.home}/me", {"name_style": "alias", "alias": "Comet"})
    page = cast.browsers["organiser"].get(cast.home).text
    assert "Comet" in page and "Mia" not in page
    assert 'value="Comet"' in browser.get(f"{cast.home}/me").text


def test_words_that_changed_are_asked_about_again(cast: Cast) -> None:
    browser, runner = cast.browsers["member"], cast.runners["member"]
    asking = "What this group sees has changed"
    assert asking not in words(browser.get(cast.home))
    db.session.execute(update(Consent).where(Consent.runner_id == runner.id).values(text_version="2020-01"))
    db.session.commit()
    assert asking in words(browser.get(cast.home))
    assert asking not in words(cast.browsers["organiser"].get(cast.home))
    browser.post(f"{cast.home}/me", {"name_style": "full"})
    assert asking not in words(browser.get(cast.home))


def test_leaving_asks_first_and_then_shuts_the_door(app: Flask, cast: Cast) -> None:
    challenge = this_month(cast.group)
    make_entry(challenge, cast.runners["member"])
    browser, runner_id = cast.browsers["member"], cast.runners["member"].id
    assert "Leave Morning Milers?" in words(browser.get(f"{cast.home}/leave"))
    answer = browser.post(f"{cast.home}/leave")
    assert answer.headers["Location"] == "/home"
    run_jobs(app)
    consent = consent_of(cast.group.id, runner_id)
    assert consent and consent.withdrawn_at
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0
    for path in ("", "/me", f"/c/{challenge.id}", f"/c/{challenge.id}/board.json"):
        assert browser.get(cast.home + path).status_code == NONE


def test_the_page_of_leaving_says_what_it_means_for_the_group(cast: Cast) -> None:
    organiser = cast.browsers["organiser"]
    assert "You are the only organiser." in words(organiser.get(f"{cast.home}/leave"))
    cast.browsers["member"].post(f"{cast.home}/leave")
    assert "the group is deleted" in words(organiser.get(f"{cast.home}/leave"))
    organiser.post(f"{cast.home}/leave")
    for model in (Group, Consent, Membership):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    assert organiser.get(cast.home).status_code == NONE


def test_someone_who_follows_the_last_organiser_is_told_until_they_have_read_it(cast: Cast) -> None:
    cast.browsers["organiser"].post(f"{cast.home}/leave")
    browser = cast.browsers["member"]
    assert "The last organiser has left" in words(browser.get(cast.home))
    assert "The last organiser has left" in words(browser.get(cast.home))
    browser.post(f"{cast.home}/notice")
    assert "The last organiser has left" not in words(browser.get(cast.home))
    assert browser.get(f"{cast.home}/settings").status_code == OK


def test_an_organiser_changes_the_name_and_the_time_zone(cast: Cast) -> None:
    browser = cast.browsers["organiser"]
    before = cast.group.text
    assert 'value="Morning Milers"' in browser.get(f"{cast.home}/settings").text
    answer = browser.post(f"{cast.home}/settings", {"name": "Evening Milers", "tz": "Asia/Tokyo"})
    assert answer.status_code == OUT
    db.session.expire_all()
    assert (cast.group.name, cast.group.tz, cast.group.text) == ("Evening Milers", "Asia/Tokyo", before)
    wrong = browser.post(f"{cast.home}/settings", {"name": "Evening Milers", "tz": "Nowhere"})
    assert wrong.status_code == OK and "from the list" in words(wrong)


def test_a_removed_member_loses_access_at_once_and_the_link_they_know(cast: Cast) -> None:
    runner_id, old = cast.runners["member"].id, invite_of(cast.group)
    page = cast.browsers["organiser"].get(f"{cast.home}/members/{runner_id}/remove")
    assert "Remove Mia Meyer" in page.text
    cast.browsers["organiser"].post(f"{cast.home}/members/{runner_id}/remove", {"renew_invite": "y"})
    assert cast.browsers["member"].get(cast.home).status_code == NONE
    assert cast.browsers["member"].get(f"/join/{old}").status_code == 410
    assert membership_of(cast.group.id, runner_id) is None


def test_a_removed_member_may_come_back_by_the_link_where_it_was_left(cast: Cast) -> None:
    runner_id = cast.runners["member"].id
    cast.browsers["organiser"].post(f"{cast.home}/members/{runner_id}/remove")
    invite = f"/join/{invite_of(cast.group)}"
    assert cast.browsers["member"].post(invite, {"name_style": "full"}).headers["Location"] == cast.home


def test_an_organiser_is_named_told_and_the_first_may_step_down(cast: Cast) -> None:
    organiser, member = cast.browsers["organiser"], cast.browsers["member"]
    refused = organiser.post(f"{cast.home}/step-down")
    assert refused.status_code == 409 and "A group needs an organiser" in words(refused)
    organiser.post(f"{cast.home}/members/{cast.runners['member'].id}/organiser")
    assert "You are an organiser of this group now" in words(member.get(cast.home))
    refused = member.post(f"{cast.home}/members/{cast.runners['organiser'].id}/remove")
    assert refused.status_code == 409
    organiser.post(f"{cast.home}/step-down")
    assert cast.statuses(f"{cast.home}/settings") == [NONE, OK, NONE, OUT]


def test_the_group_shows_its_months_and_the_one_that_runs(app: Flask, cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    begin = today.replace(day=1)
    running = this_month(cast.group, name="Now")
    make_challenge(cast.group, name="Then", starts_on=begin - timedelta(days=90), ends_on=begin - timedelta(days=61))
    make_challenge(cast.group, name="Soon", starts_on=begin + timedelta(days=62), ends_on=begin + timedelta(days=80))
    make_challenge(cast.group, name="Also", starts_on=begin, ends_on=running.ends_on)
    make_challenge(make_group(), name="Elsewhere")
    page = cast.browsers["member"].get(cast.home)
    beside = [text_of(link) for link in elements(page.text, ".panel-dark__beside > a:first-child")]
    assert beside[-1] == "Soon" and set(beside) <= {"Now", "Also", "Soon"}
    for said in ("Now", "Then", "Soon", "Being closed", "Starts soon", "The board is being put together"):
        assert said in words(page)
    assert "Elsewhere" not in page.text
    assert f'<a href="{cast.home}/c/{running.id}">Now</a>' in page.text
    assert "Start a challenge" not in page.text


def test_members_come_fifty_a_page(cast: Cast) -> None:
    for number in range(60):
        make_member(cast.group, make_runner(f"Runner {number:02}"))
    browser = cast.browsers["member"]
    first, second = browser.get(cast.home).text, browser.get(f"{cast.home}?page=2").text
    assert "62 members" in first and "Page 1 of 2" in first
    assert "Runner 10" in first and "Runner 10" not in second
    assert "Runner 59" in second and "Runner 59" not in first
    for odd in ("0", "-1", "99", "x", "9" * 30):
        assert browser.get(f"{cast.home}?page={odd}").status_code == OK


def test_members_are_a_row_of_faces_that_opens_to_the_list(cast: Cast) -> None:
    for number in range(60):
        make_member(cast.group, make_runner(f"Runner {number:02}"))
    browser = cast.browsers["member"]
    first, second = browser.get(cast.home).text, browser.get(f"{cast.home}?page=2").text
    assert len(elements(first, ".faces > summary .avatar")) == 9
    assert "62 members" in text_of(elements(first, ".faces > summary")[0])
    assert not elements(first, ".faces[open]") and elements(second, ".faces[open]")


def test_the_invite_link_stands_above_what_happened_and_once(app: Flask, cast: Cast) -> None:
    challenge = this_month(cast.group)
    assert len(elements(cast.browsers["member"].get(cast.home).text, "#invite")) == 1
    enqueue(Job.PUBLISH_BOARD, challenge.id)
    run_jobs(app)
    page = cast.browsers["member"].get(cast.home).text
    assert len(elements(page, "#invite")) == 1
    assert page.index('id="runners"') < page.index('id="invite"') < page.index("Overtakes") < page.index('id="members"')


def test_a_group_without_a_challenge_says_what_to_do(cast: Cast) -> None:
    assert "No challenge yet" in words(cast.browsers["organiser"].get(cast.home))


def test_every_form_asks_for_its_token(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in ("/groups/new", f"/join/{invite_of(cast.group)}", f"{cast.home}/leave", f"{cast.home}/settings"):
            assert cast.browsers["organiser"].post(path, {"name_style": "full"}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert len(cast.group.memberships) == 2

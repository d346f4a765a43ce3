"""The page on which a member chooses what the group sees: levels, switches, and forms that were opened before."""

from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser, words
from tests.support.builders import invite_of, make_group, make_member, make_runner
from tests.support.cast import Cast
from tests.support.consents import choose
from tests.support.forms import form_with
from webapp.db import db
from webapp.groups.audit_queries import log_page
from webapp.groups.queries import consent_of
from webapp.groups.rules import Change
from webapp.models.groups import Consent
from webapp.models.words import ConsentLevel
from webapp.paging import Page
from webapp.privacy.rules import LEVELS
from webapp.privacy.switch_rules import SWITCHES
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

NOW = {"text_version": GROUP_CONSENT_VERSION, "name_style": "full"}


def consent(cast: Cast) -> Consent:
    db.session.expire_all()
    found = consent_of(cast.group.id, cast.runners["member"].id)
    assert found
    return found


def switched_on(cast: Cast) -> set[str]:
    mine = consent(cast)
    return {switch.name for switch in SWITCHES if getattr(mine, switch.column)}


def send(cast: Cast, **form: str) -> str:
    return words(cast.browsers["member"].post(f"{cast.home}/me", form))


def test_every_switch_is_a_column_and_starts_off(cast: Cast) -> None:
    assert {switch.column for switch in SWITCHES} <= set(Consent.__table__.c.keys())
    assert switched_on(cast) == set()


def test_the_page_says_of_each_level_and_switch_what_it_shows_to_whom(cast: Cast) -> None:
    page = words(cast.browsers["member"].get(f"{cast.home}/me"))
    says = [level.says for level in LEVELS.values()] + [switch.says for switch in SWITCHES]
    assert [sentence for sentence in says if sentence not in page] == []


def test_the_page_says_which_switches_nothing_uses_yet(cast: Cast) -> None:
    page = words(cast.browsers["member"].get(f"{cast.home}/me"))
    now, later = page.split("These features do not exist yet, so nothing uses your answer.")
    assert [switch.name for switch in SWITCHES if switch.label not in (now if switch.is_used else later)] == []
    assert [switch.name for switch in SWITCHES if not switch.is_used and "will be able to" not in switch.says] == []


def test_a_name_of_ones_own_is_not_called_optional_since_it_is_required_once_chosen(cast: Cast) -> None:
    page = cast.browsers["member"].get(f"{cast.home}/me").text
    assert "Which other name?" in page and ">optional<" not in page


def test_the_row_that_others_see_is_described_by_the_level(cast: Cast) -> None:
    assert "Totals by day, never a single run." in words(cast.browsers["member"].get(f"{cast.home}/me"))
    assert "It has your place and no total" in send(cast, **NOW, level="points", preview="1")
    assert "Nothing. You are on no board." in send(cast, **NOW, level="hidden", preview="1")


def test_what_is_for_later_is_folded_until_a_member_has_agreed_to_some_of_it(cast: Cast) -> None:
    folded = '<details class="more" >'
    assert folded in cast.browsers["member"].get(f"{cast.home}/me").text
    send(cast, **NOW, public_totals="y")
    assert folded not in cast.browsers["member"].get(f"{cast.home}/me").text


def test_each_switch_goes_on_and_off_by_itself(cast: Cast) -> None:
    for switch in SWITCHES:
        send(cast, **NOW, **{switch.name: "y"})
        assert switched_on(cast) == {switch.name}
    send(cast, **NOW)
    assert switched_on(cast) == set()


def test_saying_the_same_again_keeps_since_when(cast: Cast) -> None:
    send(cast, **NOW, nudges="y")
    since = consent(cast).nudges_at
    send(cast, **NOW, nudges="y", missing="y")
    assert since and consent(cast).nudges_at == since


def test_a_level_is_chosen_and_stays_when_a_form_does_not_name_it(cast: Cast) -> None:
    send(cast, **NOW, level="points")
    assert consent(cast).level == ConsentLevel.POINTS
    send(cast, **NOW)
    assert consent(cast).level == ConsentLevel.POINTS
    assert "Not a valid choice" in send(cast, **NOW, level="everything")
    assert consent(cast).level == ConsentLevel.POINTS


def test_a_form_of_an_older_text_saves_nothing_says_so_and_loses_nothing(cast: Cast) -> None:
    choose(cast.group.id, cast.runners["member"].id, "points", outside=True)
    page = send(cast, text_version="2026-01-01", name_style="alias", alias="Comet", level="hidden", nudges="y")
    assert "has changed since you opened it, so nothing is saved yet" in page
    assert (consent(cast).level, consent(cast).shown_name) == (ConsentLevel.POINTS, "Mia Meyer")
    assert 'value="Comet"' in page and f'value="{GROUP_CONSENT_VERSION}"' in page
    for ticked in ("nudges", "outside", "level-2"):
        assert _is_checked(page, ticked), ticked
    assert not _is_checked(page, "missing")


def test_a_switch_that_an_older_form_asked_about_stays_as_the_member_left_it(cast: Cast) -> None:
    choose(cast.group.id, cast.runners["member"].id, outside=True, nudges=True)
    home = f"{cast.home}/me"
    filled = form_with(cast.browsers["member"].get(home).text, "outside").filled
    del filled["outside"]
    page = send(cast, **{**filled, "text_version": "2026-01-01"})
    assert "nothing is saved yet" in page and not _is_checked(page, "outside") and _is_checked(page, "nudges")
    assert form_with(page, "outside").filled["asked"] == filled["asked"]


def test_a_form_that_did_not_ask_about_a_switch_leaves_it(cast: Cast) -> None:
    choose(cast.group.id, cast.runners["member"].id, outside=True, nudges=True)
    send(cast, **NOW, asked="nudges missing no_such_switch", missing="y", photo="y")
    assert switched_on(cast) == {"outside", "missing"}


def _is_checked(page: str, field_id: str) -> bool:
    tag = page.split(f'id="{field_id}"')[0].rsplit("<input", 1)[1] + page.split(f'id="{field_id}"')[1].split(">")[0]
    return " checked" in tag


def test_a_form_from_before_there_were_versions_changes_what_it_knew_alone(cast: Cast) -> None:
    choose(cast.group.id, cast.runners["member"].id, "points", outside=True, longest=True)
    send(cast, name_style="alias", alias="Comet", fits_me="y")
    assert switched_on(cast) == {"outside", "fits_me"}
    assert (consent(cast).level, consent(cast).shown_name) == (ConsentLevel.POINTS, "Comet")


def test_the_log_says_what_a_member_changed(cast: Cast) -> None:
    send(cast, **NOW, level="points", nudges="y")
    line = log_page(cast.group.id, Page(1, 9))[0]
    assert line.sentence == "Mia Meyer changed what the group sees of their running"
    assert line.change == Change(
        "The group sees: My totals; Captains and buddies may nudge me: off",
        "The group sees: My place only; Captains and buddies may nudge me: on",
    )
    send(cast, **NOW, level="points")
    assert log_page(cast.group.id, Page(1, 9))[0].change == Change(
        "Captains and buddies may nudge me: on", "Captains and buddies may nudge me: off"
    )
    send(cast, **NOW, level="points")
    assert len(log_page(cast.group.id, Page(1, 9))) == 2


def test_leaving_takes_everything_back(cast: Cast) -> None:
    mine, runner_id = consent(cast).id, cast.runners["member"].id
    choose(cast.group.id, runner_id, "points", **{switch.name: True for switch in SWITCHES})
    cast.browsers["member"].post(f"{cast.home}/leave")
    db.session.expire_all()
    left = db.session.scalars(select(Consent).where(Consent.id == mine)).one()
    assert (left.level, left.withdrawn_at is None) == (ConsentLevel.TOTALS, False)
    assert [switch.name for switch in SWITCHES if getattr(left, switch.column)] == []


def test_a_runner_chooses_the_level_on_joining(app: Flask) -> None:
    group, runner, browser = make_group(), make_runner("Ben Obi"), Browser(app)
    make_member(group)
    browser.sign_in_as(runner)
    assert "My place only" in words(browser.get(f"/join/{invite_of(group)}"))
    late = words(browser.post(f"/join/{invite_of(group)}", {"text_version": "2026-01-01", "name_style": "full"}))
    assert "nothing is saved yet" in late and consent_of(group.id, runner.id) is None
    browser.post(f"/join/{invite_of(group)}", {**NOW, "level": "hidden"})
    joined = consent_of(group.id, runner.id)
    assert joined and joined.level == ConsentLevel.HIDDEN

"""A text that shows more than an older one hides what it widens until members have agreed to it."""

from pathlib import Path

from flask import Flask
from sqlalchemy import ColumnElement, select

from tests.support.builders import NOON, make_group, make_member, make_runner
from webapp.db import db
from webapp.groups.queries import consent_of
from webapp.memberships.consent_service import agree_to_text
from webapp.models.groups import Consent
from webapp.models.words import ConsentLevel
from webapp.privacy.queries import consent_holds, level_of, shows, switched_on
from webapp.privacy.switch_rules import LONGEST, PHOTO
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION, TEXT_VERSIONS, TextVersion, covers, digest_of_texts

AGREEMENT = Path(__file__).parents[2] / "webapp" / "templates" / "memberships" / "_agreement.html"
OLD, NEW = TextVersion("2027-01-01", ""), TextVersion("2027-02-01", "", frozenset({ConsentLevel.TOTALS, PHOTO}))
VERSIONS = (OLD, NEW, TextVersion("2027-03-01", ""))


def test_the_words_of_the_consent_are_those_of_the_latest_version() -> None:
    # If this fails, the words have changed: add a version, and say what it shows more of than the one before.
    assert digest_of_texts(AGREEMENT.read_text().partition("#}")[2]) == TEXT_VERSIONS[-1].digest
    assert [version.name for version in TEXT_VERSIONS] == sorted({version.name for version in TEXT_VERSIONS})


def test_an_agreement_covers_what_no_later_text_widened() -> None:
    def covered(name: str) -> list[bool]:
        return [covers(name, what, VERSIONS) for what in (ConsentLevel.TOTALS, ConsentLevel.POINTS, PHOTO, LONGEST)]

    assert covered("2027-01-01") == covered("before any version") == [False, True, False, True]
    assert covered("2027-02-01") == covered("2027-03-01") == [True, True, True, True]


def test_a_member_is_hidden_by_a_wider_text_until_they_answer(app: Flask) -> None:
    group = make_group()
    old, new, points = (make_runner(name) for name in ("Ana Old", "Bo New", "Cy Points"))
    for runner, level in ((old, "totals"), (new, "totals"), (points, "points")):
        make_member(group, runner, level=level, photo_at=NOON, longest_at=NOON)
    consents = [consent for one in (old, new, points) if (consent := consent_of(group.id, one.id))]
    for consent, version in zip(consents, (OLD, NEW, OLD), strict=True):
        consent.text_version = version.name
    db.session.commit()

    def shown(*conditions: ColumnElement[bool]) -> list[int]:
        return list(db.session.scalars(select(Consent.runner_id).where(*conditions).order_by(Consent.id)))

    assert shown(consent_holds(versions=VERSIONS)) == [new.id, points.id]
    assert [level_of(consent, VERSIONS) for consent in consents] == [None, "totals", "points"]
    assert shown(shows(PHOTO, versions=VERSIONS)) == [new.id]
    assert shown(shows(LONGEST, versions=VERSIONS)) == [old.id, new.id, points.id]
    assert agree_to_text(consents[0], VERSIONS[-1].name, NOON, VERSIONS)
    assert not agree_to_text(consents[2], VERSIONS[-1].name, NOON, VERSIONS)
    db.session.commit()
    assert shown(consent_holds(versions=VERSIONS)) == [old.id, new.id, points.id]
    assert not switched_on(PHOTO, consents[0], VERSIONS), "nobody switched on what it shows now"
    assert switched_on(LONGEST, consents[0], VERSIONS)


def test_everybody_who_agrees_now_agrees_to_the_latest_text() -> None:
    assert all(covers(GROUP_CONSENT_VERSION, what) for version in TEXT_VERSIONS for what in version.widens)

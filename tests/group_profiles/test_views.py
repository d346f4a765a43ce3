"""Pages of a group for those who are not in it, and the form in which its organisers fill them."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.support.cast import Cast, make_cast
from tests.support.forms import form_with
from tests.support.html import definitions, elements, shown
from tests.support.pictures import picture_file
from webapp.db import db
from webapp.formatting import Units
from webapp.group_profiles.queries import pictures_of, profile_of
from webapp.groups.audit_queries import log_page
from webapp.paging import Page

TOLD = {
    "listed": "y", "area": "Bangsar, Kuala Lumpur", "text": "Towpath miles & <tea>.",
    "quickest": "5:00", "slowest": "6:30", "shortest": "5", "farthest": "12",
    "beginners": "y", "languages": "English, Malay",
    "weekday_1": "6", "starts_at_1": "07:00", "place_1": "Lake",
    "weekday_2": "1", "starts_at_2": "18:30", "place_2": "",
}  # fmt: skip


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app, tz="Asia/Kuala_Lumpur")


def save(cast: Cast, **changed: Any) -> Any:
    """Send the form as an organiser, all filled in but for what is `changed`."""
    fields = {name: value for name, value in {**TOLD, **changed}.items() if value is not None}
    return cast.browsers["organiser"].post(f"{cast.home}/profile", fields, content_type="multipart/form-data")


def page_of(cast: Cast) -> str:
    return f"/groups/{cast.group.slug}"


def test_what_is_typed_stands_in_the_form_and_on_the_page(cast: Cast) -> None:
    assert save(cast).status_code == 302
    form = form_with(cast.browsers["organiser"].get(f"{cast.home}/profile").text, "area")
    # Meetings come in the order of the week, and browsers send times with their seconds left out.
    days = {"weekday_1": "1", "starts_at_1": "18:30", "place_1": ""}
    days |= {"weekday_2": "6", "starts_at_2": "07:00", "place_2": "Lake"}
    assert {name: form.filled.get(name) for name in TOLD} == {**TOLD, **days}
    page = cast.browsers["stranger"].get(page_of(cast)).text
    said = definitions(page)
    assert said == {"Pace": "5:00 to 6:30 /km", "Distance": "5 to 12 km", "Languages": "English, Malay"}
    assert "Towpath miles & <tea>." in shown(page)
    assert "Tuesday 18:30 Sunday Lake 07:00 Time zone: Kuala Lumpur." in shown(page)


def test_organisers_decide_who_can_read_the_page(cast: Cast) -> None:
    assert cast.statuses(page_of(cast)) == [200, 200, 404, 404], "nothing is told before somebody says so"
    save(cast)
    assert cast.statuses(page_of(cast)) == [200, 200, 200, 404]
    save(cast, public="y")
    assert cast.statuses(page_of(cast)) == [200, 200, 200, 200]
    save(cast, listed=None)
    assert cast.statuses(page_of(cast)) == [200, 200, 404, 404]


def test_only_organisers_change_it(cast: Cast) -> None:
    assert cast.statuses(f"{cast.home}/profile") == [200, 404, 404, 302]
    for who in ("member", "stranger"):
        assert cast.browsers[who].post(f"{cast.home}/profile", TOLD).status_code == 404
    assert not profile_of(cast.group.id).listed


def test_only_a_public_page_is_for_search_engines_and_previews(cast: Cast) -> None:
    save(cast, picture=(picture_file(), "us.jpg"))
    listed = cast.browsers["stranger"].get(page_of(cast))
    assert listed.headers["X-Robots-Tag"] == "noindex"
    assert elements(listed.text, "meta[property]") == []
    save(cast, public="y")
    public = cast.browsers["visitor"].get(page_of(cast))
    assert public.headers["X-Robots-Tag"] == "all"
    tags = [one.attributes for one in elements(public.text, "meta[property]")]
    told = {str(tag["property"]): tag["content"] for tag in tags}
    address = cast.browsers["visitor"].address
    assert told["og:title"] == cast.group.name
    assert told["og:description"] == "Towpath miles & <tea>."
    assert told["og:url"] == f"{address}{page_of(cast)}"
    image = told["og:image"] or ""
    assert image.startswith(f"{address}{page_of(cast)}/picture/")
    assert cast.browsers["visitor"].get(image.removeprefix(address)).mimetype == "image/jpeg"
    assert cast.browsers["visitor"].get("/").headers["X-Robots-Tag"] == "noindex"


def test_a_picture_is_served_for_ever_to_those_who_read_the_page(cast: Cast) -> None:
    save(cast, picture=(picture_file((1000, 500)), "us.jpg"))
    image = elements(cast.browsers["stranger"].get(page_of(cast)).text, "img.group-picture")[0]
    assert (image.attributes["width"], image.attributes["height"]) == ("1000", "500")
    whole = str(image.attributes["src"])
    small = whole.replace(".jpg", "/small.jpg")
    for path in (whole, small):
        assert cast.statuses(path) == [200, 200, 200, 404]
        answer = cast.browsers["stranger"].get(path)
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == "image/jpeg"
    save(cast, picture=(picture_file((500, 500)), "us.jpg"))
    assert cast.statuses(whole) == [404, 404, 404, 404], "a picture that was replaced is gone"
    save(cast, remove_picture="y")
    assert pictures_of([cast.group.id]) == {}


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (BytesIO(b"no picture"), "This is not a picture that we can read."),
        (BytesIO(bytes(5 * 1024 * 1024 + 1)), "This file is larger than 5 MB."),
        (picture_file((6400, 6400), "PNG", "1"), "This picture has more than 40 megapixels."),
    ],
)
def test_a_file_that_is_no_picture_is_answered_and_nothing_typed_is_lost(cast: Cast, file: BytesIO, says: str) -> None:
    answer = save(cast, picture=(file, "us.jpg"))
    assert says in shown(answer.text, "#picture-error")
    form = form_with(answer.text, "area")
    assert {name: form.filled.get(name) for name in TOLD} == TOLD
    assert not profile_of(cast.group.id).listed


def test_a_request_that_is_too_large_says_what_may_be_sent(cast: Cast) -> None:
    answer = save(cast, picture=(BytesIO(bytes(6_000_000)), "us.jpg"))
    assert answer.status_code == 413
    assert "5 MB at most. Go back" in shown(answer.text)
    elsewhere = cast.browsers["organiser"].post(f"{cast.home}/settings", {"text": "x" * 300_000})
    assert elsewhere.status_code == 413


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("area", "", "Say roughly where you run"),
        ("quickest", "fast", "Minutes and seconds, as in 5:30."),
        ("slowest", "1:00", "Between 2:30 and 15:00, please."),
        ("farthest", "900", "Between half a kilometre and 200 km, please."),
        ("shortest", "a few", "A number of km, as in 12.5."),
        ("starts_at_1", "", "At what time? As in 18:30."),
        ("starts_at_1", "25:00", "Not a valid time value."),
        ("weekday_1", "", "On which day?"),
        ("weekday_1", "7", "Not a valid choice."),
        ("text", "\u202egnp", "Some of these characters cannot be shown."),
    ],
)
def test_what_cannot_be_read_is_said_where_it_was_typed(cast: Cast, field: str, value: str, says: str) -> None:
    answer = save(cast, picture=(picture_file(), "us.jpg"), **{field: value})
    assert says in shown(answer.text, f"#{field}-error")
    form = form_with(answer.text, "area")
    assert form.filled.get("languages") == TOLD["languages"]
    assert "Please choose it again" in shown(answer.text, "#picture-error")


def test_paces_are_typed_in_the_organisers_own_unit_and_in_any_order(cast: Cast) -> None:
    cast.runners["organiser"].units = Units.MI
    db.session.commit()
    save(cast, quickest="10:00", slowest="8:00", shortest="3", farthest="")
    db.session.rollback()
    profile = profile_of(cast.group.id)
    assert (profile.quickest, profile.slowest, profile.shortest_m, profile.farthest_m) == (298, 373, 4828, 4828)
    form = form_with(cast.browsers["organiser"].get(f"{cast.home}/profile").text, "area")
    assert [form.filled[name] for name in ("quickest", "slowest", "shortest", "farthest")] == [
        "8:00",
        "10:00",
        "3",
        "3",
    ]


def test_each_change_is_in_the_log_of_the_group(cast: Cast) -> None:
    save(cast, picture=(picture_file(), "us.jpg"))
    save(cast, remove_picture="y")
    save(cast, remove_picture="y")
    db.session.rollback()
    assert [line.sentence for line in reversed(log_page(cast.group.id, Page(1, 9)))] == [
        "Olga Orlova changed what others may read of the group",
        "Olga Orlova changed the picture of the group",
        "Olga Orlova removed the picture of the group",
    ]


def test_the_form_is_offered_on_the_settings(cast: Cast) -> None:
    settings = cast.browsers["organiser"].get(f"{cast.home}/settings").text
    assert f"{cast.home}/profile" in [link.attributes["href"] for link in elements(settings, "a")]

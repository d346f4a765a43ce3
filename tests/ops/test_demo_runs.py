"""The group runs of a trial: what their form takes, by the forms and pages of the application."""

from ops.demo_runs import ANSWERS, NOTES, PACE_GROUPS, PLACES
from webapp.group_runs.rules import MAX_PACE_GROUPS, MAX_PLACE
from webapp.models.words import RsvpAnswer
from webapp.rsvps.rules import MAX_NOTE
from webapp.rulebook.units import read_amount, read_pace


def test_paces_and_distances_read_the_same_in_miles_and_kilometres() -> None:
    for one in PACE_GROUPS:
        for field, read in (("fast", read_pace), ("slow", read_pace)):
            assert read(one[field], "mi") == read(one[field], "km")
        assert read_amount(one["distance"], "distance", "mi") == read_amount(one["distance"], "distance", "km")


def test_what_is_answered_and_planned_is_within_the_limits() -> None:
    assert set(ANSWERS) <= set(RsvpAnswer) and len(PACE_GROUPS) <= MAX_PACE_GROUPS
    assert all(len(note) <= MAX_NOTE for note in NOTES)
    assert all(len(place["meeting_place"]) <= MAX_PLACE for place in PLACES)

"""What a group tells of itself: which visitors see it, and how its days, paces and distances read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from webapp.formatting import Units, pace
from webapp.rulebook.units import amount_text

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """When and where a group usually meets. Monday is 0; the time is that of the group's zone."""

    weekday: int
    starts_at: time
    place: str = ""

    @property
    def day(self) -> str:
        return WEEKDAYS[self.weekday]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a group tells of itself. Paces in seconds per km, distances in metres; None where it tells none."""

    listed: bool = False
    public: bool = False
    area: str = ""
    quickest: int | None = None
    slowest: int | None = None
    shortest_m: int | None = None
    farthest_m: int | None = None
    beginners: bool = False
    languages: str = ""
    meetings: tuple[Meeting, ...] = ()


def is_visible(*, listed: bool, public: bool, is_signed_in: bool, is_member: bool) -> bool:
    """Return whether somebody sees the page and the picture of a group."""
    return public or is_member or (listed and is_signed_in)


def paces_in_words(profile: Profile, units: Units) -> str | None:
    """Return "5:00 to 6:30 /km", None where the group tells none."""
    if profile.quickest is None or profile.slowest is None:
        return None
    quick, slow = pace(profile.quickest, units), pace(profile.slowest, units)
    return quick if quick == slow else f"{quick.partition(' ')[0]} to {slow}"


def distances_in_words(profile: Profile, units: Units) -> str | None:
    """Return "5 to 12 km", None where the group tells none."""
    if profile.shortest_m is None or profile.farthest_m is None:
        return None
    short, far = (amount_text(metres, "distance", units) for metres in (profile.shortest_m, profile.farthest_m))
    return short if short == far else f"{short.rpartition(' ')[0]} to {far}"


def days_in_words(meetings: Sequence[Meeting]) -> str:
    """Return the days on which a group meets, each once: "Tue, Thu, Sun"."""
    return ", ".join(WEEKDAYS[day][:3] for day in sorted({meeting.weekday for meeting in meetings}))


def profile_in_words(profile: Profile) -> dict[str, str]:
    """Return what the log compares when a profile changes."""
    meetings = (f"{one.day} {one.starts_at:%H:%M} {one.place}".rstrip() for one in profile.meetings)
    return {
        "in the directory": _yes_or_no(profile.listed),
        "public page": _yes_or_no(profile.public),
        "area": profile.area,
        "paces": paces_in_words(profile, Units.KM) or "",
        "distances": distances_in_words(profile, Units.KM) or "",
        "beginners welcome": _yes_or_no(profile.beginners),
        "languages": profile.languages,
        "meetings": ", ".join(meetings),
    }


def _yes_or_no(answer: bool) -> str:
    return "yes" if answer else "no"

"""The JSON that Strava answers with."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from integrations.strava_simulator.avatars import address_of
from integrations.strava_simulator.figures import dice
from integrations.strava_simulator.people import CLUBS

# The older `type` of a sport that `type` does not know.
OLDER_TYPE = {
    "TrailRun": "Run",
    "MountainBikeRide": "Ride",
    "GravelRide": "Ride",
    "EMountainBikeRide": "EBikeRide",
    "VirtualRow": "Rowing",
}
SAME_TYPE = {
    "AlpineSki", "BackcountrySki", "Canoeing", "Crossfit", "EBikeRide", "Elliptical", "Golf", "Handcycle", "Hike",
    "IceSkate", "InlineSkate", "Kayaking", "Kitesurf", "NordicSki", "Ride", "RockClimbing", "RollerSki", "Rowing",
    "Run", "Sail", "Skateboard", "Snowboard", "Snowshoe", "Soccer", "StairStepper", "StandUpPaddling", "Surfing",
    "Swim", "Velomobile", "VirtualRide", "VirtualRun", "Walk", "WeightTraining", "Wheelchair", "Windsurf",
    "Workout", "Yoga",
}  # fmt: skip


def fault(message: str, *errors: tuple[str, str, str]) -> dict[str, Any]:
    """Return the body of an error; each of `errors` is (resource, field, code)."""
    return {
        "message": message,
        "errors": [{"resource": resource, "field": field, "code": code} for resource, field, code in errors],
    }


def athlete_summary(who: Row[Any], public_url: str) -> dict[str, Any]:
    """Return the athlete as the token answer and `/athlete` show them."""
    made = _zulu(who.made_at)
    return {
        "id": who.id,
        "username": None,
        "resource_state": 2,
        "firstname": who.firstname,
        "lastname": who.lastname,
        "bio": "",
        "city": who.city,
        "state": None,
        "country": who.country,
        "sex": who.sex,
        "premium": False,
        "summit": False,
        "created_at": made,
        "updated_at": made,
        "badge_type_id": 0,
        "weight": None,
        "profile_medium": address_of(who.id, public_url),
        "profile": address_of(who.id, public_url),
        "friend": None,
        "follower": None,
    }


def athlete_detail(who: Row[Any], public_url: str) -> dict[str, Any]:
    """Return what `/athlete` adds for a token with profile:read_all."""
    return athlete_summary(who, public_url) | {
        "resource_state": 3,
        "follower_count": 12,
        "friend_count": 15,
        "mutual_friend_count": 0,
        "athlete_type": 1,
        "date_preference": "%d/%m/%Y",
        "measurement_preference": "feet" if who.country == "United States" else "meters",
        "clubs": [],
        "ftp": None,
        "bikes": [],
        "shoes": [],
    }


def activity_summary(run: Row[Any], who: Row[Any]) -> dict[str, Any]:
    """Return one row of the list of activities."""
    row = _what(run) | _how_fast(run) | _where(run, who) | _who_cares(run)
    return {field: value for field, value in row.items() if field not in run.missing}


def activity_detail(run: Row[Any], who: Row[Any]) -> dict[str, Any]:
    """Return one activity in detail, with the fields that the application could use."""
    row = activity_summary(run, who)
    line = _where(run, who)["map"]
    return row | {
        "resource_state": 3,
        "description": "",
        "calories": round(run.distance / 1000 * 68, 1),
        "hide_from_home": False,
        "embed_token": f"{run.id:040x}",
        "segment_efforts": [],
        "splits_metric": [],
        "splits_standard": [],
        "laps": [],
        "best_efforts": [],
        "photos": {"primary": None, "count": 0},
        "map": line | {"polyline": line["summary_polyline"], "resource_state": 3},
    }


def _what(run: Row[Any]) -> dict[str, Any]:
    uploaded = not run.manual
    return {
        "resource_state": 2,
        "athlete": {"id": run.athlete_id, "resource_state": 1},
        "name": run.name,
        "type": older_type(run.sport_type),
        "sport_type": run.sport_type,
        "workout_type": run.workout_type,
        "id": run.id,
        "start_date": _zulu(run.start),
        "start_date_local": f"{run.start_local}Z",
        "timezone": zone_text(run.zone, run.start),
        "utc_offset": float(run.utc_offset),
        "trainer": run.trainer,
        "commute": run.commute,
        "manual": run.manual,
        "private": run.private,
        "visibility": "only_me" if run.private else "everyone",
        "flagged": run.flagged,
        "gear_id": None,
        "device_name": run.device,
        "from_accepted_tag": False,
        "upload_id": run.id + 1_000_000_000 if uploaded else None,
        "upload_id_str": str(run.id + 1_000_000_000) if uploaded else None,
        "external_id": f"watch_push_{run.id}" if uploaded else None,
    }


def _how_fast(run: Row[Any]) -> dict[str, Any]:
    speed = run.distance / run.moving if run.moving else 0.0
    beats = run.heart_rate
    heart = {"average_heartrate": float(beats), "max_heartrate": float(beats + 19)} if beats is not None else {}
    return {
        "distance": run.distance,
        "moving_time": run.moving,
        "elapsed_time": run.elapsed,
        "total_elevation_gain": run.climb,
        "average_speed": round(speed, 3),
        "max_speed": round(speed * 1.3, 3),
        "has_heartrate": beats is not None,
        "heartrate_opt_out": False,
        **heart,
    }


def _where(run: Row[Any], who: Row[Any]) -> dict[str, Any]:
    """Return the location. The application must show that it drops it."""
    points = [] if run.manual or run.trainer else _loop(run, who)
    return {
        "location_city": None,
        "location_state": None,
        "location_country": who.country,
        "start_latlng": list(points[0]) if points else None,
        "end_latlng": list(points[-1]) if points else None,
        "map": {"id": f"a{run.id}", "summary_polyline": polyline(points), "resource_state": 2},
    }


def _who_cares(run: Row[Any]) -> dict[str, Any]:
    return {
        "achievement_count": 0,
        "kudos_count": run.id % 9,
        "comment_count": run.id % 3 // 2,
        "athlete_count": 1,
        "photo_count": 0,
        "total_photo_count": 0,
        "pr_count": 0,
        "has_kudoed": False,
    }


def older_type(sport_type: str) -> str:
    """Return the value of the older field `type`."""
    return sport_type if sport_type in SAME_TYPE else OLDER_TYPE.get(sport_type, "Workout")


def zone_text(zone: str, start: int) -> str:
    """Return a zone as Strava writes it: the GMT part ignores daylight saving."""
    there = datetime.fromtimestamp(start, ZoneInfo(zone))
    shift, saving = there.utcoffset(), there.dst()
    minutes = int((shift.total_seconds() - (saving.total_seconds() if saving else 0)) // 60) if shift else 0
    return f"(GMT{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}) {zone}"


def _zulu(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _loop(run: Row[Any], who: Row[Any]) -> list[tuple[float, float]]:
    chance = dice("loop", run.id)
    town = next((club for club in CLUBS if club.city == who.city), CLUBS[run.athlete_id % len(CLUBS)])
    latitude = town.latitude + chance.uniform(-0.03, 0.03)
    longitude = town.longitude + chance.uniform(-0.03, 0.03)
    reach = run.distance / 1000 / 111 / 3
    steps = [(chance.uniform(-reach, reach), chance.uniform(-reach, reach)) for _ in range(5)]
    middle = [(round(latitude + north, 5), round(longitude + east, 5)) for north, east in steps]
    home = (round(latitude, 5), round(longitude, 5))
    return [home, *middle, home]


def polyline(points: list[tuple[float, float]]) -> str:
    """Encode points as Google's "encoded polyline algorithm format" describes: differences in 5-bit groups."""
    before = (0, 0)
    text: list[str] = []
    for point in points:
        here = (round(point[0] * 1e5), round(point[1] * 1e5))
        text.extend(_encoded(now - then) for now, then in zip(here, before, strict=True))
        before = here
    return "".join(text)


def _encoded(difference: int) -> str:
    left = ~(difference << 1) if difference < 0 else difference << 1
    text = ""
    while left >= 0x20:
        text += chr((0x20 | (left & 0x1F)) + 63)
        left >>= 5
    return text + chr(left + 63)

"""Reading Strava's JSON. Nothing here trusts a field to exist, or to have the documented type.

Activity rows contain coordinates, polylines and cities: they are not read, and so not stored.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from integrations.strava.photos import origin_of
from integrations.strava.types import ActivityRow, AthleteSummary, BadRow, TokenGrant

# Further than anybody went on foot, wheels or skis in one recording; a larger value is an error of a sensor.
MAX_DISTANCE_M = 10_000_000
MAX_TIME_S = 366 * 86_400
MAX_CLIMB_M = 100_000
# Characters of an athlete's whole name, and of the first or last one.
MAX_NAME, MAX_NAME_PART = 120, 60
MAX_ADDRESS = 500
# The widest offset of any zone is 14 h.
MAX_OFFSET_S = 14 * 3600
YEARS = range(1970, 2101)
# Seconds that an access token is taken to live if the answer does not say it.
USUAL_TOKEN_S = 3600
HIDDEN_START = (0, 0, 1)
# Characters that cannot be stored or shown: control characters, those that change the direction of text, and halves of
# surrogate pairs.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SOURCE_ID = re.compile(r"[0-9]{1,19}")


class Absurd(ValueError):
    """A required field is missing or has an impossible value."""


@dataclass(frozen=True, slots=True)
class _Start:
    local_date: date
    utc: datetime
    offset_s: int
    hidden: bool


def activity(raw: object) -> ActivityRow | BadRow:
    """Read one activity, or say why it cannot be read. Never raises.

    Distances and times are rounded to whole metres and seconds. A missing or nonsensical value counts as 0
    where 0 is an honest value (distance, climb, flags). Values too large to store are cut; the rules then decide what
    counts. Only without an id or a local start is there no activity.
    """
    if not isinstance(raw, dict):
        return BadRow(None, "it is not an object")
    source_id = _source_id(raw.get("id"))
    if source_id is None:
        return BadRow(None, "it has no id")
    try:
        return _activity(source_id, raw)
    except Absurd as reason:
        return BadRow(source_id, str(reason))


def owner_of(raw: object) -> int | None:
    """Return the id of the athlete whose activity this is, None if it does not say."""
    athlete = raw.get("athlete") if isinstance(raw, dict) else None
    source_id = _source_id(athlete.get("id")) if isinstance(athlete, dict) else None
    return int(source_id) if source_id else None


def _activity(source_id: str, raw: dict[str, Any]) -> ActivityRow:
    start = _start(raw)
    return ActivityRow(
        source_id=source_id,
        sport_type=_text(raw.get("sport_type"), 40) or _text(raw.get("type"), 40) or "Unknown",
        local_date=start.local_date,
        start_utc=start.utc,
        utc_offset_s=start.offset_s,
        start_hidden=start.hidden,
        distance_m=_amount(raw.get("distance"), MAX_DISTANCE_M) or 0,
        moving_s=_amount(raw.get("moving_time"), MAX_TIME_S) or 0,
        elapsed_s=_amount(raw.get("elapsed_time"), MAX_TIME_S),
        climb_m=_amount(raw.get("total_elevation_gain"), MAX_CLIMB_M) or 0,
        manual=_flag(raw.get("manual")),
        trainer=_flag(raw.get("trainer")),
        private=_flag(raw.get("private")) or raw.get("visibility") == "only_me",
        flagged=_flag(raw.get("flagged")),
        title=_text(raw.get("name"), 255),
        device=_text(raw.get("device_name"), 120),
        athlete_id=owner_of(raw),
    )


def _source_id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if SOURCE_ID.fullmatch(text) and text.strip("0") else None


def _start(raw: dict[str, Any]) -> _Start:
    local = _moment(raw.get("start_date_local"))
    if local is None:
        raise Absurd("its local start is missing or unreadable")
    if local.year not in YEARS:
        raise Absurd(f"it starts in the year {local.year}")
    hidden = (local.hour, local.minute, local.second) == HIDDEN_START
    utc = _moment(raw.get("start_date"))
    if utc is not None and abs((local - utc).total_seconds()) > MAX_OFFSET_S and not hidden:
        utc = None  # no zone is that far away, and the local start decides
    offset = _offset(raw.get("utc_offset"), local, utc)
    # Without start_date, the local time and the offset give the same.
    utc = utc if utc is not None else local - timedelta(seconds=offset)
    return _Start(local.date(), utc.replace(tzinfo=UTC), offset, hidden)


def _moment(value: object) -> datetime | None:
    """Read a time as written; the Z at the end of a local time is false and dropped."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None


def _offset(value: object, local: datetime, utc: datetime | None) -> int:
    number = _number(value)
    if number is None and utc is not None:
        number = (local - utc).total_seconds()
    if number is None or abs(number) > MAX_OFFSET_S:
        return 0
    return round(number)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _amount(value: object, most: int) -> int | None:
    """Return a whole number from 0 to `most`, or None where the field is missing or holds no amount."""
    number = _number(value)
    return round(min(number, most)) if number is not None and number >= 0 else None


def _flag(value: object) -> bool:
    return value is True or value == 1 or value == "true"


def _text(value: object, most: int) -> str | None:
    if not isinstance(value, str):
        return None
    return UNPRINTABLE.sub("", value).strip()[:most] or None


def athlete(raw: object) -> AthleteSummary:
    """Read an athlete. Raises ValueError where there is no id."""
    fields = raw if isinstance(raw, dict) else {}
    source_id = _source_id(fields.get("id"))
    if source_id is None:
        raise ValueError("an athlete without an id")
    names = (_text(fields.get(part), MAX_NAME_PART) for part in ("firstname", "lastname"))
    name = " ".join(name for name in names if name)[:MAX_NAME].rstrip()
    return AthleteSummary(int(source_id), name, _photo(fields.get("profile")))


def _photo(value: object) -> str | None:
    """Return the address of a picture; for an athlete without one Strava sends a path without a host."""
    return value if isinstance(value, str) and len(value) <= MAX_ADDRESS and origin_of(value) else None


def token_grant(raw: object, now: datetime, *, older: str | None = None) -> TokenGrant:
    """Read the answer of the token endpoint to a code, or to the refresh token `older`.

    A missing part loses nothing else: without an athlete or a scope that part is None; without an expiry the access
    token is taken to live for an hour. A new refresh token may have ended the older one, so it is kept even without an
    access token (`access_token` is then empty and expired). Without a new one the older one stays valid. Raises
    ValueError, which quotes nothing of the answer.
    """
    fields = raw if isinstance(raw, dict) else {}
    access, refresh = (_token(fields.get(name)) for name in ("access_token", "refresh_token"))
    if not (access and (refresh or older)) and not (refresh and older):
        raise ValueError("a token answer without tokens")
    expires_at = _end(fields, now) if access else now
    return TokenGrant(access, refresh or older or "", expires_at, _athlete_or_none(fields), _scopes(fields))


def _token(value: object) -> str:
    return value if isinstance(value, str) else ""


def _end(fields: dict[str, Any], now: datetime) -> datetime:
    expires_at, lasts_s = _number(fields.get("expires_at")), _number(fields.get("expires_in"))
    if expires_at is not None and 0 < expires_at < 2**33:
        return datetime.fromtimestamp(expires_at, UTC)
    return now + timedelta(seconds=lasts_s if lasts_s is not None and 0 < lasts_s < 2**31 else USUAL_TOKEN_S)


def _athlete_or_none(fields: dict[str, Any]) -> AthleteSummary | None:
    try:
        return athlete(fields.get("athlete"))
    except ValueError:
        return None


def _scopes(fields: dict[str, Any]) -> str | None:
    return _text(fields.get("scope"), 200)

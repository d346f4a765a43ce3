"""What a leader's phone sends: taps, one by a button or many at once, and heads."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from webapp.attendance.code_rules import RunnerKeys
from webapp.attendance.rules import MAX_HEADS, MAX_TAPS, Tap, ahead_of, bounded
from webapp.errors import NotUnderstood
from webapp.models.group_runs import GroupRun
from webapp.models.words import AttendanceOutcome

# What a tap says that takes back the ones before it.
NOTHING = "nothing"
MAX_MS = 2**43


class HeadsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Counting heads. Fields: when ("start" or "end"), heads (a number)."""

    when = RadioField(
        "When",
        choices=[SelectChoice("start", "At the start"), SelectChoice("end", "At the end")],
        validators=[InputRequired()],
    )
    heads = IntegerField(
        "How many are there?",
        validators=[
            InputRequired("Please count, and write the number."),
            NumberRange(0, MAX_HEADS, f"Please write a number from 0 to {MAX_HEADS:,}."),
        ],
    )


@dataclass(frozen=True, slots=True)
class SentTaps:
    """Taps as they came, and the keys of those about whom nothing can be noted."""

    taps: list[Tap]
    unknown: list[str]


def tap_of(field: str, keys: RunnerKeys, now: datetime) -> Tap:
    """Return the tap of a button, "key outcome", made now. Raises NotUnderstood."""
    key, _, word = field.partition(" ")
    runner_id = keys.runner_of(key)
    if runner_id is None:
        raise NotUnderstood
    return Tap(runner_id, _outcome(word), now)


def taps_of(text: str, run: GroupRun, keys: RunnerKeys, now: datetime) -> SentTaps:
    """Return the taps that a phone kept: {"sent_at": ms, "taps": [{"key", "outcome", "at": ms}, ...]}.

    Moments are milliseconds since 1970 by the clock of the phone. Raises NotUnderstood.
    """
    sent = _object(text)
    listed = sent.get("taps")
    if not isinstance(listed, list) or len(listed) > MAX_TAPS:
        raise NotUnderstood
    ahead = ahead_of(_moment(sent.get("sent_at")), now)
    unknown: list[str] = []

    def read() -> Iterator[Tap]:
        for one in listed:
            key, word, at = _fields(one)
            runner_id = keys.runner_of(key)
            if runner_id is None:
                unknown.append(key)
            else:
                yield Tap(runner_id, _outcome(word), bounded(run, at, now, ahead=ahead))

    return SentTaps(list(read()), unknown)


def _object(text: str) -> Mapping[str, Any]:
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstood from None
    if not isinstance(sent, dict):
        raise NotUnderstood
    return sent


def _fields(one: object) -> tuple[str, str, datetime]:
    if not isinstance(one, dict):
        raise NotUnderstood
    key, word = one.get("key"), one.get("outcome")
    at = _moment(one.get("at"))
    if not isinstance(key, str) or not isinstance(word, str) or at is None:
        raise NotUnderstood
    return key, word, at


def _moment(ms: object) -> datetime | None:
    is_whole = isinstance(ms, int) and not isinstance(ms, bool)
    return datetime.fromtimestamp(ms / 1000, UTC) if is_whole and 0 <= ms <= MAX_MS else None  # type: ignore[operator]  # whole


def _outcome(word: str) -> AttendanceOutcome | None:
    if word == NOTHING:
        return None
    if word not in set(AttendanceOutcome):
        raise NotUnderstood
    return AttendanceOutcome(word)

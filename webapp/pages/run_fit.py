"""Which pace group of a run fits its reader, and a word about its distance: shown to nobody else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flask import request

from webapp.group_runs.fit_queries import lately
from webapp.group_runs.rules import FASTEST, MAX_DISTANCE, MIN_DISTANCE, SLOWEST
from webapp.pages.run_cards import RunCard, RunReader
from webapp.rulebook.pace_chart import PaceChart, pace_chart
from webapp.rulebook.pace_fit import Fit, Lately, far_run, far_sentence, fit_sentence, fitting
from webapp.rulebook.units import UnreadableError, read_amount, read_pace, write_pace

MAX_TYPED = 12


@dataclass(frozen=True, slots=True)
class TypedFigure:
    """What a reader typed into a field, with the error beside it, or with what it says."""

    text: str = ""
    value: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RunFit:
    """What a run is for its reader. `easy_from`: where their easy pace is from, None while it is not known.

    `reason` and `far` are sentences; `far`: None for a distance that is within reach, or not known.
    """

    pace: TypedFigure
    longest: TypedFigure
    easy_from: Literal["typed", "ledger"] | None
    fit: Fit | None
    reason: str | None
    far: str | None
    chart: PaceChart | None
    # The reader's easy pace, as they would type it.
    own_pace: str | None


def run_fit(card: RunCard, reader: RunReader, now: datetime) -> RunFit | None:
    """Return what a run to come is for its reader; None where it says nothing about itself that could fit or not."""
    bands = [one.band for one in card.pace_groups]
    distance = _shortest_of(card)
    says_nothing = distance is None and not any(band.has_paces or band.distance_m for band in bands)
    if card.phase != "ahead" or card.is_cancelled or not reader.sees_own or says_nothing:
        return None
    pace, longest = typed_pace(reader.units), typed_longest(reader.units)
    known = lately(reader.runner_id, _today(card, now))
    own = Lately(pace.value or known.easy_s_per_km, longest.value or known.longest_m)
    easy = own.easy_s_per_km
    fit = None if easy is None else fitting(bands, easy)
    goes = card.distance_of_mine or (fit.band.distance_m if fit else None) or distance
    far = far_run(goes, own, bands)
    return RunFit(
        pace=pace,
        longest=longest,
        easy_from=None if easy is None else "typed" if pace.value else "ledger",
        fit=fit,
        reason=fit_sentence(fit, easy, reader.units, is_typed=bool(pace.value)) if fit and easy is not None else None,
        far=far_sentence(far, reader.units) if far else None,
        chart=pace_chart(bands, easy, reader.units),
        own_pace=None if easy is None else write_pace(easy, reader.units),
    )


def typed_pace(units: str) -> TypedFigure:
    """Return the easy pace that the reader typed into the address."""
    text = request.args.get("pace", "").strip()[:MAX_TYPED]
    if not text:
        return TypedFigure()
    try:
        seconds = read_pace(text, units)
    except UnreadableError as problem:
        return TypedFigure(text, error=str(problem))
    if FASTEST <= seconds <= SLOWEST:
        return TypedFigure(text, seconds)
    return TypedFigure(
        text, error=f"From {write_pace(FASTEST, units)} to {write_pace(SLOWEST, units)} a {_unit(units)}."
    )


def typed_longest(units: str) -> TypedFigure:
    """Return the longest run of the last 30 days that the reader typed into the address."""
    text = request.args.get("longest", "").strip()[:MAX_TYPED]
    if not text:
        return TypedFigure()
    try:
        metres = read_amount(text, "distance", units)
    except UnreadableError as problem:
        return TypedFigure(text, error=str(problem))
    if MIN_DISTANCE <= metres <= MAX_DISTANCE:
        return TypedFigure(text, metres)
    return TypedFigure(text, error="Please give a distance that people run.")


def _unit(units: str) -> str:
    return "mile" if units == "mi" else "km"


def _shortest_of(card: RunCard) -> int | None:
    """Return how far everybody runs at least, as far as the run itself says so."""
    return card.run.min_distance_m or card.run.max_distance_m


def _today(card: RunCard, now: datetime) -> date:
    return now.astimezone(ZoneInfo(card.run.tz)).date()

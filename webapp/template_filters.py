"""What templates format values and build addresses with."""

from flask import Flask

from webapp import addresses
from webapp.formatting import (
    at_least,
    clock_time,
    day,
    distance,
    distance_number,
    duration,
    full_stop,
    local_date,
    local_time,
    moment,
    near,
    ordinal,
    run_pace,
    score,
    score_gap,
    score_needed,
    signed,
    version_day,
    whole_percent,
)


def init_app(app: Flask) -> None:
    addresses.init_app(app)
    lengths = (distance, distance_number, duration, run_pace)
    scores = (score, score_gap, score_needed, whole_percent)
    times = (day, moment, clock_time, local_date, local_time, version_day)
    for function in (at_least, near, full_stop, ordinal, signed, *times, *lengths, *scores):
        app.add_template_filter(function)

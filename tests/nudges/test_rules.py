"""Drafts of a message: by what there is to say, the same each time, and kind."""

import re
from datetime import date

from webapp.nudges.rules import CALL_OUTS, MAX_TEXT, Situation, drafts, together_text

TODAY = date(2026, 11, 12)
NEVER = re.compile(r"\b(lazy|failed|only|excuses?|weight|absent|absence)\b", re.IGNORECASE)


def about(**values: object) -> Situation:
    return Situation(**{"name": "Ana", **values})  # type: ignore[arg-type]  # any field


def test_the_first_draft_names_the_run_that_was_missed_and_who_comes_to_the_next() -> None:
    missed = about(
        missed_on=date(2026, 11, 10), next_on=date(2026, 11, 14), next_at="18:30", next_title="Easy miles",
        people=("Ben", "Cleo"),
    )  # fmt: skip
    assert drafts(missed, TODAY)[0] == (
        "We missed you on Tuesday. On Saturday at 18:30 we run: Easy miles. Ben and Cleo are in."
    )


def test_without_group_runs_it_is_one_person_to_another() -> None:
    assert drafts(about(), TODAY)[0] == "Hi Ana, how are you? Say the word, and I’ll come along for an easy one."


def test_what_is_soon_is_named_by_today_and_tomorrow() -> None:
    assert "Today at 7:00 we run. Ben is in." in drafts(about(next_on=TODAY, next_at="7:00", people=("Ben",)), TODAY)[0]
    assert "Tomorrow at 7:00" in drafts(about(next_on=date(2026, 11, 13), next_at="7:00"), TODAY)[0]


def test_everything_that_is_ready_to_be_sent_is_kind_and_fits() -> None:
    long = about(missed_on=TODAY, next_on=TODAY, next_at="18:30", next_title="x" * 80, people=("B" * 120, "C" * 120))
    for text in (*drafts(about(), TODAY), *drafts(long, TODAY), *CALL_OUTS, together_text(TODAY)):
        assert 0 < len(text) <= MAX_TEXT and not NEVER.search(text), text
    assert len(drafts(long, TODAY)) >= 2

"""When an announcement has ended, and what the log compares of it."""

from datetime import date

from webapp.announcements.rules import Draft, has_ended

TODAY = date(2026, 11, 12)


def test_the_last_day_ends_with_the_day_of_the_group() -> None:
    assert not has_ended(None, TODAY) and not has_ended(TODAY, TODAY)
    assert has_ended(date(2026, 11, 11), TODAY)


def test_every_part_of_an_announcement_is_in_the_words_that_the_log_compares() -> None:
    before = Draft("Sunday", "At nine.", pinned=False, ends_on=None)
    assert before.in_words() == {"title": "Sunday", "pinned": "no", "last day": "", "text": "At nine."}
    after = Draft("Monday", "At ten.", pinned=True, ends_on=TODAY).in_words()
    assert [name for name, words in after.items() if words == before.in_words()[name]] == []

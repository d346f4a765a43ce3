"""Names: whole characters, initials, and which names look the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.look_alikes import MAX_KEY, folded
from webapp.names import (
    MAX_ALIAS,
    MAX_SHOWN_NAME,
    NAMELESS,
    NameStyle,
    called,
    characters,
    cut,
    free_name,
    initials,
    name_with_initial,
    shown_name,
)
from webapp.stand_ins import FORMER, HIDDEN_NAME
from webapp.text import MAX_SEARCH_KEY, search_key

SWISS, FAMILY = "🇨🇭", "👨‍👩‍👧"


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("Ana Ruiz", "Ana R."),
        ("Ana de la Cruz", "Ana C."),
        ("Ana", "Ana"),
        ("Łukasz Żak", "Łukasz Ż."),
        ("Zoe Z\u0301ak", "Zoe Z\u0301."),
        ("", ""),
        (f"Ana {SWISS}", "Ana"),
        (f"Ana Ruiz {SWISS}", "Ana R."),
        ("Bob (Bobby)", "Bob B."),
        ("Tim #teamblue", "Tim t."),
        ("Jo -", "Jo"),
        ("Jo 2", "Jo"),
        ("🏃 Ana Ruiz", "🏃 Ana R."),
        ("रवि क्षत्रिय", "रवि क्ष."),
        (SWISS, SWISS),
    ],
)
def test_the_initial_is_the_first_whole_character_of_the_last_word_with_a_letter(full: str, shown: str) -> None:
    assert name_with_initial(full) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana Ruiz", "AR"),
        ("kim", "K"),
        (f"Ana {SWISS}", "A"),
        ("Bob (Bobby)", "BB"),
        ("Tim #teamblue", "TT"),
        ("Jo -", "J"),
        (SWISS, SWISS),
        (f"{FAMILY} {SWISS}", FAMILY),
        ("Zoe z\u0301ak", "ZZ\u0301"),
        ("Ben R. 2", "BR"),
        ("42", "4"),
        ("", "?"),
    ],
)
def test_an_avatar_shows_whole_characters(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_member_is_shown_by_the_style_they_chose() -> None:
    assert shown_name("Ana  Ruiz", NameStyle.FULL) == "Ana Ruiz"
    assert shown_name("Ana Ruiz", NameStyle.INITIAL) == "Ana R."
    assert shown_name("Ana Ruiz", NameStyle.ALIAS, "  La  Flecha ") == "La Flecha"


@pytest.mark.parametrize("full", ["", "\u202e", "...", "\u3164", " \u200b "])
def test_a_runner_without_a_name_is_a_runner(full: str) -> None:
    assert called(full) == shown_name(full, NameStyle.FULL) == shown_name(full, NameStyle.INITIAL) == NAMELESS


@given(st.text(max_size=400), st.sampled_from(["full", "initial", "alias"]))
def test_whatever_a_runner_is_called_the_shown_name_can_be_kept(full: str, style: str) -> None:
    name = free_name(full, style, "Flecha", {folded("Flecha")})  # type: ignore[arg-type]  # every style is drawn
    assert 0 < len(name) <= MAX_SHOWN_NAME
    assert len(search_key(name)) <= MAX_SEARCH_KEY
    assert 0 < len(folded(name)) <= MAX_KEY


@given(st.lists(st.sampled_from([SWISS, FAMILY, "a", "Z\u0301", "क्ष", " "]), max_size=30), st.integers(1, 30))
def test_a_cut_name_ends_with_a_whole_character(pieces: list[str], most: int) -> None:
    text = "".join(pieces)
    kept = cut(text, most)
    assert len(kept) <= most and text.lstrip().startswith(kept)
    assert characters(kept) == characters(text.lstrip())[: len(characters(kept))]


def in_turn(count: int, full: str, style: str, alias: str = "") -> list[str]:
    """Return the names that namesakes get, one after the other."""
    taken: set[str] = set()
    names = []
    for _ in range(count):
        names.append(free_name(full, style, alias, taken))  # type: ignore[arg-type]  # a style
        taken.add(folded(names[-1]))
    return names


def test_namesakes_get_more_letters_of_the_last_name_and_then_a_number() -> None:
    assert in_turn(5, "Ana Ruiz", "initial") == ["Ana R.", "Ana Ru.", "Ana Rui.", "Ana R. 2", "Ana R. 3"]
    assert in_turn(3, "Ana Ruiz", "full") == ["Ana Ruiz", "Ana Ruiz 2", "Ana Ruiz 3"]
    assert in_turn(2, "Ana", "initial") == ["Ana", "Ana 2"]


def test_runners_without_a_name_are_told_apart_by_a_number() -> None:
    assert in_turn(3, "", "initial") == [NAMELESS, f"{NAMELESS} 2", f"{NAMELESS} 3"]


def test_a_suggestion_fits_where_the_name_did() -> None:
    assert in_turn(2, "Ana Ruiz", "alias", "x" * MAX_ALIAS)[1] == "x" * (MAX_ALIAS - 2) + " 2"


@pytest.mark.parametrize(
    "alias",
    [
        NAMELESS, "a  RUNNER", FORMER, "A former member", "The former member", "Former rnember",
        HIDDEN_NAME, "A member", "An organiser", "an 0rganiser", "The organiser", "Organiser", "Аn оrgаnisеr", "You",
        "a member who keeps their longest run to themselves",
    ],
)  # fmt: skip
def test_nobody_can_choose_the_words_for_a_missing_name(alias: str) -> None:
    assert folded(free_name("Ana Ruiz", NameStyle.ALIAS, alias, set())) != folded(alias)


@given(st.text(max_size=60), st.sampled_from(["full", "initial", "alias"]), st.integers(2, 12))
def test_no_two_namesakes_look_the_same(full: str, style: str, count: int) -> None:
    names = in_turn(count, full, style, "Flecha")
    assert len({folded(name) for name in names}) == count

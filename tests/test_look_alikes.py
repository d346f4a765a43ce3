"""Which names look the same to a reader."""

import pytest

from webapp.look_alikes import MAX_KEY, folded


@pytest.mark.parametrize(
    "other",
    [
        "ana ruiz", "ANA RUIZ", "Anà Rüiz", "Ａｎａ Ｒｕｉｚ", "Ana  Ruiz", "AnaRuiz", "Ana\u200dRuiz",
        "A\u200bna Ruiz", "Ana\u00adRuiz", "Ana Ru1z", "4na Ruiz", "Ana Ruız", "Аna Ruiz", "Αna Ruiz",
        "𝐀𝐧𝐚 Ruiz", "Ana-Ruiz", "Ana Ruiz.", "Ana Rulz", "Ana Ru|z", "Ana Ru׀z",
        "ᴀɴᴀ ʀᴜɪᴢ", "Ana ꭱuiz", "Ꭺna Ꮢuiz", "Ana Rսiz", "Anа Rυiz", "Ⲁnⲁ Ruⲓz", "Ana Ꭱuiz", "Ɑna Ruiz", "ᗅna Ruiz",
        "ꓮna Ruiz", "Ana ꓣuiz", "Ana Ruⅰz", "Ana Ruiƶ", "🄰na Ruiz", "ⓐna Ruiz",
    ],
)  # fmt: skip
def test_names_that_look_the_same_are_one(other: str) -> None:
    assert folded(other) == folded("Ana Ruiz")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("B0b", "Bob"),
        ("Вова", "ВОВА"),
        ("Ольга", "ольга"),
        ("Νίκος", "ΝΊΚΟΣ"),
        ("Straße", "STRASSE"),
        ("Øyvind", "oyvind"),
        ("Þór", "ÞÓR"),
        ("Αρης Σωτηρίου", "ΑΡΗΣ ΣΩΤΗΡΊΟΥ"),
        ("Άννα", "ΆΝΝΑ"),
        ("Ⲁⲛⲛⲁ", "ⲁⲛⲛⲁ"),
        ("Արա", "ԱՐԱ"),
        ("Ꭺna", "ꭺna"),
        ("თამარ", "ᲗᲐᲛᲐᲠ"),
        ("Tim", "TIM"),
        ("Mark", "rnark"),
        ("Ϲora", "Cora"),
        ("ϲora", "Cora"),
        ("Νina", "Nina"),
        ("Ana ٣", "Ana 3"),
    ],
)
def test_a_name_is_one_with_itself_in_capitals_and_with_look_alike_digits(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_long_names_that_differ_in_their_last_letter_are_two() -> None:
    assert folded("m" * 119 + "a") != folded("m" * 119 + "b")
    assert len(folded("m" * 300)) == MAX_KEY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana R.", "Ana Ru."),
        ("Hanna", "Nanna"),
        ("Yusuf", "Uusuf"),
        ("Vera", "Nera"),
        ("Νίκος", "Βίκος"),
        ("Иван", "Ивам"),
        ("Ana", "Ana 2"),
        ("Ana 2", "Ana 3"),
        ("Ana", "Ana 🏃"),
        ("李雷", "韩梅"),
        ("Jan", "Jana"),
    ],
)
def test_names_that_a_reader_can_tell_apart_are_two(one: str, other: str) -> None:
    assert folded(one) != folded(other)

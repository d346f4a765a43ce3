"""Names of runners: their forms, and which one is free in a group."""

import unicodedata
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain, count

import regex
from flask import Flask

from webapp.look_alikes import folded
from webapp.stand_ins import FORMER, HIDDEN_NAME, PRIVATE_LONGEST_RUN, SOME_MEMBER, SOME_ORGANISER, YOU
from webapp.text import cleaned, has_a_letter, tidy


class NameStyle(StrEnum):
    """How a member's name is shown."""

    FULL = "full"
    INITIAL = "initial"
    ALIAS = "alias"


MIN_ALIAS, MAX_ALIAS = 2, 40
MAX_SHOWN_NAME = 120
# A runner without a name on Strava. It is never an id, which would lead everybody to their account there.
NAMELESS = "A runner"

# Words that pages write in place of a name. Nobody can choose them, with any article.
STAND_INS = (FORMER, HIDDEN_NAME, NAMELESS, SOME_MEMBER, SOME_ORGANISER, PRIVATE_LONGEST_RUN, YOU)
ARTICLES = ("a", "an", "the")
_CHARACTER = regex.compile(r"\X")


def characters(text: str) -> list[str]:
    """Return the characters as a reader sees them: a letter with its marks, a flag, a family of emoji."""
    if text.isascii():
        return list(text)  # the usual case, and boards read many
    found: list[str] = _CHARACTER.findall(text)
    return found


def cut(text: str, max_length: int) -> str:
    """Return as many whole characters of `text` as fit into `max_length` code points."""
    kept = ""
    for character in characters(text):
        if len(kept) + len(character) > max_length:
            break
        kept += character
    return kept.strip()


def called(name: str) -> str:
    """Return the name of an account as pages write it."""
    name = cleaned(name)
    return name if has_a_letter(name) else NAMELESS


# As many as a large challenge has names: boards are read page by page.
@lru_cache(16_384)
def initials(name: str) -> str:
    """Return "AR" for "Ana Ruiz", "K" for "kim" and for "Kim 🇨🇭", "🇨🇭" for the flag alone, "?" for no name."""
    words = [letters for word in name.split() if (letters := _letters(word))]
    if not words:
        return (characters(name) or ["?"])[0]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(_capital(letters[0]) for letters in chosen)


def name_with_initial(full: str) -> str:
    """Return first name and initial: "Ana de la Cruz" is "Ana C.", "Bob (Bobby)" is "Bob B.", "Jo -" is "Jo"."""
    first, last = _parts(full)
    return f"{first} {last[0]}." if last else first


def first_name(shown: str) -> str:
    """Return the first name of a name as a group sees it: "Ana" of "Ana Ruiz", with a sign that stands before it."""
    return shown if shown.startswith(NAMELESS) else _parts(shown)[0]


def shown_name(full: str, style: NameStyle, alias: str = "") -> str:
    """Return the name that a group sees of a runner called `full`, if nobody else there has it."""
    name = called(full)
    if style == NameStyle.ALIAS:
        return cut(tidy(alias), MAX_SHOWN_NAME)
    return cut(name if style == NameStyle.FULL or name == NAMELESS else name_with_initial(name), MAX_SHOWN_NAME)


def free_name(full: str, style: NameStyle, alias: str, taken: Collection[str]) -> str:
    """Return the first name of the style that looks like none of those taken, which are given as `folded`.

    Namesakes get more letters of the last name where they chose the initial, never the whole of it; then a number.
    """
    first = shown_name(full, style, alias)
    is_nameless = first == NAMELESS and style != NameStyle.ALIAS
    longer = _longer_names(full) if style == NameStyle.INITIAL else iter(())
    tried = chain([first], longer, _numbered(first, style))
    return next(name for name in tried if folded(name) not in taken and (is_nameless or not is_stand_in(name)))


def is_stand_in(name: str) -> bool:
    """Return whether pages write these words in place of a name."""
    return _without_article(name) in _stand_ins()


@cache
def _stand_ins() -> frozenset[str]:
    return frozenset(map(_without_article, STAND_INS))


def _without_article(words: str) -> str:
    first, _, rest = words.strip().partition(" ")
    return folded(rest if rest and folded(first) in ARTICLES else words)


def _parts(full: str) -> tuple[str, list[str]]:
    """Return the first name, and the letters of the last word that has any ([] without one)."""
    first, *others = full.split() or [""]
    with_letters = [letters for word in others if (letters := _letters(word))]
    if _letters(first) or not with_letters:
        return first, with_letters[-1] if with_letters else []
    # "🏃 Ana Ruiz": the sign stays in front of the first name.
    name, _, rest = full.partition(" ")
    front, last = _parts(rest)
    return f"{name} {front}", last


def _letters(word: str) -> list[str]:
    """Return the characters of a word from its first letter to its last."""
    found = characters(word)
    if word.isalpha() and len(found) == len(word):
        return found
    places = [n for n, character in enumerate(found) if unicodedata.category(character[0]).startswith("L")]
    return found[places[0] : places[-1] + 1] if places else []


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == len(letter) else letter  # "ß" has no single one


def _longer_names(full: str) -> Iterator[str]:
    first, last = _parts(cleaned(full))
    for length in range(2, len(last)):
        yield cut(f"{first} {''.join(last[:length])}.", MAX_SHOWN_NAME)


def _numbered(name: str, style: NameStyle) -> Iterator[str]:
    longest = MAX_ALIAS if style == NameStyle.ALIAS else MAX_SHOWN_NAME
    for number in count(2):
        yield f"{cut(name, longest - len(f' {number}'))} {number}"


def init_app(app: Flask) -> None:
    for function in (called, initials):
        app.add_template_filter(function)

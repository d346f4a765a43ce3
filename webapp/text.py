"""Text as people write it: tidied, checked for characters that a page can show, and folded for searches."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

MAX_SEARCH_KEY = 240
MAX_SEARCH_WORD = 40
WORD = re.compile(r"[^\W_]+")
# The scripts that put no spaces between words.
WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
MARKS_IN_A_ROW = 3
JOINERS = "\u200c\u200d"  # some scripts and emoji need them
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters by category, nothing to the eye


def tidy(text: str) -> str:
    """Return one line: composed characters, single spaces, none around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_writable(text: str, *, lines: bool = False) -> bool:
    """Return whether a page can show `text`: no control, bidi or unassigned characters, no piles of marks."""
    if lines:
        text = text.replace("\r", "").replace("\n", "")
    return all(_harmless(character) for character in text) and not _piled_up(text)


def cleaned(text: str) -> str:
    """Return `text` tidied and without characters that a page cannot show. For names that come from elsewhere."""
    return tidy("".join(character if _harmless(character) else " " for character in text))


def has_a_letter(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def _harmless(character: str) -> bool:
    category = unicodedata.category(character)
    if character in JOINERS:
        return True
    return not (category.startswith("C") or category in ("Zl", "Zp") or character in BLANKS)


def _piled_up(text: str) -> bool:
    runs = groupby(text, key=lambda character: unicodedata.category(character) in ("Mn", "Me"))
    return any(marks and sum(1 for _ in run) > MARKS_IN_A_ROW for marks, run in runs)


def search_key(name: str) -> str:
    """Return what a shown name is searched by: its letters without capitals and accents."""
    return tidy(_plain(name))[:MAX_SEARCH_KEY]


def anywhere(key: str) -> str:
    """Return the pattern of a LIKE, with the escape "/", that finds `key` anywhere in a text."""
    for special in "/%_":
        key = key.replace(special, f"/{special}")
    return f"%{key}%"


def search_words(text: str) -> list[str]:
    """Return the words of a text as searches compare them, without capitals and accents, each once and cut to length.

    Of what is written without spaces, each ending counts as a word, so that a search finds the middle of it too.
    """
    found = (word[:MAX_SEARCH_WORD] for word in WORD.findall(_plain(text)))
    return list(dict.fromkeys(ending for word in found for ending in _endings(word)))


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in letters if not unicodedata.combining(character))


def _endings(word: str) -> list[str]:
    has_spaces = not any(unicodedata.name(character, "").startswith(WITHOUT_SPACES) for character in word)
    return [word] if has_spaces else [word[at:] for at in range(len(word))]


def listed(words: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]

"""Which names look the same to a reader."""

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

# Stored names are folded by this file. It is never changed: see ops/look_alikes.py.
TABLE = Path(__file__).parent / "data" / "look_alikes_17.txt"
MAX_KEY = 240
DIGEST_CHARACTERS = 32


def _read_table() -> dict[str, str]:
    lines = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("# ")]
    return {character: look for look, characters in lines for character in characters}


_LOOKS = _read_table()
# Lunate sigma, which decomposes into another form of the letter.
_WRITTEN = str.maketrans("ϲϹ", "cC")
# A capital I looks like an l, "rn" like an m, and people write digits for letters.
_ONE_OF_EACH = str.maketrans({**dict(zip("0134578", "oleastb", strict=True)), "i": "l", "|": "l", "m": "rn"})


def folded(name: str) -> str:
    """Return the folded name, of at most MAX_KEY characters: names that look the same have the same one.

    Case, accents, width, spaces, punctuation, joiners and invisible characters do not count. Look-alikes are one, by
    the table of Unicode Technical Standard 39. A name without a Latin letter is folded by its capitals, so that it
    equals itself in capitals. Among Latin letters, a letter of another script is folded as it is written.
    """
    plain = unicodedata.normalize("NFKD", name.translate(_WRITTEN))
    has_latin = any(map(_is_latin, plain))
    looks = "".join(_look(character, has_latin) for character in plain)
    seen = "".join(map(_figure, filter(_is_seen, unicodedata.normalize("NFKD", looks.casefold()))))
    # A name of nothing but accents is itself.
    return _shortened(seen.translate(_ONE_OF_EACH) or name)


@lru_cache(4096)
def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ")


def _look(character: str, has_latin: bool) -> str:
    """Return what a character looks like: by the table as it is written or in its other case, otherwise itself."""
    small, capital = character.casefold(), character.upper()
    if len(small) > 1:  # "ß" is "ss"
        return small
    forms: Iterable[str] = (capital, small)
    if has_latin:
        forms = (small, capital) if _is_latin(character) else (character, small, capital)
    return next((_LOOKS[form] for form in forms if form in _LOOKS), small)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNS"


def _figure(character: str) -> str:
    return str(unicodedata.decimal(character, character))


def _shortened(key: str) -> str:
    # The digest keeps long names apart that differ in their last letters only.
    digest = hashlib.sha256(key.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return key if len(key) <= MAX_KEY else key[: MAX_KEY - DIGEST_CHARACTERS] + digest

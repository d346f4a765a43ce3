"""Make webapp/data/look_alikes_<version>.txt from Unicode's confusables.txt: python -m ops.look_alikes confusables.txt

The file says which letter each character looks like, and is never changed: names are stored as folded by it. A newer
version of Unicode gets a file of its own, and a migration that folds the stored names again.
"""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

HEAD = """\
# Which letter each character looks like: the letter, a tab, the characters that look like it.
# Made by ops/look_alikes.py from confusables.txt of Unicode {version} (Unicode Technical Standard 39).
# Copyright 1991-2026 Unicode, Inc. Used under the Unicode License V3: https://www.unicode.org/license.txt
"""
# Coptic letters whose look the table leaves out.
COPTIC = {"ⲁ": "a", "ⲃ": "b", "ⲉ": "e", "ⲍ": "z", "ⲏ": "h", "ⲓ": "i", "ⲕ": "k", "ⲙ": "m", "ⲛ": "n", "ⲧ": "t", "ⲩ": "y"}


def main(source: Path) -> str:
    """Return the text of the file for a confusables.txt."""
    text = source.read_text("utf-8-sig")
    version = re.search(r"^# Version: ([\d.]+)", text, re.MULTILINE)
    if version is None:
        raise SystemExit(f"{source} does not say its version: is it Unicode's confusables.txt?")
    table = with_small_capitals(dict(rows(text)))
    looks: dict[str, list[str]] = {}
    for character, look in sorted(table.items()):
        looks.setdefault(look, []).append(character)
    lines = (f"{look}\t{''.join(characters)}\n" for look, characters in sorted(looks.items()))
    return HEAD.format(version=version[1]) + "".join(lines)


def rows(text: str) -> Iterator[tuple[str, str]]:
    """Yield each character of confusables.txt that may be in a name, with the letters it looks like."""
    for line in text.splitlines():
        fields = line.partition("#")[0].split(";")
        if len(fields) > 1:
            character, look = chr(int(fields[0], 16)), "".join(chr(int(code, 16)) for code in fields[1].split())
            found = letters(look)
            if found and found != character and is_kept(character) and not has_punctuation(look):
                yield character, found


def letters(text: str) -> str:
    """Return the letters, figures and signs of a text, without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if unicodedata.category(character)[0] in "LNS")


def has_punctuation(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "PZ" for character in unicodedata.normalize("NFKD", text))


def is_kept(character: str) -> bool:
    """Return whether a name still has this character when it has been decomposed."""
    return letters(character) in ("", character)


def with_small_capitals(table: Mapping[str, str]) -> dict[str, str]:
    """Let what looks like a small capital (Latin, Greek, Cyrillic, Cherokee) look like the Latin letter."""
    latin = {**_by_capital(table), **_by_name()}
    looks = {character: latin.get(look, look) for character, look in table.items()}
    return {**latin, **looks, **COPTIC}


def _by_capital(table: Mapping[str, str]) -> dict[str, str]:
    """Return, for each look that is no Latin letter, the one that the capitals of its letters look like."""
    found: dict[str, Counter[str]] = {}
    for character, look in [*table.items(), *((look, look) for look in table.values())]:
        capital = table.get(character.upper(), "")
        if not look.isascii() and re.fullmatch("[A-Za-z]", capital):
            found.setdefault(look, Counter())[capital.lower()] += 1
    return {look: capitals.most_common(1)[0][0] for look, capitals in found.items() if len(look) == 1}


def _by_name() -> dict[str, str]:
    names = ((chr(code), unicodedata.name(chr(code), "")) for code in range(sys.maxunicode + 1))
    found = ((character, re.fullmatch("LATIN LETTER SMALL CAPITAL ([A-Z])", name)) for character, name in names)
    return {character: match[1].lower() for character, match in found if match}


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])))

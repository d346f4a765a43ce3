"""The table of look-alikes is made from Unicode's own file."""

from pathlib import Path

import pytest

from ops.look_alikes import main

UNICODE = """\ufeff# confusables.txt
# Version: 99.0.0
0410 ;\t0041 ;\tMA\t# ( А → A ) CYRILLIC CAPITAL LETTER A
0412 ;\t0042 ;\tMA\t# ( В → B ) CYRILLIC CAPITAL LETTER VE
0432 ;\t0299 ;\tMA\t# ( в → ʙ ) CYRILLIC SMALL LETTER VE
13FC ;\t0299 ;\tMA\t# ( ᏼ → ʙ ) CHEROKEE SMALL LETTER YV
006D ;\t0072 006E ;\tMA\t# ( m → rn ) LATIN SMALL LETTER M
0025 ;\t00BA 002F 2080 ;\tMA\t# ( % → º/₀ ) PERCENT SIGN
05AD ;\t0596 ;\tMA\t# ( ֭ → ֖ ) HEBREW ACCENT DEHI
"""


def table_of(text: str) -> dict[str, str]:
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("# "))
    return {character: look for look, characters in lines for character in characters}


def test_a_small_capital_looks_like_its_letter_and_accents_and_signs_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "confusables.txt").write_text(UNICODE)
    text = main(tmp_path / "confusables.txt")
    table = table_of(text)
    assert "Unicode 99.0.0" in text and "unicode.org/license.txt" in text
    assert [table[one] for one in "АВвᏼʙɴᴀm"] == ["A", "B", "b", "b", "b", "n", "a", "rn"]
    assert "%" not in table and "\u05ad" not in table


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("0410 ; 0041 ; MA\n")
    with pytest.raises(SystemExit, match="does not say its version"):
        main(tmp_path / "other.txt")

"""The list of switches that everything else reads."""

import re

from webapp.privacy.switch_rules import FIRST_SWITCHES, SWITCHES


def test_no_two_switches_share_a_name_a_label_or_a_column() -> None:
    for part in ("name", "label", "column"):
        assert len({getattr(switch, part) for switch in SWITCHES}) == len(SWITCHES)
    assert set(FIRST_SWITCHES) <= set(SWITCHES)


def test_each_says_in_whole_sentences_what_it_shows() -> None:
    for switch in SWITCHES:
        assert re.fullmatch(r"[A-Z].*\.", switch.says), switch.name
        assert re.fullmatch(r"when you agreed .*[^.]", switch.exported), switch.name


def test_what_nothing_uses_yet_is_written_in_the_future() -> None:
    assert [switch.name for switch in SWITCHES if ("will be able to" in switch.says) == switch.is_used] == []

"""The code on a leader's phone, and the keys of a tap list."""

import pytest

from tests.support.builders import NOON
from webapp.attendance.code_rules import RunCode, RunnerKeys

KEY, OTHER = "k" * 40, "o" * 40


def test_a_code_says_what_was_signed() -> None:
    code = RunCode(7, NOON)
    assert RunCode.read(code.signed(KEY), KEY) == code


@pytest.mark.parametrize("odd", ["", ".", "7.1", "7.1.x", "é", "7." * 300, "\x00"])
def test_a_code_that_we_did_not_make_says_nothing(odd: str) -> None:
    code = RunCode(7, NOON).signed(KEY)
    assert RunCode.read(odd, KEY) is None
    assert RunCode.read(code, OTHER) is None
    assert RunCode.read(code.replace("7.", "8.", 1), KEY) is None


def test_a_runner_has_one_key_in_a_run_and_another_in_the_next() -> None:
    here, there = RunnerKeys(1, KEY), RunnerKeys(2, KEY)
    assert here.key_of(5) == RunnerKeys(1, KEY).key_of(5) != there.key_of(5)
    assert here.runner_of(here.key_of(5)) == 5
    assert there.runner_of(here.key_of(5)) is None
    assert RunnerKeys(1, OTHER).runner_of(here.key_of(5)) is None


@pytest.mark.parametrize("odd", ["", "5", "x" * 32, "====", "é", "\x00", "A" * 5000])
def test_an_odd_key_is_nobodys(odd: str) -> None:
    assert RunnerKeys(1, KEY).runner_of(odd) is None

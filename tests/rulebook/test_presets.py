"""Ready challenges to begin from."""

import pytest

from webapp.rulebook.presets import PRESETS, Preset, preset_of
from webapp.rulebook.ruleset import RuleSet

presets = pytest.mark.parametrize("preset", PRESETS, ids=[preset.key for preset in PRESETS])


@presets
def test_a_template_is_found_by_its_key(preset: Preset) -> None:
    assert preset_of(preset.key) is preset


def test_a_key_that_nobody_gave_finds_none() -> None:
    assert preset_of("quidditch") is None


@presets
def test_a_preset_has_a_name_that_fits_and_one_line(preset: Preset) -> None:
    assert 3 <= len(preset.name) <= 40
    assert "\n" not in preset.line
    assert len(preset.line) <= 120
    assert preset.line.endswith(".")


@presets
def test_the_rules_of_a_preset_can_be_stored(preset: Preset) -> None:
    assert RuleSet.from_data(preset.rules.to_data()) == preset.rules


@presets
def test_a_team_score_other_than_the_sum_comes_with_teams(preset: Preset) -> None:
    assert (preset.rules.team_score == "sum") is (preset.team_mode == "none")


@presets
def test_only_what_has_a_length_of_its_own_renews(preset: Preset) -> None:
    assert not (preset.renews and preset.frame == "dates")


def test_no_two_templates_are_the_same_challenge() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    made = [(preset.rules.to_data(), preset.frame, preset.team_mode) for preset in PRESETS]
    assert all(one not in made[:place] for place, one in enumerate(made))


def test_they_cover_what_groups_run_most() -> None:
    assert {preset.frame for preset in PRESETS} == {"month", "week", "dates"}
    assert {preset.rules.measure for preset in PRESETS} >= {"distance", "moving_time", "climb", "active_days"}
    assert {preset.rules.team_score for preset in PRESETS} >= {"sum", "average", "best", "met"}

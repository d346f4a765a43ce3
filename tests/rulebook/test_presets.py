"""Ready challenges to begin from."""

import pytest

from webapp.rulebook.presets import TEMPLATES, Template, template_of
from webapp.rulebook.ruleset import RuleSet

templates = pytest.mark.parametrize("template", TEMPLATES, ids=[template.key for template in TEMPLATES])


@templates
def test_a_template_is_found_by_its_key(template: Template) -> None:
    assert template_of(template.key) is template


def test_a_key_that_nobody_gave_finds_none() -> None:
    assert template_of("quidditch") is None


@templates
def test_a_template_has_a_name_that_fits_and_one_line(template: Template) -> None:
    assert 3 <= len(template.name) <= 40
    assert "\n" not in template.line
    assert len(template.line) <= 120
    assert template.line.endswith(".")


@templates
def test_the_rules_of_a_template_can_be_kept(template: Template) -> None:
    assert RuleSet.from_data(template.rules.to_data()) == template.rules


@templates
def test_a_team_score_other_than_the_sum_comes_with_teams(template: Template) -> None:
    assert (template.rules.team_score == "sum") is (template.team_mode == "none")


@templates
def test_only_what_has_a_length_of_its_own_renews(template: Template) -> None:
    assert not (template.renews and template.frame == "dates")


def test_no_two_templates_are_the_same_challenge() -> None:
    assert len({template.name for template in TEMPLATES}) == len(TEMPLATES)
    made = [(template.rules.to_data(), template.frame, template.team_mode) for template in TEMPLATES]
    assert all(one not in made[:place] for place, one in enumerate(made))


def test_they_cover_what_groups_run_most() -> None:
    assert {template.frame for template in TEMPLATES} == {"month", "week", "dates"}
    assert {template.rules.measure for template in TEMPLATES} >= {"distance", "moving_time", "climb", "active_days"}
    assert {template.rules.team_score for template in TEMPLATES} >= {"sum", "average", "best", "met"}

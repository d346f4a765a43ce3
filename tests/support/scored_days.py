"""Days of one entry under rules of a shape, drawn for tests of shapes."""

from datetime import date

from hypothesis import strategies as st

from tests.support.rule_sets import NEAR, PAIRS, rule_sets
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.shapes.base import Days, ScoringContext

FIRST, LAST = date(2026, 10, 30), date(2026, 11, 30)
LAX = Eligibility(sports=frozenset({"Run", "TrailRun", "VirtualRun", "Walk"}), manual=True, flagged=True)
Scored = tuple[RuleSet, ScoringContext, Days]


def rules_of(shape: str) -> st.SearchStrategy[RuleSet]:
    return rule_sets([pair for pair in PAIRS if pair[1] == shape], LAX)


@st.composite
def scored(draw: st.DrawFn, shape: str) -> Scored:
    """Draw rules of a shape, what a total is measured against, and days with amounts near caps and knees."""
    rules = draw(rules_of(shape))
    near = NEAR[rules.measured.unit]
    most = 1 if rules.measure == "active_days" else 3 * near
    amounts = draw(st.dictionaries(st.dates(FIRST, LAST), st.integers(1, most), max_size=12))
    target, baseline = draw(st.one_of(st.none(), st.integers(1, 20 * near))), draw(st.integers(0, 6 * near))
    return rules, rules.context(FIRST, LAST, target, baseline), sorted(amounts.items())


def total_of(rules: RuleSet, context: ScoringContext, days: Days) -> int:
    return sum(rules.gains(days, context))

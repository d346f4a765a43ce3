from webapp.rulebook.measures import ADDABLE
from webapp.rulebook.shapes.base import DayText, Param, Params, RuleText
from webapp.rulebook.shapes.plain import Plain


class GroupGoal(Plain):
    """Every day counts in full towards one goal of the whole group."""

    key = "group_goal"
    label = "One goal for the whole group"
    measures = ADDABLE
    params = (
        Param(
            "goal", "The goal", "amount", 1_000_000, 1, 10**11,
            by_unit={"time": 360_000, "climb": 20_000, "runs": 150, "days": 150},
        ),
    )  # fmt: skip
    caption = None
    proposed_from = "group"

    def sentences(self, text: RuleText) -> list[str]:
        return [f"All runs count towards one goal of the whole group: {text.limit('goal')}."]

    def explain_day(self, day: DayText) -> str:
        return f"{day.measured} towards the goal"

    def group_goal(self, params: Params) -> int:
        return int(params["goal"])

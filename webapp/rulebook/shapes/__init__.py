"""The shapes of challenges, each in a file of its own that holds all about it."""

from collections.abc import Mapping

from webapp.rulebook.shapes.base import Shape
from webapp.rulebook.shapes.best_days import BestDays
from webapp.rulebook.shapes.daily_cap import DailyCap
from webapp.rulebook.shapes.group_goal import GroupGoal
from webapp.rulebook.shapes.improvement import Improvement
from webapp.rulebook.shapes.journey import Journey
from webapp.rulebook.shapes.plain import Plain
from webapp.rulebook.shapes.saddles import Saddles
from webapp.rulebook.shapes.steps import Steps
from webapp.rulebook.shapes.streak import Streak
from webapp.rulebook.shapes.target_share import TargetShare
from webapp.rulebook.shapes.weekly_cap import WeeklyCap

# In the order in which the form offers them.
_ALL: tuple[type[Shape], ...] = (
    Plain, DailyCap, WeeklyCap, BestDays, Steps, Saddles, Streak, TargetShare, Improvement, Journey,
    GroupGoal,
)  # fmt: skip
SHAPES: Mapping[str, Shape] = {shape.key: shape() for shape in _ALL}

"""A row of a board, with its figures in words."""

from typing import NamedTuple

from webapp.formatting import score, score_gap
from webapp.names import initials


class BoardRow(NamedTuple):
    """A runner on the board as one viewer may see them; None is "not shown". The texts are in the viewer's unit.

    A former member, `runner_id` 0, has a rank and nothing else: `total` is 0 and reads "–", `entry_id` is their place
    on the final board, below zero.
    """

    entry_id: int
    runner_id: int
    name: str
    rank: int | None
    total: int | None
    today: int | None
    active_days: int | None
    gap: int | None
    movement: int | None
    is_new: bool
    team_id: int | None
    team_name: str | None
    is_me: bool
    total_text: str
    today_text: str
    gap_text: str
    initials: str
    # Do others see the rank alone?
    rank_only: bool
    # The address of the photo, None for initials.
    photo: str | None = None
    page: int | None = None
    on_break: bool = False
    # Do others see what each day brought?
    shows_days: bool = False

    @property
    def without_place(self) -> "BoardRow":
        """Return the row as on a board on which nobody has a place."""
        return self._replace(rank=None, gap=None, movement=None, is_new=False, gap_text="")

    @property
    def is_former(self) -> bool:
        return not self.runner_id


def format_row(
    units: str, unit: str, *, entry_id: int, runner_id: int, name: str, rank: int | None, total: int | None,
    today: int | None = None, active_days: int | None = None, gap: int | None = None, movement: int | None = None,
    is_new: bool = False, team_id: int | None = None, team_name: str | None = None, is_me: bool = False,
    rank_only: bool = False, photo: str | None = None, on_break: bool = False, shows_days: bool = False,
) -> BoardRow:  # fmt: skip
    """Return a row with its figures in words: made here and not in the template, which has fifty of them to show."""
    return BoardRow(
        entry_id=entry_id, runner_id=runner_id, name=name, rank=rank, total=total, today=today, active_days=active_days,
        gap=gap, movement=movement, is_new=is_new, team_id=team_id, team_name=team_name, is_me=is_me,
        total_text=score(total, unit, units) if runner_id and total is not None else "–",
        today_text=score(today, unit, units) if today else "",
        gap_text=score_gap(gap, unit, units) if gap else "",
        initials=initials(name) if runner_id else "", rank_only=rank_only, photo=photo,
        on_break=on_break, shows_days=shows_days,
    )  # fmt: skip

"""Pace groups of any kind, for properties."""

from hypothesis import strategies as st

from webapp.rulebook.pace_fit import PaceRange

paces = st.integers(180, 900)


@st.composite
def bands(draw: st.DrawFn) -> list[PaceRange]:
    """Draw some pace groups, some of which have an open end or no paces."""
    ends = draw(st.lists(st.tuples(st.none() | paces, st.none() | paces), max_size=6))
    distances = draw(st.lists(st.none() | st.integers(1000, 40_000), min_size=len(ends), max_size=len(ends)))
    found = []
    for number, ((one, other), distance) in enumerate(zip(ends, distances, strict=True)):
        slow, fast = (max(one, other), min(one, other)) if one and other else (one, other)
        found.append(PaceRange(number, f"Group {number}", slow, fast, distance))
    return found

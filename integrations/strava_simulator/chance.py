"""Seeded chance: everything in the simulator that looks random comes from here and can be had again."""

from random import Random


def dice(*names: object) -> Random:
    """Return dice that fall the same way for the same names."""
    return Random("/".join(str(name) for name in names))  # noqa: S311  # it shapes a world, it keeps no secret

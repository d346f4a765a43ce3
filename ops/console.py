"""Telling how far something is, in one line."""

import sys


class Console:
    """A line that is written again in place; where the output is no terminal, a line at every tenth step."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()

    def step(self, text: str, number: int, of: int) -> None:
        """Say `text`, such as "12 of 60 runners", of step `number` out of `of`."""
        if self._live:
            print(f"\r\033[K{text}", end="", flush=True)
        elif number % 10 == 0 or number == of:
            print(text, flush=True)

    def say(self, text: str) -> None:
        """Say something that stays."""
        print(f"\r\033[K{text}" if self._live else text, flush=True)

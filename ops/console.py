"""Progress in one line."""

import sys


class Console:
    """A line that is overwritten in place; if the output is no terminal, a line at every tenth step."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()

    def step(self, text: str, number: int, of: int) -> None:
        """Write `text`, such as "12 of 60 runners", for step `number` out of `of`."""
        if self._live:
            print(f"\r\033[K{text}", end="", flush=True)
        elif number % 10 == 0 or number == of:
            print(text, flush=True)

    def say(self, text: str) -> None:
        """Write a line that stays."""
        print(f"\r\033[K{text}" if self._live else text, flush=True)

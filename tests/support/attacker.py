"""An organiser who wants to know others' single runs, and has only the pages of a group.

They ask for the same page with other parameters, compare every figure and word that is not about themselves, and bisect
wherever two neighbouring parameters give different answers: what changes there is a run. By name they collect sums over
sets of days and subtract those of which one holds the other. Nothing here knows the truth; tests compare.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product

from selectolax.lexbor import LexborNode
from werkzeug.datastructures import MultiDict

from tests.support.browser import Browser
from tests.support.html import elements, text_of
from webapp.rulebook.ruleset import RuleSet

Answer = tuple[str, ...]
Fields = Callable[[RuleSet], "MultiDict[str, str]"]
MONTHS = [f"{date(2026, month, 1):%b}" for month in range(1, 13)]
CARD = "section.card"
# What a page says of the rules themselves, or of the one who asks, is no news.
ECHO = "details, tr.is-me"
DATES = re.compile(r"\w+ (\d+ \w+) to \w+ (\d+ \w+ \d{4})")


@dataclass(frozen=True, slots=True)
class Sum:
    """What somebody has over a set of days, as a page shows it."""

    name: str
    measure: str
    days: frozenset[date]
    value: int


class Attacker:
    """`fields`: what a browser sends to ask for a preview of rules. Stops at `budget` pages."""

    def __init__(self, browser: Browser, home: str, me: str, fields: Fields, budget: int) -> None:
        self.browser, self.home, self.me, self.fields, self.left = browser, home, me, fields, budget
        self.previews, self.pages = 0, 0

    # Previews --------------------------------------------------------------------------------------------------------

    def preview(self, rules: RuleSet) -> LexborNode:
        """Return the preview of these rules."""
        self.left -= 1
        self.previews += 1
        answer = self.browser.post(f"{self.home}/challenges/new/distance", self.fields(rules))
        assert answer.status_code == 200, answer.status_code
        (found,) = elements(answer.text, "#preview")
        return found

    def figures(self, rules: RuleSet) -> Answer:
        """Return every word and figure of the table under these rules, but for those about the attacker."""
        card = self.preview(rules).css(CARD)[0]
        for node in card.css(ECHO):
            node.decompose()
        return tuple(text_of(card).split())

    def edges(self, rules_at: Callable[[int], RuleSet], grid: Sequence[int], share: int) -> list[int]:
        """Return the numbers up to which answers stay the same, found by bisecting with `share` pages at most."""
        until = self.left - share
        known: dict[int, Answer] = {}

        def at(value: int) -> Answer:
            if value not in known:
                known[value] = self.figures(rules_at(value))
            return known[value]

        found = []
        for low, high in pairwise(grid):
            if self.left <= until + 16:
                break
            if at(low) == at(high):
                continue
            while high - low > 1 and self.left > until:
                middle = (low + high) // 2
                low, high = (middle, high) if at(middle) == at(low) else (low, middle)
            if high - low == 1:
                found.append(low)
        return found

    # Sums by name ----------------------------------------------------------------------------------------------------

    def sums_of_preview(self, measure: str) -> list[Sum]:
        preview = self.preview(RuleSet({"time": "moving_time"}.get(measure, measure)))
        found = DATES.match(text_of(preview.css("#preview-title")[0]))
        assert found
        last = _date(found[2])
        first = _date(f"{found[1]} {last.year}")
        return list(self._sums(preview.css(CARD)[0].css("tr[class]"), measure, first, last))

    def sums_of_range(self, measure: str, first: date, last: date) -> list[Sum]:
        self.left -= 1
        self.pages += 1
        answer = self.browser.get(f"{self.home}/range?from={first}&to={last}&measure={measure}")
        counts = elements(answer.text, ".count.num")
        if answer.status_code != 200 or not counts:
            return []
        dates = [_date(one.split(" ", 1)[1]) for one in text_of(counts[0]).split(" to ")]
        return list(self._sums(elements(answer.text, "tr[class]"), measure, *dates))

    def _sums(self, rows: Iterable[LexborNode], measure: str, first: date, last: date) -> Iterator[Sum]:
        days = frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))
        for plain in map(text_of, rows):
            found = re.search(r"(Runner \d+).*? ([\d,:.]+) (?:h|m|km|runs?)$", plain)
            if found:
                yield Sum(found[1], measure, days, _amount(found[2], measure))

    def days_run(self, days: Iterable[date]) -> dict[str, set[date]]:
        """Return who ran when, from the boards of single days, which members share by distance."""
        ran: dict[str, set[date]] = {}
        for day in days:
            for one in self.sums_of_range("distance", day, day):
                ran.setdefault(one.name, set()).add(day)
        return ran

    # Searches --------------------------------------------------------------------------------------------------------

    def found_by_search(self, address: str, words: Iterable[str]) -> dict[str, set[str]]:
        """Return what each search shows of each name: more than one answer for a name is a difference."""
        shown: dict[str, set[str]] = {}
        for word in words:
            self.left -= 1
            self.pages += 1
            page = self.browser.get(f"{address}?q={word}").text
            for plain in map(text_of, elements(page, "tr.board__row")):
                if name := re.search(r"Runner \d+", plain):
                    shown.setdefault(name[0], set()).add(plain)
        return shown


def single_days(sums: Sequence[Sum], ran: dict[str, set[date]]) -> dict[tuple[str, str, date], int]:
    """Return {(name, measure, day): value} of the days that a sum, or the difference of two, is all about."""
    found = {}
    of_one: dict[tuple[str, str], list[Sum]] = {}
    for each in sums:
        of_one.setdefault((each.name, each.measure), []).append(each)
    for (name, measure), mine in of_one.items():
        nothing = Sum(name, measure, frozenset(), 0)
        for whole, part in product(mine, [nothing, *mine]):
            left = (whole.days - part.days) & ran.get(name, set())
            if part.days < whole.days and len(left) == 1 and whole.value > part.value:
                found[name, measure, next(iter(left))] = whole.value - part.value
    return found


def _amount(text: str, measure: str) -> int:
    """Return seconds of a time such as 12:05, and the number itself of everything else."""
    if measure == "time":
        hours, minutes = text.replace(",", "").split(":")
        return int(hours) * 3600 + int(minutes) * 60
    return round(float(text.replace(",", "")))


def _date(text: str) -> date:
    """Read "9 Oct 2026"."""
    day, month, year = text.split()
    return date(int(year), MONTHS.index(month) + 1, int(day))

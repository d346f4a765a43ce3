"""The words of the project: plain English in pages, docs, comments and strings, part of `make check`.

A short list of phrases that this code base had and does not want back. What only a reader can judge is not here.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAMS = ("webapp", "integrations", "jobs", "ops", "tests", "migrations/env.py", "wsgi.py")
PAGES = "webapp/templates"

BANNED = {
    "begins with “Who” or “Of which” and is no question": re.compile(
        r"(?:^|[.!:;]\s+|\n\s*\n)(?:Who|Whose|Whom|Of which|Of whom)\b[^.?!]*[.!;](?:\s|$)"
    ),
    "say “return whether” or “whether”": re.compile(r"\btells? whether\b", re.IGNORECASE),
    "give “So many” or “So long” a noun and a verb": re.compile(r"(?:^|[.!:;]\s+|\n\s*\n)So (?:many|long)\b(?! as\b)"),
    "say “its …” or “whose …”": re.compile(r"\b(?:date|day|days|first) of which\b"),
    "is not written yet": re.compile(r"\bTODO\b"),
    "say “again”": re.compile(r"\banew\b", re.IGNORECASE),
    "say “processed”": re.compile(r"\bwork(?:ed|s)? off\b", re.IGNORECASE),
}
CONSTANT = re.compile(
    r"\b_?(?:MOST|LONGEST|FEWEST|LEAST|SHORTEST)_[A-Z]\w*|\b\w+_(?:MOST|LONGEST|FEWEST|LEAST|SHORTEST)\b"
)
# A fence of code, code in a line, an address; in templates expressions, statements, tags.
NO_PROSE = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)
NO_TEXT = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
EXPRESSION = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Passage:
    """Some prose, and where it begins."""

    path: Path
    line: int
    text: str


def programs() -> list[Path]:
    found = [ROOT / name for name in PROGRAMS]
    return [path for each in found for path in ([each] if each.is_file() else sorted(each.rglob("*.py")))]


def in_programs() -> Iterator[Passage]:
    for path in programs():
        source = path.read_text()
        yield from _strings(path, ast.parse(source))
        yield from _comments(path, source)


def _strings(path: Path, tree: ast.Module) -> Iterator[Passage]:
    """Yield docstrings, log messages, and what pages say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Passage(path, node.lineno, node.value)


def _comments(path: Path, source: str) -> Iterator[Passage]:
    """Yield comments; lines that follow each other are one."""
    block: list[str] = []
    begins = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1:
            if block:
                yield Passage(path, begins, " ".join(block))
            block, begins = [], token.start[0]
        block.append(token.string.lstrip("# "))
        last = token.start[0]
    if block:
        yield Passage(path, begins, " ".join(block))


def in_documents() -> Iterator[Passage]:
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "tests" / "README.md"]:
        text = NO_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text())
        for paragraph in re.finditer(r"(?:[^\n]+\n?)+", text):
            yield Passage(path, text.count("\n", 0, paragraph.start()) + 1, paragraph[0])


def in_pages() -> Iterator[Passage]:
    for path in sorted((ROOT / PAGES).rglob("*.html")):
        source = path.read_text()
        text = NO_TEXT.sub(lambda found: re.sub(r"[^\n]", "\x00", found[0]), source)
        for run in re.finditer(r"[^\x00]+", text):
            yield Passage(path, text.count("\n", 0, run.start()) + 1, run[0])
        for expression in EXPRESSION.finditer(source):
            line = source.count("\n", 0, expression.start()) + 1
            yield from (Passage(path, line, quoted[1]) for quoted in QUOTED.finditer(expression[0]))


def faults(passages: Iterator[Passage]) -> list[str]:
    return [
        f"{passage.path.relative_to(ROOT)}:{passage.line}: {why}: {' '.join(found[0].split())[:80]}"
        for passage in passages
        if passage.path != Path(__file__)
        for why, banned in BANNED.items()
        for found in banned.finditer(NO_PROSE.sub("", passage.text))
    ]


@pytest.mark.parametrize("passages", [in_programs, in_documents, in_pages])
def test_prose_is_plain(passages: object) -> None:
    assert callable(passages) and faults(passages()) == []


def test_constants_that_bound_something_are_named_max_and_min() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in programs()
        if path != Path(__file__)
        for name in CONSTANT.findall(path.read_text())
    }
    assert sorted(found) == []


def test_the_check_finds_what_it_is_for() -> None:
    """A sentence of each kind is found, and a question is not."""
    bad = [
        "Who leaves is gone.",
        "Read it anew.",
        "Tell whether it is.",
        "All are worked off.",
        "It is. Of which two are.",
        "So many have left.",
        "The first date of which runs are kept.",
    ]
    assert all(faults(iter([Passage(ROOT / "README.md", 1, text)])) for text in bad)
    assert faults(iter([Passage(ROOT / "README.md", 1, "Who is chasing whom? Those who leave are gone.")])) == []

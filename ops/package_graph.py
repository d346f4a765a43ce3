"""`make packages`: draw the packages of the application and their imports into docs/design.md.

Boxes are the layers of the contract "packages" in pyproject.toml, without the modules below `models` and `rulebook`,
which everything uses. An arrow is an import. An import that a chain of other arrows already shows is left out.
With `--check` nothing is written, and the exit code is 1 if the picture is out of date.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
DESIGN = ROOT / "docs" / "design.md"
BLOCK = re.compile(r"(<!-- packages:begin -->\n).*?(<!-- packages:end -->)", re.DOTALL)
LOWEST = ("models", "rulebook")

Arrows = Mapping[str, set[str]]


def main() -> int:
    drawn = picture(_layers())
    before = DESIGN.read_text()
    after = BLOCK.sub(lambda found: f"{found[1]}```mermaid\n{drawn}```\n{found[2]}", before)
    if "--check" in sys.argv:
        return int(after != before)
    DESIGN.write_text(after)
    return 0


def picture(layers: list[list[str]]) -> str:
    """Return the flowchart of these layers, the topmost first, in Mermaid's language."""
    names = [name for layer in layers for name in layer]
    lines = ["flowchart TB"]
    for number, layer in enumerate(layers):
        lines.append(f'    subgraph layer{number}[" "]')
        lines += [f"        {name}" for name in layer]
        lines.append("    end")
    arrows = reduced(imports_between(names))
    lines += [f"    {name} --> {target}" for name in names for target in sorted(arrows[name])]
    return "\n".join(lines) + "\n"


def imports_between(names: list[str]) -> Arrows:
    """Return which of these packages each of them imports."""
    graph = grimp.build_graph("webapp")
    for name in names:
        graph.squash_module(f"webapp.{name}")
    of = {f"webapp.{name}": name for name in names}
    return {
        name: {of[found] for found in graph.find_modules_directly_imported_by(module) if found in of}
        for module, name in of.items()
    }


def reduced(arrows: Arrows) -> Arrows:
    """Return the arrows without those that a longer path already shows. There must be no cycle."""
    below = {name: _reachable(name, arrows) for name in arrows}
    return {
        name: {target for target in targets if not any(target in below[other] for other in targets - {target})}
        for name, targets in arrows.items()
    }


def _reachable(name: str, arrows: Arrows) -> set[str]:
    return {found for target in arrows[name] for found in {target, *_reachable(target, arrows)}}


def _layers() -> list[list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(one["layers"] for one in contracts if one["id"] == "packages")
    named = [layer.split(" | ") for layer in layers]
    last = max(number for number, layer in enumerate(named) if set(layer) & set(LOWEST))
    return named[1 : last + 1]


if __name__ == "__main__":
    sys.exit(main())

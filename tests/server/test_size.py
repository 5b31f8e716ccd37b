"""What the server and its pages add to a machine stays small: no Node, no browser, nothing fetched at run time."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import fivefold_server

MOST_BYTES = 300 * 2**20
SOLVERS = {"pyomo", "highspy", "ortools", "pandas", "numpy"}
"""Solvers, what they are called from, and what those bring."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def needs(found: Distribution, extra: str = "") -> set[str]:
    """Return the names of what a package needs, with one of its extras."""
    wanted: set[str] = set()
    for line in found.requires or ():
        asked, _, condition = line.partition(";")
        named = re.search(r"extra\s*==\s*['\"]([^'\"]+)", condition)
        if named is None or named[1] == extra:
            match = _NAME.match(asked.strip())
            assert match is not None, line
            wanted.add(match[0].lower().replace("_", "-"))
    return wanted


def size_of(found: Distribution) -> int:
    """Return how many bytes the files of a package have."""
    paths = [Path(str(file.locate())) for file in found.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_server_and_what_it_needs_are_small_apart_from_the_solvers() -> None:
    sizes: dict[str, int] = {}
    left = needs(distribution("fivefold"), "server") - SOLVERS
    while left:
        name = left.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or an older Python
        sizes[name] = size_of(found)
        left |= needs(found) - sizes.keys() - SOLVERS
    own = Path(fivefold_server.__file__).parent
    sizes["fivefold-server"] = sum(path.stat().st_size for path in own.rglob("*") if path.is_file())
    assert {"fastapi", "uvicorn", "langgraph", "openai"} <= sizes.keys()
    assert sum(sizes.values()) < MOST_BYTES, sorted(sizes.items(), key=lambda one: -one[1])[:8]
    assert not any(path.name == "node_modules" for path in own.rglob("*"))

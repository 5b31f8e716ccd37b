"""What commands print: results as one JSON document, long lists cut, files written whole or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fivefold.errors import OutsideError
from fivefold.plain import plain
from fivefold.whole_file import write_whole
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.markdown import to_markdown

MAX_LINES = 40
"""Lines of a list that are printed for people; `--json` has them all."""


def print_json(value: object) -> None:
    """Print a result as JSON; infinite numbers are the texts `inf` and `-inf`, tables are `[index, value]` pairs."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def cut(lines: list[str], most: int = MAX_LINES) -> list[str]:
    """Return so many lines at most, and how many were left out."""
    return lines if len(lines) <= most else [*lines[:most], f"... and {len(lines) - most} more (--json has all)"]


def say(*lines: object) -> None:
    """Print what is beside the answer to standard error."""
    for line in lines:
        print(line, file=sys.stderr)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file whole.

    Raises:
        OutsideError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.encode() if isinstance(content, str) else content)
    except OSError as fault:
        raise OutsideError(f"cannot write {path}: {fault.strerror}; give another place") from None


def write_formulation(path: Path, formulation: Formulation) -> None:
    """Write a formulation, as Markdown where the file's ending says so, else as JSON.

    Raises:
        OutsideError: it cannot be written.
    """
    markdown = path.suffix.lower() in {".md", ".markdown"}
    write_file(path, to_markdown(formulation) if markdown else to_json(formulation))


def put(text: str, path: Path | None) -> None:
    """Write a text to a file, or print it."""
    if path is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    write_file(path, text)
    say(f"written to {path}")

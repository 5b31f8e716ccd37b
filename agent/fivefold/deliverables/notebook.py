"""A Jupyter notebook: the problem, the formulation, the program, what came of it."""

from __future__ import annotations

import json
from typing import Any

from fivefold.deliverables.material import Material
from fivefold_solvers.formulation.markdown import to_markdown

PACKAGES = {"pyomo": "pyomo highspy", "mathopt": "ortools", "cpsat": "ortools"}
"""What a program of a library needs."""


def to_notebook(material: Material, source: str, library: str) -> str:
    """Return a notebook (format 4.5) whose code cell is the stand-alone program."""
    cells: list[dict[str, Any]] = [_words(f"# {material.title or 'A decision problem'}\n\n{material.problem}")]
    if material.formulation is not None:
        cells.append(_words(to_markdown(material.formulation)))
    cells.append(_words(f"The program needs `{PACKAGES.get(library, library)}`, and nothing of Fivefold."))
    cells.append(_code(source))
    if material.text:
        cells.append(_words(f"## What came of it\n\n```text\n{material.text}\n```"))
    for number, one in enumerate(cells):
        one["id"] = f"cell-{number}"
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    lines = text.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}

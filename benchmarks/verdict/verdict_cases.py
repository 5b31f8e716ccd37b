"""Problems with right formulations: from a folder, or formulations from one folder with texts from another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fivefold.errors import CallerError
from fivefold_benchmarks.items import read_items
from fivefold_solvers.formulation.elements import Formulation


@dataclass(frozen=True, slots=True)
class Case:
    """A problem in words with a formulation that is right."""

    name: str
    text: str
    formulation: Formulation


def from_folder(folder: Path) -> Iterator[Case]:
    """Yield the problems of a folder whose files hold text and formulation."""
    for path in sorted(folder.glob("*.json")):
        raw: Any = json.loads(path.read_text("utf-8"))
        yield Case(path.stem, raw["text"], Formulation.model_validate(raw["formulation"]))


def by_hand(folder: Path, items: Path) -> Iterator[Case]:
    """Yield formulations, files of `id` and `formulation`, with the texts of their items, JSON lines in a folder."""
    texts = {name: text for path in sorted(items.glob("*.jsonl")) for name, text in _texts(path)}
    for path in sorted(folder.glob("*.json")):
        raw: Any = json.loads(path.read_text("utf-8"))
        name = str(raw["id"])
        if name in texts:
            yield Case(name, texts[name], Formulation.model_validate(raw["formulation"]))


def _texts(path: Path) -> list[tuple[str, str]]:
    """Return ids and texts of a file of items; nothing of a file that holds something else."""
    try:
        return [(item.id, item.question) for item in read_items(path)]
    except CallerError:
        return []

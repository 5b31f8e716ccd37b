"""A formulation as the text that is kept."""

from __future__ import annotations

import json
from typing import Any

from fivefold.errors import CallerError
from fivefold.plain import plain
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.json_text import from_json, to_json


def text_of(formulation: Formulation) -> str:
    """Return the JSON text of a formulation; the same element always gives the same bytes.

    Raises:
        CallerError: something in it is no text.
    """
    try:
        text = to_json(formulation)
        text.encode()
    except (UnicodeEncodeError, RecursionError):
        raise CallerError("the formulation holds halves of characters, or is too deep; write plain text") from None
    return text


def formulation_of(text: str) -> Formulation:
    """Return the formulation whose text was kept."""
    formulation, findings = from_json(text)
    assert formulation is not None, findings
    return formulation


def plain_formulation(text: str) -> Any:
    """Return a kept formulation as JSON-like data that every reader takes: infinite numbers are words."""
    return plain(json.loads(text))

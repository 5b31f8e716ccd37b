"""Every form in which a formulation and its result are taken away, by the ending of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from fivefold.deliverables.card import to_card
from fivefold.deliverables.material import Material
from fivefold.deliverables.notebook import to_notebook
from fivefold.deliverables.page import to_html
from fivefold.deliverables.sheets import to_csv, to_xlsx
from fivefold.errors import CallerError
from fivefold.formulations import arrays, compiled, lowered
from fivefold.plain import plain
from fivefold_solvers.build.lp import to_lp
from fivefold_solvers.build.mps import to_mps
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.json_text import to_json
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.markdown import to_markdown

TEX = """\\documentclass{article}
\\usepackage[utf8]{inputenc}
\\usepackage{amsmath,amssymb}
\\allowdisplaybreaks
\\begin{document}
%s
\\end{document}
"""


class Form(NamedTuple):
    """A form of file."""

    media_type: str
    make: Callable[[Material], str | bytes]
    needs_run: bool = False
    """Whether there is nothing to tell before a run."""


def source_of(material: Material) -> tuple[str, str]:
    """Return the program that was run, or that the formulation gives, and its library.

    Raises:
        FaultyError: there is none and the formulation has errors.
    """
    if material.program is not None:
        return material.program.source, material.program.library
    program, _ = compiled(lowered(formulation_in(material)))
    return program.source, program.library


def formulation_in(material: Material) -> Formulation:
    """Return the formulation.

    Raises:
        CallerError: there is only a program that an LLM wrote by itself.
    """
    if material.formulation is None:
        raise CallerError("the run left no formulation, only a program; take .py, .json or .csv")
    return material.formulation


def _program(material: Material) -> str:
    return source_of(material)[0]


def _notebook(material: Material) -> str:
    return to_notebook(material, *source_of(material))


def _lp(material: Material) -> str:
    return to_lp(arrays(formulation_in(material)))


def _mps(material: Material) -> str:
    formulation = formulation_in(material)
    return to_mps(arrays(formulation), title=formulation.title or "fivefold")


def _tex(material: Material) -> str:
    return TEX % to_latex(formulation_in(material))


def _markdown(material: Material) -> str:
    return to_markdown(formulation_in(material))


def _json(material: Material) -> str:
    return to_json(formulation_in(material)) + "\n"


def _result(material: Material) -> str:
    told: dict[str, Any] = {
        "title": material.title,
        "version": material.version,
        "result": None if material.result is None else material.result.model_dump(mode="json"),
        "text": material.text,
        "verdict": material.verdict,
        "audit": material.audit,
    }
    return json.dumps(plain(told), indent=2, ensure_ascii=False) + "\n"


FORMS: dict[str, Form] = {
    "py": Form("text/x-python; charset=utf-8", _program),
    "ipynb": Form("application/x-ipynb+json", _notebook),
    "lp": Form("text/plain; charset=utf-8", _lp),
    "mps": Form("text/plain; charset=utf-8", _mps),
    "tex": Form("application/x-tex", _tex),
    "md": Form("text/markdown; charset=utf-8", _markdown),
    "json": Form("application/json", _json),
    "card.md": Form("text/markdown; charset=utf-8", to_card),
    "html": Form("text/html; charset=utf-8", to_html),
    "csv": Form("text/csv; charset=utf-8", to_csv, needs_run=True),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx, needs_run=True),
    "result.json": Form("application/json", _result, needs_run=True),
}
"""By ending."""

"""A formulation for people: Markdown, LaTeX of the whole and of each element, the program in each library."""

from __future__ import annotations

from typing import Any, get_args

from fivefold.errors import CallerError, FivefoldError
from fivefold.formulations import Wanted, compiled, lowered
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.markdown import to_markdown

LIBRARIES = ("pyomo", "mathopt", "cpsat")
_SECTIONS = ("sets", "parameters", "variables", "objective", "constraints")
_ROW, _BESIDE = "& \\quad ", " && "


def rendered(formulation: Formulation) -> dict[str, Any]:
    """Return the whole as Markdown and LaTeX, and the formula of each element by itself."""
    latex = to_latex(formulation)
    return {"markdown": to_markdown(formulation), "latex": latex, "elements": _formulas(formulation, latex)}


def _formulas(formulation: Formulation, latex: str) -> list[dict[str, str]]:
    """Return each element's formula, cut out of the whole: there every set and name is known."""
    body = latex.removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}")
    rows = [row for row in body.split(" \\\\\n") if row.startswith(_ROW) and row != f"{_ROW}\\text{{none}}"]
    named = [
        (section, element)
        for section in _SECTIONS
        for element in ([formulation.objective] if section == "objective" else getattr(formulation, section))
    ]
    found: list[dict[str, str]] = []
    for (section, element), row in zip(named, rows, strict=False):
        parts = row.removeprefix(_ROW).split(_BESIDE)
        beside = parts[1] if len(parts) > 1 else ""
        formula = f"{parts[0]} \\qquad {beside}" if beside else parts[0]
        found.append({"section": section, "name": element.name, "latex": formula})
    return found


def program_of(
    formulation: Formulation, library: str, solver: str | None, time_limit_s: float | None
) -> dict[str, Any]:
    """Return the stand-alone program in a library, with its solver and why that one.

    Raises:
        CallerError: there is no such library, or it has no such solver.
        FaultyError: the formulation has errors, or the library cannot take it.
    """
    wanted = next((known for known in get_args(Wanted) if known == library), None)
    if wanted is None:
        raise CallerError(f"there is no library '{library}'; there are {', '.join(get_args(Wanted))}")
    ready = lowered(formulation)
    program, why = compiled(ready, wanted, solver=solver, time_limit_s=time_limit_s)
    return {**program.model_dump(mode="json"), "why": why}


def programs_of(formulation: Formulation) -> list[dict[str, Any]]:
    """Return the program in each library, or why that library cannot take the formulation."""
    found: list[dict[str, Any]] = []
    for library in LIBRARIES:
        try:
            found.append({**program_of(formulation, library, None, None), "library": library, "refused": None})
        except FivefoldError as fault:
            found.append({"library": library, "source": None, "solver": None, "refused": str(fault)})
    return found

"""The matrix formulation x solver in Markdown: `python -m tests.contract.matrix`, `--write` for docs/agreement.md."""

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.contract.columns import Cell, Column, columns, paths
from tests.solvers.corpus_cases import Case, load

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "agreement.md"
THREADS = 2
REASONS = (
    ("w", r"whole numbers only|take integer variables", "it takes no whole numbers"),
    ("c", r"is continuous|take continuous variables", "it takes whole numbers only"),
    ("b", r"finite bound", "a whole number has no finite bound"),
    ("q", r"any quadratic|convex|quadratic objective|is quadratic and", "a quadratic objective that it does not take"),
    ("n", r"not linear|not quadratic|beyond quadratic", "something is not linear"),
    ("f", r"whole coefficients|cannot be scaled|made whole", "fractions that no small factor makes whole"),
    ("s", r"no slope", "an absolute value has no slope at 0"),
    ("p", r"proves neither", "a local search proves neither infeasible nor unbounded"),
)
"""Letter, pattern and words of every reason why a solver is not able."""
OPENING = """\
# Do all solvers agree?

Every formulation of the corpus (53 in `tests/solvers/corpus`, 23 in `tests/contract/corpus`, each with an optimum that
is known by hand, by enumeration or by a closed form) on every solver that can take it: as a program in Pyomo, MathOpt
or CP-SAT that runs in the sandbox, and as arrays handed to a solver's own process. They agree where status and
objective are those that are known, to 1e-6 (1e-4 for nonlinear programs, IPOPT and PDLP), the bound where there is
one as well, and the values keep every row. `tests/contract/test_agreement.py` holds this table to what really happens.

Which of them a program is written for when nobody says: linear programs and convex quadratic objectives go to HiGHS,
bounded whole numbers to CP-SAT where OR-Tools is asked for, everything nonlinear to SCIP, which proves its optimum.
IPOPT takes what SCIP cannot: powers with a variable exponent over what may be 0, more than 3000 variables in nonlinear
terms (100 with `sin`, `cos` or `tan`), or everything smooth where SCIP is not installed. Its optimum is the best of
ten searches, and is called local unless the program is convex.

```console
$ python -m tests.contract.matrix --write
```

| sign | meaning |
|---|---|
| ✓ | agrees |
| ✓l | agrees; a local optimum, nothing is proven beyond it |
| ✓u | agrees as far as it goes: infeasible or unbounded, it does not say which |
| **✗** | disagrees |
"""

Matrix = dict[tuple[str, str], Cell]
"""By formulation and column."""


def cases() -> dict[str, Case]:
    """Return all formulations by name."""
    return {path.stem: load(path) for path in paths()}


def filled(known: dict[str, Case], tried: list[Column]) -> Matrix:
    """Return what each of the columns made of each formulation."""
    pairs = [(name, column) for column in tried for name in known]

    def attempt(pair: tuple[str, Column]) -> Cell:
        name, column = pair
        return column.attempt(known[name])

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(attempt, pairs))
    return {(name, column.name): cell for (name, column), cell in zip(pairs, found, strict=True)}


def sign(cell: Cell) -> str:
    """Return what stands in the table for a cell."""
    if cell.outcome == "agrees":
        return {"": "✓", "local": "✓l", "undecided": "✓u"}[cell.words]
    if cell.outcome == "disagrees":
        return "**✗**"
    return letter_of(cell.words)


def letter_of(reason: str) -> str:
    """Return the letter of a reason.

    Raises:
        LookupError: `REASONS` does not know it.
    """
    for letter, pattern, _ in REASONS:
        if re.search(pattern, reason):
            return letter
    raise LookupError(f"no letter for {reason!r}")


def document(known: dict[str, Case], matrix: Matrix) -> str:
    """Return the whole page."""
    names = list(dict.fromkeys(column for _, column in matrix))
    return "\n".join([OPENING + "\n".join(_reasons()), "", *_table(known, names, matrix), *_differences(matrix)]) + "\n"


def _reasons() -> Iterator[str]:
    for letter, _, words in REASONS:
        yield f"| {letter} | not able: {words} |"


def _table(known: dict[str, Case], names: list[str], matrix: Matrix) -> Iterator[str]:
    yield f"| formulation | class | {' | '.join(names)} |"
    yield "|---|---|" + ":-:|" * len(names)
    for name, case in known.items():
        cells = " | ".join(sign(matrix[name, column]) for column in names)
        yield f"| {name} | {case.checked.problem_class} | {cells} |"


def _differences(matrix: Matrix) -> Iterator[str]:
    wrong = {pair: cell for pair, cell in matrix.items() if cell.outcome == "disagrees"}
    yield ""
    yield "## Where they do not" if wrong else "No two of them disagree."
    for (name, column), cell in wrong.items():
        yield f"- {name}, {column}: {' '.join(cell.words.split())}"


def main() -> None:
    """Print the page, or write it."""
    tried = [column for column in columns() if column.missing() is None]
    known = cases()
    page = document(known, filled(known, tried))
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(page, encoding="utf-8")
    else:
        print(page, end="")


if __name__ == "__main__":
    main()

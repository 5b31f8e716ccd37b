"""The back-ends by name, and which of them takes a program."""

from __future__ import annotations

from fivefold_solvers.backends.backend import Backend
from fivefold_solvers.backends.cpsat import CPSAT
from fivefold_solvers.backends.highs import HIGHS
from fivefold_solvers.backends.mathopt import GLOP, PDLP
from fivefold_solvers.backends.scip import SCIP
from fivefold_solvers.build.arrays import Arrays

BACKENDS: dict[str, Backend] = {backend.name: backend for backend in (HIGHS, SCIP, CPSAT, GLOP, PDLP)}
"""In the order in which `choose` asks them."""


class UnusableError(ValueError):
    """A back-end is unknown, not installed, or cannot take the program; the message says the mend."""


def backend(name: str) -> Backend:
    """Return a back-end by name.

    Raises:
        UnusableError: there is none of that name.
    """
    if name not in BACKENDS:
        raise UnusableError(f"There is no back-end {name!r}; there are {', '.join(BACKENDS)}.")
    return BACKENDS[name]


def choose(arrays: Arrays) -> Backend:
    """Return the first back-end that is installed and takes the program.

    Raises:
        UnusableError: none does; the message has every reason.
    """
    reasons: list[str] = []
    for candidate in BACKENDS.values():
        reason = candidate.available() or candidate.refuses(arrays)
        if reason is None:
            return candidate
        reasons.append(reason)
    raise UnusableError("No back-end takes this program: " + "; ".join(reasons) + ".")

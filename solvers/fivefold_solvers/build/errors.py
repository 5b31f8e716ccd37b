"""What can go wrong when arrays are made of a formulation.

BuildError     the formulation or its data has a fault; the message names element and key
NotVectorised  nothing is wrong, but the vectorised path does not know this form: take `from_checked`
"""

from __future__ import annotations

from fivefold_solvers.formulation.finding import Finding


class BuildError(ValueError):
    """A formulation or its data cannot be built; every fault that was found is in `findings`."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class NotVectorised(Exception):
    """The vectorised build does not know a form; lowering and `from_checked` may."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

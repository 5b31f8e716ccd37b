"""A solver program: source code that builds and solves one formulation."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Library = Literal["pyomo", "mathopt", "cpsat"]
"""The modelling library a program is written in; `mathopt` and `cpsat` are OR-Tools' two Python APIs."""


class Program(BaseModel):
    """Stand-alone Python source that builds, solves and reports one formulation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """Python source; needs nothing but its modelling library."""
    library: Library
    """What the source is written in."""
    solver: str
    """The engine it calls, e.g. `highs`, `scip`, `cp_sat`."""
    path: Literal["emitted", "free"] = "emitted"
    """`emitted`: compiled from a checked formulation; `free`: written by the LLM itself."""

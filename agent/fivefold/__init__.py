"""Fivefold: a decision problem in words to a checked, solved five-element formulation.

::

    import fivefold
    outcome = fivefold.solve("A bakery makes ...")
    print(outcome.objective, outcome.explanation)

Importing this package imports no solver, no LangGraph and no OpenAI SDK; that happens with the first call.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivefold.api import aresume, asolve, resume, solve, stream
    from fivefold.change import Change
    from fivefold.errors import CallerError, FivefoldError, LLMError, OutsideError, WeightsError
    from fivefold.events import Event
    from fivefold.options import Options
    from fivefold.outcome import Outcome
    from fivefold.problem import Problem
    from fivefold.settings import Settings
    from fivefold.verdict import Grade, Verdict
    from fivefold.waiting import Pause, PersonReply
    from fivefold_solvers.formulation.elements import Formulation

_HOMES = {
    "CallerError": "fivefold.errors",
    "Change": "fivefold.change",
    "Event": "fivefold.events",
    "FivefoldError": "fivefold.errors",
    "Formulation": "fivefold_solvers.formulation.elements",
    "Grade": "fivefold.verdict",
    "LLMError": "fivefold.errors",
    "Options": "fivefold.options",
    "Outcome": "fivefold.outcome",
    "OutsideError": "fivefold.errors",
    "Pause": "fivefold.waiting",
    "PersonReply": "fivefold.waiting",
    "Problem": "fivefold.problem",
    "Settings": "fivefold.settings",
    "Verdict": "fivefold.verdict",
    "WeightsError": "fivefold.errors",
    "aresume": "fivefold.api",
    "asolve": "fivefold.api",
    "resume": "fivefold.api",
    "solve": "fivefold.api",
    "stream": "fivefold.api",
}

__all__ = [
    "CallerError",
    "Change",
    "Event",
    "FivefoldError",
    "Formulation",
    "Grade",
    "LLMError",
    "Options",
    "Outcome",
    "OutsideError",
    "Pause",
    "PersonReply",
    "Problem",
    "Settings",
    "Verdict",
    "WeightsError",
    "aresume",
    "asolve",
    "resume",
    "solve",
    "stream",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fivefold' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has used yet: consoles and notebooks complete by them."""
    return [*globals(), *__all__]

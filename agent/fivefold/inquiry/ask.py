"""A question in words about a formulation's best plan, answered by solving; `fivefold ask` on the command line.

::

    from fivefold.formulations import load
    from fivefold.inquiry.ask import ask
    found = ask(load("formulation.json"), "Why no chairs?")
    print(found.text)
"""

from __future__ import annotations

from fivefold.deliverables.material import assumed
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError
from fivefold.inquiry.answered import Reply, contrasted, others, reasons
from fivefold.inquiry.meant import Contrast, Inquiry, Plain, meant
from fivefold.verdict import Verdict
from fivefold.verdict.told import verdict_text
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation

KINDS = (
    "ask why something is or is not in the plan (why no chairs?), what limits it, which other plans there are, "
    "what was assumed, or how far to trust it"
)
"""What can be asked."""


def inquiry(formulation: Formulation, words: str) -> Inquiry | None:
    """Return what a message asks about the answer to a formulation; None where it asks for nothing of that kind."""
    grounded = check(formulation).grounded
    return None if grounded is None else meant(words, formulation, grounded)


def ask(formulation: Formulation, words: str, *, verdict: Verdict | None = None, limit_s: float = 30.0) -> Reply:
    """Return the answer to a question about the best plan.

    Args:
        formulation: with all data.
        words: the question.
        verdict: on the answer that stands, for questions how far to trust it.
        limit_s: seconds for one solve.

    Raises:
        CallerError: it is no question that can be answered so.
        FaultyError: the formulation has errors, or nothing here can solve it.
    """
    asked = inquiry(formulation, words)
    if not isinstance(asked, Contrast | Plain):
        raise CallerError(f"this is no question about the plan; {KINDS}. `fivefold revise` changes a formulation")
    return replied(formulation, asked, verdict=verdict, limit_s=limit_s)


def replied(
    formulation: Formulation, asked: Contrast | Plain, *, verdict: Verdict | None = None, limit_s: float = 30.0
) -> Reply:
    """Return the answer to a question that was understood; see `ask`."""
    try:
        match asked:
            case Contrast():
                return contrasted(instance(formulation), asked, limit_s)
            case Plain("reasons"):
                return reasons(instance(formulation), limit_s)
            case Plain("alternatives"):
                return others(instance(formulation), limit_s)
            case Plain("assumptions"):
                made = assumed(formulation)
                head = "It rests on this, which the problem does not state:" if made else "No assumption was noted."
                return Reply(True, "\n".join([head, *(f"  - {one}" for one in made)]))
            case _:
                if verdict is None:
                    raise CallerError("no verdict is kept beside this formulation; `fivefold verify` makes one")
                return Reply(True, verdict_text(verdict))
    except UnusableError as fault:
        raise CallerError(str(fault)) from None
    except BuildError as fault:
        raise FaultyError("this question cannot be answered for the formulation", fault.findings) from None

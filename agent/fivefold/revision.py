"""Changing a formulation in words: the LLM names the changes of single elements, all others stay, byte for byte.

::

    from fivefold.formulations import load
    from fivefold.revision import revise
    found = revise(load("formulation.json"), "We may also rent a second oven for 40 a day.")
    print(found.difference, found.formulation)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from fivefold.checks.constants import constants
from fivefold.checks.numbers import unused
from fivefold.connecting import connected_llm, tools_for
from fivefold.editing import edited
from fivefold.editing.differences import difference
from fivefold.editing.operations import Add, Change, Operation
from fivefold.editing.replaced import with_replaced
from fivefold.editing.superseded import CLAUSE
from fivefold.errors import CallerError, FivefoldError
from fivefold.events import Event
from fivefold.formulations import FaultyError
from fivefold.nodes.changes import changes_schema, operations_of, shown
from fivefold.nodes.formulate import as_object
from fivefold.options import Options
from fivefold.problem import Quantity, quantities
from fivefold.settings import Settings, from_environment
from fivefold.tools import as_text
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

if TYPE_CHECKING:
    from fivefold.llm import LLM
    from fivefold.tools import Tools
    from fivefold_prompts.version import Message

TOKENS = 800
TRIES = 3
MAX_CHARS = 60_000
"""A formulation that takes more as JSON is not shown to an LLM; its data belongs in files."""
MAX_TOLD = 6
LEFT_OUT = "wish-left-out"
"""Code of a finding: a number of the wish is in none of the changes."""
MAX_PARTS = 3


class Revision(BaseModel):
    """What an LLM made of a wish about a formulation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    request: str
    """The wish, as it was said."""
    operations: tuple[Operation, ...]
    """The changes, in the order in which they were made; empty where the wish asks for none."""
    formulation: Formulation
    """The formulation after them; the one before where there are none."""
    findings: tuple[Finding, ...]
    """What checking the new one found beside errors, of which it has none; `wish-left-out`: no change has a number
    that the wish says."""
    difference: str
    """What differs from the one before, as a unified diff of Markdown."""
    prompt_tokens: int
    """LLM tokens read for it."""
    completion_tokens: int
    """LLM tokens written for it."""


class RevisionError(FivefoldError):
    """The LLM named no changes that can be made; what is there stays as it is."""


def revise(formulation: Formulation, request: str, **arguments: object) -> Revision:
    """Change a formulation in words and wait for it; see `arevise`."""
    return asyncio.run(arevise(formulation, request, **arguments))  # type: ignore[arg-type]  # the names are checked there


async def arevise(
    formulation: Formulation,
    request: str,
    *,
    llm: str | LLM | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    settings: Settings | None = None,
    llm_timeout_s: float = 600.0,
    on_event: Callable[[Event], None] | None = None,
) -> Revision:
    """Return a formulation with the changes that a wish in words asks for.

    The LLM is held to names that are there. Changes that cannot be made, or after which the formulation has errors,
    are asked for again with what was wrong; a clause whose numbers are in no change is asked about alone. Nothing is
    solved: `fivefold.solve(text, change=...)` does that, and checks the result against what still stands of the text.

    Args:
        formulation: what is changed; it must be free of errors.
        request: the wish, in words.
        llm: name of the LLM at the endpoint, or a connected `fivefold.llm.LLM`.
        base_url: OpenAI-compatible endpoint; without one that of the environment, else the embedded LLM.
        api_key: key for `base_url`.
        settings: instead of the environment.
        llm_timeout_s: seconds at most for one request; not used with a connected `LLM`.
        on_event: called with each `Event` as it happens.

    Raises:
        CallerError: there is no wish, or the formulation is too large to be shown.
        FaultyError: the formulation has errors already.
        RevisionError: no changes came of it that can be made.
        LLMError: the LLM endpoint failed and retries did not help.
    """
    settings = settings or from_environment()
    _check(formulation, request)
    tell = on_event or _silent
    async with connected_llm(llm, base_url, api_key, settings, llm_timeout_s, tell) as connected:
        tools = tools_for(connected, Options(), tell, settings, ())
        tools.step = "revise"
        return await revised(formulation, request.strip(), tools)


async def revised(formulation: Formulation, request: str, tools: Tools) -> Revision:
    """Return what the LLM makes of a wish, with what a run calls on; see `arevise`."""
    before = tools.usage
    operations = await _named(formulation, request, request, tools)
    clearer = "" if operations else with_replaced(formulation, request)
    if clearer:
        # Small LLMs see no change in a wish that names only the new number.
        operations = await _named(formulation, clearer, request, tools)
    after = _after(formulation, operations)
    # Small LLMs name the changes for one part of a wish and forget another: they are asked for that part alone.
    for part in _parts_left_out(formulation, after, request)[:MAX_PARTS]:
        try:
            alone = await _named(after, part, request, tools)
            both = _joined(operations, alone)
            joined = _after(formulation, both)
        except (RevisionError, CallerError, FaultyError):
            continue  # what the whole wish brought is kept, and what is left out is told
        if not check(joined).errors:
            operations, after = both, joined
    return Revision(
        request=request,
        operations=tuple(operations),
        formulation=after.model_copy(update={"version": formulation.version + 1}) if operations else formulation,
        findings=(*check(after).findings, *map(_finding, left_out(formulation, after, request))),
        difference=str(difference(formulation, after)["text"]),
        prompt_tokens=tools.usage.prompt_tokens - before.prompt_tokens,
        completion_tokens=tools.usage.completion_tokens - before.completion_tokens,
    )


async def _named(formulation: Formulation, wish: str, request: str, tools: Tools) -> list[Operation]:
    """Return the operations that the LLM names for a wish, or for a part of a request; they can be made."""
    program = as_text(shown(formulation))
    if len(program) > MAX_CHARS:
        raise CallerError(f"the formulation is too large to be changed in words: {len(program)} characters; edit it")
    schema = changes_schema(formulation)
    messages: list[Message | dict[str, str]] = [*tools.render("revise", formulation=program, request=wish)]
    faults = ""
    for _ in range(TRIES):
        reply = await tools.ask(messages, schema=schema, max_tokens=TOKENS)
        try:
            named = operations_of(as_object(reply.parsed), formulation, request)
            operations = [one for one in named if _changes(formulation, one)]
            wrong = check(_after(formulation, operations)).errors
            if not wrong:
                return operations
            faults = _told(wrong)
        except (CallerError, FaultyError) as fault:
            faults = _told(getattr(fault, "findings", ()) or (fault,))
        messages += [{"role": "assistant", "content": reply.text}, *tools.render("revise_again", faults=faults)]
    raise RevisionError(f"the LLM named no changes that can be made; say it in other words, or edit it ({faults})")


def _joined(operations: list[Operation], alone: list[Operation]) -> list[Operation]:
    """Return the operations with those for one part of the wish, which count for the elements that they are about."""
    own = {_about(one) for one in alone}
    return [*(one for one in operations if _about(one) not in own), *alone]


def _about(operation: Operation) -> tuple[str, str]:
    if isinstance(operation, Add):
        return operation.section, str(operation.element.get("name"))
    return getattr(operation, "section", ""), getattr(operation, "name", "")


def _after(formulation: Formulation, operations: list[Operation]) -> Formulation:
    return edited(formulation, operations) if operations else formulation


def _check(formulation: Formulation, request: str) -> None:
    if not request.strip():
        raise CallerError("the wish is empty; say in words what is to be changed")
    wrong = check(formulation).errors
    if wrong:
        raise FaultyError("the formulation has errors; mend them first", wrong)


def _changes(formulation: Formulation, operation: Operation) -> bool:
    """Whether an operation changes more than where an element comes from; LLMs write some again as they are."""
    if not isinstance(operation, Change):
        return True
    fields = {slot: value for slot, value in operation.fields.items() if slot != "source"}
    after = edited(formulation, [operation.model_copy(update={"fields": fields})])
    return after.model_copy(update={"version": formulation.version}) != formulation


def left_out(before: Formulation, after: Formulation, request: str) -> list[Quantity]:
    """Return the numbers of a wish that no change has, itself, as what a number grew by, or as what it was before."""
    old, new = constants(before), constants(after)
    grown = {round(abs(one - other), 9) for one in new - old for other in old}
    factors = {one / other for one in new - old for other in old if other}
    return list(unused(request, new | grown | factors | (old - new)))


def _parts_left_out(before: Formulation, after: Formulation, request: str) -> list[str]:
    """Return the clauses of a wish of which no number is in the changes, in order; never the whole wish."""
    missing = {quantity.start for quantity in left_out(before, after, request)}
    found: list[str] = []
    for clause in CLAUSE.finditer(request):
        starts = {one.start for one in quantities(request) if clause.start() <= one.start < clause.end()}
        if starts and starts <= missing and clause.group().strip(" .") != request.strip(" ."):
            found.append(clause.group().strip())
    return found


def _finding(quantity: Quantity) -> Finding:
    return warning(
        LEFT_OUT,
        "",
        f"the number {quantity.written} of the wish is in none of the changes",
        "say what it is about in a wish of its own, or edit the element",
    )


def _told(faults: Sequence[object]) -> str:
    return "\n".join(f"- {one}" for one in faults[:MAX_TOLD])


def _silent(_: Event) -> None:
    pass

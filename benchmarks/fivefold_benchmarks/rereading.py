"""Has an LLM read every published quantity off the output of recorded answers, as OptiBench's authors do.

What was read is kept beside each record, so that the rule `optibench-all-llm` can judge it, and a reading that was
stopped goes on where it was. Nothing of the published values is shown to the LLM, only the names of the quantities.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable

from fivefold.llm import LLM, Reply
from fivefold_benchmarks.baselines.attempt import ask
from fivefold_benchmarks.case import Case, as_number
from fivefold_benchmarks.record import EvalRecord, RunInfo
from fivefold_benchmarks.record_book import RecordBook

PROMPT = "read_quantity"
EVENT = "reread"
"""What the record book calls a reading."""
_SCHEMA = {
    "type": "object",
    "properties": {"value": {"type": ["number", "null"]}},
    "required": ["value"],
    "additionalProperties": False,
}
_MAX_TOKENS = 64


def left_to_read(book: RecordBook, info: RunInfo) -> list[EvalRecord]:
    """Return the records of a run whose published quantities nobody has read yet."""
    cases = book.cases(info.run_id)
    return [one for one in book.records(info.run_id) if one.read is None and cases[one.item].quantities]


async def reread(
    book: RecordBook, info: RunInfo, llm: LLM, *, done: Callable[[EvalRecord], None] = lambda record: None
) -> int:
    """Have an LLM read what is left to read of a run; returns how many records that were.

    Args:
        book: where the run is.
        info: the run.
        llm: asked as many questions at once as it was connected for.
        done: called with each record whose quantities are stored.

    Raises:
        LLMError: the endpoint failed; what was read until then is stored.
        OutsideError: the file cannot be written.
    """
    left, cases = left_to_read(book, info), book.cases(info.run_id)
    if not left:
        return 0
    book.note(info.run_id, EVENT, f"{len(left)} answers, quantities read by {await llm.name()}")

    async def one(record: EvalRecord) -> None:
        values = await read_quantities(llm, record, cases[record.item])
        await asyncio.to_thread(book.append_reading, info.run_id, record.key, values)
        done(record)

    try:
        async with asyncio.TaskGroup() as group:
            for record in left:
                group.create_task(one(record))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return len(left)


async def read_quantities(llm: LLM, record: EvalRecord, case: Case) -> dict[str, float]:
    """Return the published quantities that an LLM finds in what an answer reports; one question for each."""
    if record.objective is None:
        return {}
    shown = {"problem": case.question, "program": record.program, "output": output_of(record)}
    read = functools.partial(ask, llm, PROMPT, max_tokens=_MAX_TOKENS, schema=_SCHEMA)
    replies = {wanted: await read({**shown, "wanted": wanted}) for wanted in case.quantities}
    return {wanted: value for wanted, reply in replies.items() if (value := _value(reply)) is not None}


def _value(reply: Reply) -> float | None:
    return as_number(reply.parsed.get("value")) if isinstance(reply.parsed, dict) else None


def output_of(record: EvalRecord) -> str:
    """Return what a program printed, with the values of its variables and of the objective."""
    values = [f"{name} = {value:.10g}" for name, value in (record.quantities or {}).items()]
    objective = [] if record.objective is None else [f"objective = {record.objective:.10g}"]
    return "\n".join([str(record.result.get("stdout", "")).strip(), *values, *objective]).strip()

"""One call: the problem's text to a whole Pyomo program, as most published pipelines start."""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, attempt_with

_SYSTEM = f"""You are an expert in mathematical optimization. Write one complete Python program that models and \
solves the problem that you are given. Reply with the program in one Python code block.
{RULES}"""


async def direct(llm: LLM, question: str) -> Attempt:
    """Return what comes of one program written in one call."""
    reply = await llm.ask(
        [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}], max_tokens=1024
    )
    return await attempt_with(code_of(reply.text), reply.usage)

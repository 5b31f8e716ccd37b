"""One call: the problem's text to a whole Pyomo program, as most published pipelines start."""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, attempt_with

_TASK = """You are an expert in mathematical optimization. Write one complete Python program that models and \
solves the problem that you are given. Reply with the program in one Python code block.
"""
_PLAIN = """Use Pyomo with the solver "highs". End the program by printing the optimal value of the objective as \
`OBJECTIVE: <value>`."""


async def direct(llm: LLM, question: str, *, frame: bool = True) -> Attempt:
    """Return what comes of one program written in one call.

    Args:
        llm: the LLM.
        question: the problem's text.
        frame: whether the prompt shows the frame of such a program; published prompts mostly do not.
    """
    system = _TASK + (RULES if frame else _PLAIN)
    reply = await llm.ask(
        [{"role": "system", "content": system}, {"role": "user", "content": question}], max_tokens=1024
    )
    return await attempt_with(code_of(reply.text), reply.usage)

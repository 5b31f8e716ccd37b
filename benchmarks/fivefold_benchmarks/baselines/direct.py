"""One call: the problem's text to a whole Pyomo program, as most published pipelines start."""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with

_PLAIN = """Use Pyomo with the solver "highs". End the program by printing the optimal value of the objective as \
`OBJECTIVE: <value>`."""


async def direct(llm: LLM, question: str, *, frame: bool = True, temperature: float = 0.0, seed: int = 0) -> Attempt:
    """Return what comes of one program written in one call.

    Args:
        llm: the LLM.
        question: the problem's text.
        frame: whether the prompt shows the frame of such a program; published prompts mostly do not.
        temperature: sampling temperature.
        seed: seed of the sampling.
    """
    told = {"problem": question, "rules": RULES if frame else _PLAIN}
    reply = await ask(llm, "baseline_direct", told, max_tokens=1024, temperature=temperature, seed=seed)
    return await attempt_with(code_of(reply.text))

"""Chain of thought, then code: the LLM reasons step by step and ends its one reply with a program.

After J. Wei et al., Chain-of-Thought Prompting Elicits Reasoning in Large Language Models (arXiv 2201.11903), in
the zero-shot form that papers on modelling compare with; the steps are our own words.
"""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with


async def thought(llm: LLM, question: str) -> Attempt:
    """Return what comes of a program written after reasoning about it."""
    reply = await ask(llm, "baseline_thought", {"problem": question, "rules": RULES}, max_tokens=1536)
    reasoning = reply.text.partition("```")[0].strip()
    return await attempt_with(code_of(reply.text), formulation=reasoning)

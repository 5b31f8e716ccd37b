"""Two calls in LLMOPT's shape (arXiv 2410.13213): the five elements as free text, then a Pyomo program from them.

The prompts are our own words; LLMOPT's tuned weights and its correction rounds are not part of this baseline.
"""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, ask, attempt_with


async def five_text(llm: LLM, question: str) -> Attempt:
    """Return what comes of elements written first and a program written from them."""
    elements = await ask(llm, "baseline_five_elements", {"problem": question}, max_tokens=768)
    told = {"problem": question, "elements": elements.text, "rules": RULES}
    code = await ask(llm, "baseline_five_program", told, max_tokens=768)
    return await attempt_with(code_of(code.text), formulation=elements.text)

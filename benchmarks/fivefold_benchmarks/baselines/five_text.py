"""Two calls in LLMOPT's shape (arXiv 2410.13213): the five elements as free text, then a Pyomo program from them.

The prompts are our own words; LLMOPT's tuned weights and its correction rounds are not part of this baseline.
"""

from fivefold.llm import LLM
from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.baselines.attempt import RULES, Attempt, attempt_with

_ELEMENTS = """You are an expert in mathematical optimization. Write the problem that you are given as a five-element \
formulation in Markdown with these headings:
## Sets
## Parameters
## Variables
## Objective
## Constraints
Give every number of the problem. Be brief, one line an entry. Write no program."""
_CODE = f"""You are an expert in mathematical optimization. Write one complete Python program that solves the \
five-element formulation that you are given. Reply with the program in one Python code block, without comments.
{RULES}"""


async def five_text(llm: LLM, question: str) -> Attempt:
    """Return what comes of elements written first and a program written from them."""
    elements = await llm.ask(
        [{"role": "system", "content": _ELEMENTS}, {"role": "user", "content": question}], max_tokens=768
    )
    asked = f"Problem:\n{question}\n\nFive-element formulation:\n{elements.text}"
    code = await llm.ask([{"role": "system", "content": _CODE}, {"role": "user", "content": asked}], max_tokens=768)
    return await attempt_with(code_of(code.text), elements.usage + code.usage)

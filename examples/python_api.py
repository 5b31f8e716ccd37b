"""Solve the bakery problem from Python and look at what came of it.

    python examples/python_api.py

Asks the endpoint in OPENAI_BASE_URL, or the embedded LLM where `fivefold model pull` has fetched it.
"""

import asyncio
from pathlib import Path

import fivefold

TEXT = (Path(__file__).parent / "bakery.txt").read_text("utf-8")


def main() -> None:
    """Solve, then look at the parts of the outcome."""
    outcome = fivefold.solve(TEXT, rounds=2)
    print(outcome.explanation)
    print("verdict:", outcome.verdict.grade)
    for line in outcome.verdict.feedback:
        print("  doubt:", line)

    # The five elements are data: look at them, change them, keep them as JSON.
    formulation = outcome.formulation
    if formulation is not None:
        for variable in formulation.variables:
            print(f"{variable.name} ({variable.domain}): {variable.description}")
        for constraint in formulation.constraints:
            print(f"{constraint.name}: {constraint.expression}")

    # Values are keyed by index; a variable without indices has the one key ().
    for name, table in outcome.values.items():
        for key, value in table.items():
            print(name, *key, "=", value)

    # The program runs without Fivefold.
    if outcome.program is not None:
        print(f"{len(outcome.program.source.splitlines())} lines of {outcome.program.library}")


async def follow() -> None:
    """Solve again, step by step; the answers come from the cache this time."""
    async for event in fivefold.stream(TEXT):
        if event.kind == "end":
            print(f"{event.step}: {event.message}")
        elif event.kind == "done":
            print("objective:", event.data["outcome"].objective)


if __name__ == "__main__":
    main()
    asyncio.run(follow())

"""Small problems in words of their own, an LLM that forgets a limit unless told, and a writer that tells it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from fivefold_benchmarks.case import Case
from tests.scripted_llm import Answer, Json

TOLD = "Count every board as well."
"""What the LLM must be told to keep the limit that it forgets."""
ANCHOR = "Now the objective and the constraints over these variables."


def word(number: int) -> str:
    """A name of letters only, so that no two problems have five words in a row in common."""
    return "".join("bdfgklmnpr"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{number:03}")


def question(number: int) -> str:
    """A problem with a limit on hours and one on boards; every fourth has only the one on hours."""
    w = word(number)
    text = (
        f"Master {w}dor makes trains, {w}lin boats. Trains {w}nest need 2 hours, "
        f"boats {w}pas need 3 hours. {w.title()}rum gives {120 + number} hours."
    )
    if not is_easy(number):
        text += f" Trains {w}sol need 4 boards, boats {w}tam 1 board; {w}vig has {140 + number} boards."
    return (
        text
        + f" A {w}wen train earns 7 dollars, {w}zor boats 5 dollars. How many of both {w}bel maximize {w}cum earnings?"
    )


def is_easy(number: int) -> bool:
    """Whether there is nothing to forget."""
    return number % 4 == 3


def answer(number: int) -> float:
    """The optimum, by trying all."""
    hours, boards = 120 + number, 140 + number
    return max(
        7.0 * trains + 5.0 * min((hours - 2 * trains) // 3, hours if is_easy(number) else boards - 4 * trains)
        for trains in range(hours // 2 + 1)
        if is_easy(number) or boards >= 4 * trains
    )


def cases(count: int) -> list[Case]:
    """The problems."""
    return [
        Case(
            id=f"shop-{n}",
            benchmark="shops",
            question=question(n),
            answer=answer(n),
            expected="optimal",
            kind="easy" if is_easy(n) else "boards",
        )
        for n in range(count)
    ]


def problem_file(folder: Path, count: int) -> Path:
    """The problems as a file of JSON lines."""
    path = folder / "shops.jsonl"
    rows = [{"id": c.id, "question": c.question, "answer": c.answer, "kind": c.kind} for c in cases(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


VARIABLES: Json = {
    "variables": [
        {"name": "trains", "meaning": "trains made", "domain": "integer"},
        {"name": "boats", "meaning": "boats made", "domain": "integer"},
    ]
}


def formulate(request: Json) -> Json:
    """The rows of the problem that is asked about; without the limit on boards where nobody says to count them."""
    told = "\n".join(str(message["content"]) for message in request["messages"])
    problem = told.rpartition("Problem:")[2]
    (hours,) = re.findall(r"gives (\d+) hours", problem)
    boards = re.findall(r"has (\d+) boards", problem)
    rows = [{"meaning": "hours available", "expression": f"2*trains + 3*boats <= {hours}"}]
    if boards and TOLD in told:
        rows.append({"meaning": "boards available", "expression": f"4*trains + boats <= {boards[0]}"})
    return {
        "objective": {"sense": "maximize", "meaning": "earnings", "expression": "7*trains + 5*boats"},
        "constraints": rows,
    }


def edit(text: str, parameter: str = "constrain", anchor: str = ANCHOR) -> str:
    """A reply of a writer with one edit."""
    return (
        f"<reasoning>a limit is missing</reasoning>\n<changes>\n<edit>\n<parameter>{parameter}</parameter>\n"
        f"<operation>insert_after</operation>\n<anchor>{anchor}</anchor>\n<text>\n{text}\n</text>\n</edit>\n</changes>"
    )


def shop(writer: Callable[[str], str]) -> Callable[[Json], Answer]:
    """An LLM that answers for the agent, and for the writer with what `writer` makes of its question."""

    def rule(request: Json) -> Answer:
        schema = request.get("response_format", {}).get("json_schema", {}).get("schema", {})
        if "variables" in schema.get("properties", {}):
            return json.dumps(VARIABLES)
        if "constraints" in schema.get("properties", {}):
            return json.dumps(formulate(request))
        return writer("\n".join(str(message["content"]) for message in request["messages"]))

    return rule

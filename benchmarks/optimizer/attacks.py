"""Ways to copy a problem, rows of its formulation or its answer into a prompt, and prompts that copy nothing."""

from __future__ import annotations

import base64
import itertools
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

Attack = Callable[[str, float, random.Random], str]
"""Writes what a dishonest writer would put into a prompt, from a problem and its answer."""


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)


def _fragment(text: str, count: int, draws: random.Random) -> str:
    words = _words(text)
    begin = draws.randrange(max(1, len(words) - count))
    return " ".join(words[begin : begin + count])


def _dropped(text: str, share: float, draws: random.Random) -> str:
    return " ".join(word for word in _words(text) if draws.random() >= share)


def _typos(text: str, draws: random.Random) -> str:
    return " ".join(word[:2] + word[3:] if len(word) > 5 and draws.random() < 0.15 else word for word in _words(text))


def _spaced(text: str) -> str:
    return "\u200b".join(text)


def _numbers(text: str) -> str:
    return ", ".join(re.findall(r"\d[\d.,]*\d|\d", text))


def _renumbered(text: str, draws: random.Random) -> str:
    return re.sub(r"\d+", lambda _: str(draws.randint(2, 99)), text)


def _rare(text: str) -> str:
    return " ".join(sorted({word.strip(".,:;()") for word in _words(text) if len(word) > 6}))


SYNONYMS = {
    "each": "every", "at most": "no more than", "at least": "no fewer than", "how many": "what number of",
    "makes": "produces", "wants": "would like", "costs": "is priced at", "needs": "requires", "per": "for each",
    "profit": "gain", "maximize": "make as large as possible", "minimize": "make as small as possible",
    "a ": "one ", "the ": "this ", "should": "ought to", "can": "is able to", "day": "date", "hours": "h",
}  # fmt: skip


def _paraphrased(text: str) -> str:
    told = text
    for one, other in SYNONYMS.items():
        told = re.sub(rf"\b{one}", other, told, flags=re.IGNORECASE)
    sentences = re.split(r"(?<=[.?!])\s+", told)
    return " ".join(reversed(sentences))


PROBLEM_WAYS: Mapping[str, Attack] = {
    "verbatim": lambda text, _, d: text,
    "as an example with its answer": lambda text, answer, d: f"For example: {text} Answer: {answer}",
    "in lower case": lambda text, _, d: text.lower(),
    "in capitals": lambda text, _, d: text.upper(),
    "first half": lambda text, _, d: text[: len(text) // 2],
    "last half": lambda text, _, d: text[len(text) // 2 :],
    "14 words of it": lambda text, _, d: _fragment(text, 14, d),
    "10 words of it": lambda text, _, d: _fragment(text, 10, d),
    "15 % of the words left out": lambda text, _, d: _dropped(text, 0.15, d),
    "30 % of the words left out": lambda text, _, d: _dropped(text, 0.30, d),
    "other numbers": lambda text, _, d: _renumbered(text, d),
    "other numbers, 15 % of the words left out": lambda text, _, d: _dropped(_renumbered(text, d), 0.15, d),
    "only its numbers": lambda text, _, d: f"Think of {_numbers(text)}.",
    "only its long words": lambda text, _, d: f"Think of {_rare(text)}.",
    "with misspellings": lambda text, _, d: _typos(text, d),
    "invisible characters between letters": lambda text, _, d: _spaced(text),
    "without punctuation": lambda text, _, d: re.sub(r"[^\w\s]", " ", text),
    "with underscores": lambda text, _, d: text.replace(" ", "_"),
    "a line for every word": lambda text, _, d: "\n".join(_words(text)),
    "as a list of sentences": lambda text, _, d: "\n".join(f"- {one}" for one in re.split(r"(?<=[.?!])\s+", text)),
    "sentences in reverse order": lambda text, _, d: " ".join(reversed(re.split(r"(?<=[.?!])\s+", text))),
    "words doubled": lambda text, _, d: " ".join(f"{word} {word}" for word in _words(text)),
    "as base64": lambda text, _, d: base64.b64encode(text.encode()).decode(),
    "with other words for common ones, sentences turned": lambda text, _, d: _paraphrased(text),
    "what to answer": lambda text, answer, d: (
        f"If the text begins with {' '.join(_words(text)[:5])}, answer {answer:g}."
    ),
}  # fmt: skip
"""Ways to copy the problem."""


RowAttack = Callable[[Mapping[str, Any], random.Random], str]
"""Writes rows or names as they stand in a formulation of a problem; nothing where it has none that say anything."""


def _rows(problem: Mapping[str, Any]) -> list[str]:
    """Return the rows of a formulation that name two words of the text at least."""
    formulation = problem["formulation"]
    rows = [row["expression"] for row in formulation.get("constraints", [])]
    rows += [formulation["objective"]["expression"]] if "expression" in formulation.get("objective", {}) else []
    said = set(re.findall(r"[a-z]{3,}", problem["text"].lower()))
    return [row for row in rows if len(set(re.findall(r"[a-z]{3,}", row)) & (said - {"for", "sum"})) > 1]


def _a_row(problem: Mapping[str, Any], draws: random.Random) -> str:
    rows = _rows(problem)
    return f"Write rows such as `{draws.choice(rows)}`." if rows else ""


def _all_rows(problem: Mapping[str, Any], draws: random.Random) -> str:
    rows = _rows(problem)
    return "For example:\n" + "\n".join(rows) if len(rows) > 1 else ""


_FEW_SAY = {"the", "and", "for", "how", "each", "per", "with", "from", "are", "that", "its", "made", "number"}


def _long_names(problem: Mapping[str, Any]) -> list[list[str]]:
    """Return pairs of words beside each other in the text that end in the name of a variable or hold it."""
    names = {variable["name"].lower() for variable in problem["formulation"].get("variables", [])}
    words = re.findall(r"[a-z]+", problem["text"].lower())
    found: list[list[str]] = []
    for first, second in itertools.pairwise(words):
        told = len(first) > 2 and len(second) > 2 and not {first, second} & _FEW_SAY
        if told and {first, second} & names and [first, second] not in found:
            found.append([first, second])
    return found


def _written(names: list[str]) -> str:
    return f"A share is `{names[0]} <= 2 * {names[1]}`." if len(names) > 1 else ""


def _snake(problem: Mapping[str, Any], draws: random.Random) -> str:
    return _written(["_".join(name) for name in _long_names(problem)])


def _camel(problem: Mapping[str, Any], draws: random.Random) -> str:
    return _written([first + second.title() for first, second in _long_names(problem)])


ROW_WAYS: Mapping[str, RowAttack] = {
    "a row of its formulation": _a_row,
    "all rows of its formulation": _all_rows,
    "a row with long names, `rye_loaves`": _snake,
    "a row with long names, `ryeLoaves`": _camel,
}
"""Ways to copy what was written for the problem."""


def answer_ways() -> Mapping[str, Attack]:
    """Return ways to write the answer: how the tests write one number, for any."""

    def way(example: str) -> Attack:
        return lambda _, answer, d: f"Remember that the total is {dressed(example, answer)}, then go on."

    return {f"answer as {example!r}": way(example) for example in ANSWER_FORMS}


ANSWER_FORMS = (
    "plain", "thousands,", "thousands.", "thousands space", "apostrophe", "dollars", "rounded", "percent",
    "scientific", "x 10^", "thousand", "k", "million", "spaced digits", "dashed digits", "piped digits", "backwards",
    "words", "digit words", "full width", "arabic digits", "zero width", "entities", "escapes", "hex",
)  # fmt: skip
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def dressed(form: str, answer: float) -> str:
    """Return a number in a form."""
    whole = round(answer)
    digits = str(abs(whole))
    forms: Mapping[str, Callable[[], str]] = {
        "plain": lambda: f"{answer:g}" if abs(answer) < 1e6 else f"{answer:.2f}",
        "thousands,": lambda: f"{answer:,.2f}",
        "thousands.": lambda: f"{answer:,.2f}".replace(",", " ").replace(".", ",").replace(" ", "."),
        "thousands space": lambda: f"{whole:,}".replace(",", " "),
        "apostrophe": lambda: f"{whole:,}".replace(",", "'"),
        "dollars": lambda: f"${answer:,.2f}",
        "rounded": lambda: f"about {float(f'{answer:.3g}'):,.0f}" if abs(answer) >= 1000 else f"{answer:.2f}",
        "percent": lambda: f"{answer * 100:.0f}%",
        "scientific": lambda: f"{answer:.6e}",
        "x 10^": lambda: f"{answer / 10 ** (len(digits) - 1):.5g} x 10^{len(digits) - 1}",
        "thousand": lambda: f"{answer / 1000:.5g} thousand",
        "k": lambda: f"{answer / 1000:.5g}k",
        "million": lambda: f"{answer / 1e6:.6g} million",
        "spaced digits": lambda: " ".join(digits),
        "dashed digits": lambda: "-".join(digits),
        "piped digits": lambda: "|".join(digits),
        "backwards": lambda: digits[::-1],
        "words": lambda: in_words(abs(whole)),
        "digit words": lambda: " ".join(_DIGITS[int(digit)] for digit in digits),
        "full width": lambda: "".join(chr(0xFF10 + int(digit)) for digit in digits),
        "arabic digits": lambda: "".join(chr(0x660 + int(digit)) for digit in digits),
        "zero width": lambda: "\u200b".join(digits),
        "entities": lambda: "".join(f"&#{ord(digit)};" for digit in digits),
        "escapes": lambda: "".join(f"\\u{ord(digit):04x}" for digit in digits),
        "hex": lambda: hex(abs(whole)),
    }
    return forms[form]()


_ONES = (*_DIGITS, "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
         "nineteen")  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """Return a whole number in English words."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{in_words(number // size)} {name}" + (f" {in_words(rest)}" if rest else "")
    raise AssertionError


CLEAN = (
    "Read the whole text before you write anything; then list the decisions, one line each.",
    "Name the unit of every quantity. Convert minutes to hours before you add them.",
    "Decide for each variable whether fractions make sense. Things that are counted are integers.",
    "Write the objective first: is something to be as large or as small as possible?",
    "Every sentence with a limit becomes a constraint. Words such as at most, no more than, up to mean <=.",
    "Words such as at least, no fewer than, a minimum of mean >=. Exactly means ==.",
    "A share of the total is a constraint of its own: multiply out, so that it stays linear.",
    "If the text gives a table, make a set for its rows and one for its columns.",
    "Use a binary variable for a yes or no, and link it with a big-M that is as small as the data allow.",
    "Check that every number of the text is used, and say why one is not.",
    "Do not invent data. Where something is missing, state an assumption and go on.",
    "Inventory at the end of a period is what was there before, plus what came in, minus what went out.",
    "In a network what flows into a node flows out of it, except at sources and sinks.",
    "Each job is done once, and a machine does one job at a time.",
    "A fixed cost is paid once if anything at all is made; it needs a binary variable.",
    "Set a tolerance of 1e-6 for equality and report values with 2 decimals.",
    "Give variables short lower-case names with underscores, such as tons_by_truck.",
    "Solve with HiGHS, print the status, and print the objective with 4 decimals.",
    "When the solver says infeasible, look for two limits that contradict each other.",
    "When the solver says unbounded, look for a variable without an upper limit.",
    "Keep to the order of the text, so that a reader can compare line by line.",
    "Percentages are divided by 100. A discount of 20 % leaves a factor of 0.8.",
    "Profit is revenue minus cost; write both as sums over the same set.",
    "Demand may be exceeded unless the text says that it must be met exactly.",
    "Supply is never exceeded. Capacity counts for each period on its own.",
    "A ratio of 2 to 1 between two amounts means that the first is at least twice the second.",
    "For mixtures, multiply each part by its content and compare with the content of the whole.",
    "At the start nothing is in stock unless the text says so.",
    "If the answer is asked per week and data are per day, multiply by 7.",
    "Return JSON with the keys variables, objective and constraints, and nothing else.",
)
"""Prompts as people write them; none is about a problem."""

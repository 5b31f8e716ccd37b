"""Holes that a missing number leaves in a text: `at least chairs`, `costs per unit`, `takes some hours`, an empty cell.

Read by the words alone. A hole counts where the words before it ask for a number, or where the same words stand
around a number elsewhere in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from fivefold.reading.labels import labels

_UNITS = (
    r"(?:hours?|minutes?|seconds?|days?|units?|dollars?|euros?|cents?|kg|kilograms?|grams?|mg|pounds?|lbs?|ounces?|"
    r"tons?|tonnes?|lit(?:er|re)s?|gallons?|ml|acres?|hectares?|met(?:er|re)s?|feet|miles?|km|kilomet(?:er|re)s?|"
    r"percent|square|cubic|kwh|mwh)"
)
_NUMBERS = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"hundred|thousand|million|half|third|quarter|twice|double|triple|thrice|dozen|zero)"
)
_BOUND = (
    r"(?:at least|at most|no more than|not more than|no less than|no fewer than|not less than|not exceed|cannot exceed|"
    r"up to|a maximum of|a minimum of|limited to|exactly)"
)
_COUNTING = (
    r"(?:take|takes|require|requires|need|needs|use|uses|consume|consumes|cost|costs|earn|earns|contain|contains|"
    r"provide|provides|has|have|produce|produces|hold|holds|weigh|weighs|"
    r"gives?|yields?|generates?|carry|carries)"
)
_AMOUNT_OF = r"(?:price|profit|cost|wage|fee|revenue|return|rate|total|budget|capacity|limit|supply|demand|stock) of"
_STOP = r"(?=\s*[.,;)](?:\s|$)|\s+(?:and|or|while|but|per|respectively|apiece|in total)\b)"
_SOME = r"(?:some|___+|\?\?+|TBD)"
_MONEY_FOR = r"(?:sells? for|sold (?:for|at)|priced at|is worth|costs? is|profit is|price is|at a price of|earns)"
_HOLES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_BOUND}(?=\s+(?:of\s+)?{_UNITS}\b)",
        rf"\b{_BOUND}(?=\s+(?!as\b|this\b|its\b|is\b|has\b|plus\b|times\b|minus\b|across\b|less\b|was\b)"
        r"(?:[a-z]{3,}s|people|children|times the)\b)",
        rf"\b(?!exactly){_BOUND}{_STOP}(?!,?\s*(?:and (?:at )?\w+ |but [a-z ]{0, 20})?\d)",
        rf"\b{_AMOUNT_OF}(?:{_STOP}|(?=\s*/|\s+(?:is|are)\b))",
        rf"\b{_COUNTING}(?=\s+{_UNITS}\b)",
        r"\b(?:an?|each|every|one)\s+(?:(?!has\b|incurs?\b|with\b|have\b)[\w-]+\s+){1,3}(?:costs|earns|brings|pays|requires|needs|takes)"
        r"(?=\s+per\b)",
        rf"\b{_MONEY_FOR}(?=\s+(?:per|and|each|for)\b|\s*[.,;](?:\s|$))",
        rf"\b(?:{_BOUND}|{_AMOUNT_OF}|takes|requires|costs)\s+{_SOME}\b",
        rf"\b(?:{_COUNTING}|of|is|are|than|only|for|at|be|by|exceed|available|capacity|limit|to)\s+{_SOME}"
        rf"(?=\s+(?:{_UNITS}|per|each|and|of|times|more|for|apiece|available|as)\b|\s*[.,;)])",
        rf"(?<![\w-]){_SOME}(?=\s+(?:{_UNITS})\b)",
        rf"[\[,|$]\s*{_SOME}(?=\s*[\],|$])|\d%?,\s+(?:and\s+)?{_SOME}\b",
        rf"\b{_BOUND}(?=\s+of\b)|\b{_BOUND}(?=\s+(?!(?:{_NUMBERS}|the|an?|as|every|each|this|that)\b)[a-z]+\s+{_UNITS}\b)",
        rf"(?:,|\band)(?=\s+(?:dollars?|euros?|percent|{_UNITS}\s+(?:per|each))\b)",
        r"\b(?!(?:buys?|sells?|holds?|exchanges?|converts?|in|of|us|the|per|whole|real|full|nearest|for|and|as|to|are|is|thousand|million|billion|hundred|into|with|or|many|more|most|least|fewest|than)\b)"
        rf"(?!{_NUMBERS}\b)[a-z]{{2,}}(?=\s+(?:dollars|euros)\b)",
        r"(?<=[\w\[]),(?=\s*,)|\band(?=\s*,?\s*respectively)|\(\s*(?=\))|(?<=,)\s*and(?=\s*[.,;])|,(?=\s*\])",
        r"(?<![\d\s\\}])\s+(?=%)|(?<![\w)}$,])[$€£](?=\s+(?:per|each|for|and)\b)",
        r"\b(?:exceed|than|contains?|requires)(?=\s*[.,;)](?:\s|$))",
        rf"\b(?:than|exceed|quantified as)(?=\s+{_UNITS}\b(?! \d))",
    )
)
_BEFORE = re.compile(
    rf"(?:\d|\b{_NUMBERS}\b)[^\d.,;:()\n]{{0,40}}\b(?:at least|at most|at a (?:minimum|maximum))$", re.IGNORECASE
)
"""A bound behind its number: `12 at most`, `one clinic at least`."""
_ASKED = re.compile(r"\b(?:what|whatever|all|how much|how many)(?: \w+){1,3}$", re.IGNORECASE)
"""What somebody has at the end is asked for, and no number is missing."""
_ROUNDED = re.compile(r"(?:round|nearest)[^.]{0,20}$", re.IGNORECASE)
_NUMBER = re.compile(rf"\\?[$€£]?\s*(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*\\?%)?|\b{_NUMBERS}\b", re.IGNORECASE)
_FOLLOWS = re.compile(r":?\s*\\?[$€£]?\s*\d")
_LOOSE = frozenset(
    re.findall(
        r"\w+",
        "the a an of in to for from and or by on with that all its their these those is are be each every what which "
        "how",
    )
)
"""Words beside which a number may stand or not."""
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_EMPTY = re.compile(rf"\s*(?:{_SOME}|\?)?\s*$", re.IGNORECASE)
_ENDS = re.compile(r"[,;.\n](?=\s|$)|(?<=:)\s")


def gaps(text: str) -> list[int]:
    """Return the places of a text where a number is missing, in order, one for a hole."""
    found = {match.end() for hole in _HOLES for match in hole.finditer(text)}
    found |= {
        *_counted_elsewhere(text),
        *_without_number(text),
        *_empty_cells(text),
        *_empty_items(text),
        *_unlike(text),
        *_short_lines(text),
    }
    ordered = sorted(place for place in found if not (_FOLLOWS.match(text, place) or _stated_before(text[:place])))
    return [place for at, place in enumerate(ordered) if not at or place - ordered[at - 1] > 12]


def _stated_before(before: str) -> bool:
    return any(pattern.search(before) for pattern in (_ROUNDED, _BEFORE, _ASKED))


def _counted_elsewhere(text: str) -> Iterator[int]:
    """Yield where a bound is followed by what is counted elsewhere: `at least people` beside `18 people`."""
    counted = {match[1].lower() for match in _COUNTED.finditer(text)}
    for match in _BOUNDED.finditer(text):
        if match[1].lower() in counted:
            yield match.start(1)


_COUNTED = re.compile(r"\d\s+([A-Za-z]{4,})\b")
_BOUNDED = re.compile(rf"\b(?:{_BOUND}|some)\s+([A-Za-z]{{4,}})\b", re.IGNORECASE)
_ITEM = re.compile(r"^([ \t]*(?:[-*•]|\d+[.)]))[ \t]+[^\n:]{3,}:[ \t]*(?P<said>[^\n]*)$", re.MULTILINE)


def _empty_items(text: str) -> Iterator[int]:
    """Yield the items of a list that end where the number of others stands: `- Paint:` beside `- Glue: 40`."""
    items = list(_ITEM.finditer(text))
    for match in items:
        alike = [other for other in items if other[1].strip()[0] == match[1].strip()[0]]
        numbers = sum(_NUMBER.match(other["said"].strip()) is not None for other in alike)
        below = _ITEM.match(text, match.end() + 1)
        # What has items of its own below it is their heading.
        sole = match.end() == len(text.rstrip()) or (below is not None and _depth(below) <= _depth(match))
        if _EMPTY.match(match["said"]) and numbers >= 1 and sole:
            yield match.end("said")


def _depth(item: re.Match[str]) -> int:
    return len(item[1]) - len(item[1].lstrip())


def _short_lines(text: str) -> Iterator[int]:
    """Yield the line of a list that has one number less than all others, with as many commas between."""
    lines = [(match.end(), match.group()) for match in re.finditer(r"^[^\n|]*\d[^\n|]*$", text, re.M)]
    shapes = [(len(re.findall(r"[,;](?=\s|$)", line)), len(_NUMBER.findall(line))) for _, line in lines]
    usual, count = Counter(shapes).most_common(1)[0] if shapes else ((0, 0), 0)
    if (
        count < 3
        or usual[0] < 1
        or usual[1] < 2
        or any(len(line) > 80 for _, line in lines)
        or len(shapes) - count > 1 + count // 3
    ):
        return
    for (end, _), shape in zip(lines, shapes, strict=True):
        if shape == (usual[0], usual[1] - 1):
            yield end


def _marked(text: str) -> tuple[list[str], list[int]]:
    """Return the tokens of a text with `#` for each number, and where they end."""
    naming = labels(text)
    plain = _NUMBER.sub(lambda match: match.group() if _digits(match) in naming else "#" * len(match.group()), text)
    words: list[str] = []
    ends: list[int] = []
    for match in re.finditer(r"#+|[A-Za-z]+|\d+|[^\sA-Za-z#\d]", plain):
        word = "#" if match.group().startswith("#") else match.group().lower()
        if word in {"some", "each", "currently"}:
            continue
        words.append(word)
        ends.append(match.end())
    return words, ends


def _digits(match: re.Match[str]) -> int:
    """Return where the number itself begins, behind its sign and spaces."""
    return match.end() - len(match.group().lstrip("\\$€£ \t\n"))


def _without_number(text: str) -> Iterator[int]:
    """Yield where words stand side by side that have a number between them elsewhere: `takes hours of sawing`."""
    words, ends = _marked(text)
    around = Counter[tuple[str, ...]]()
    for at, word in enumerate(words):
        if word == "#" and 1 <= at < len(words) - 2:
            around[(words[at - 1], words[at + 1], words[at + 2])] += 1
        if word == "#" and 2 <= at < len(words) - 1:
            around[(words[at - 2], words[at - 1], words[at + 1])] += 1
    for at in range(1, len(words) - 1):
        before, here, after = words[at - 1 : at + 2]
        if not all(word.isalpha() for word in (before, here, after)):
            continue
        # Once with the break before the second word, once before the third.
        tight = not {before, here} & _LOOSE and after not in {*_LOOSE, "per", "plus", "minus", "between"}
        tight = tight and here not in {"plus", "minus", "between"}
        if around[before, here, after] and (tight or (here == "of" and after in {"per", "for", "each"})):
            yield ends[at - 1]


def _empty_cells(text: str) -> Iterator[int]:
    """Yield the empty cells of tables whose other cells in the column hold numbers."""
    rows = list(_ROW.finditer(text))
    cells = [
        [(match.start() + c.start(), c.group()[1:]) for c in re.finditer(r"\|[^|\n]*(?=\|)", match.group())]
        for match in rows
    ]
    for row in cells:
        alike = [other for other in cells if len(other) == len(row) and other is not row]
        empty = [at for at, (_, cell) in enumerate(row) if at and _EMPTY.match(cell)]
        for at in empty:
            numbers = sum(_NUMBER.search(other[at][1]) is not None for other in alike)
            blank = sum(_EMPTY.match(other[at][1]) is not None for other in alike)
            if len(empty) <= 2 and numbers >= 2 and not blank:
                yield row[at][0] + 1


def _unlike(text: str) -> Iterator[int]:
    """Yield the clauses that read like at least two others but for one number that they lack."""
    clauses: list[tuple[int, tuple[str, ...]]] = []
    begin = 0
    for end in [*(match.start() for match in _ENDS.finditer(text)), len(text)]:
        clauses.append((end, tuple(_marked(text[begin:end].replace("|", " "))[0])))
        begin = end + 1
    usual = Counter(words for _, words in clauses if "#" in words and len(words) > 2)
    shorter: dict[tuple[str, ...], int] = {}
    for words, count in usual.items():
        for at, word in enumerate(words):
            if word == "#":
                less = (*words[:at], *words[at + 1 :])
                shorter[less] = max(count, shorter.get(less, 0))
    for end, words in clauses:
        if len(words) > 2 and not usual[words] > 1 and shorter.get(words, 0) > 1:
            yield end

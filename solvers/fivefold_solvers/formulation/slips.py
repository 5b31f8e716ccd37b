"""Harmless slips in expression text, mended before parsing; every mend is told.

Only what can mean one thing is mended. Text with two readings (`^`, `20% - x`, `1/2x`, `y => x <= 5`) is left for
`parse` to refuse. Mending twice changes nothing more, and what stands in quotes is never touched.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

_SYMBOLS = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "⩽": "<=",
    "⩾": ">=",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "−": "-",
    "–": "-",
    "÷": "/",
    "∈": " in ",
    "∑": "sum",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "\u00a0": " ",
    "\u2009": " ",
}
_STRING = r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\""""
_QUOTED = re.compile(
    rf"""(?P<plain>{_STRING})|‘(?P<single>[^‘’'\\\n]*)’|“(?P<double>[^“”"\\\n]*)”|(?P<comment>\#[^\n]*)"""
)
_ESCAPE = re.compile(r"""\\(?:[\\'"nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|\\""")
_POWER_OF_TEN = re.compile(r"[\d.]+([eE]\d+)")
_TOKEN = re.compile(
    rf"""(?P<text>{_STRING})
      | (?P<number>(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<run>\d+(?:\.\d+)?(?=[^\W\d]))
      | (?P<digits>\d+)
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>\*\*|//|=<|=>|<=|>=|==|!=|<>|&&|\|\||\S)
      | (?P<space>\s+)""",
    re.VERBOSE,
)
_CURRENCY = frozenset("$€£")
_RELATIONS = frozenset({"=", "=<", "=>", "<=", ">=", "==", "!=", "<>", "<", ">"})
_BEHIND_PERCENT = frozenset({"", ")", "]", "}", ",", "*", "/", "and", "or", "if", "else", "for", "in"}) | _RELATIONS
_KEYWORDS = frozenset({"for", "in", "if", "else", "and", "or", "not"})
_SUMS = frozenset({"quicksum", "lpSum", "Sum", "SUM", "Σ"})
"""Names that modelling libraries and textbooks have for `sum`."""
_WITHOUT = re.compile(r"(?<=\w)\s*(?:\\setminus|∖|\\)\s*(?=\{)")
"""The sign of a difference of sets."""
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,]|\.\d*,)")


class Token(NamedTuple):
    """One lexical token: its kind (`text`, `number`, `run`, `name`, `operator`) and its characters."""

    kind: str
    text: str


class Mended(NamedTuple):
    """Expression text after mending, and what was mended, one sentence each."""

    text: str
    notes: tuple[str, ...]


def tokens(text: str) -> list[Token]:
    """Return the tokens of an expression text, white space left out."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "operator"
        if kind != "space":
            found.append(Token("number" if kind == "digits" else kind, match.group()))
    return found


def powers_of_ten(text: str) -> list[tuple[str, str]]:
    """Return the numbers such as `2e3`, each with the name in it: who declares an `e3` may have meant `2*e3`."""
    found = (_POWER_OF_TEN.fullmatch(token.text) for token in tokens(text) if token.kind == "number")
    return [(match.group(), match[1]) for match in found if match is not None]


def mend(text: str) -> Mended:
    """Return the text with harmless slips mended, and a note for each kind of mend."""
    notes: list[str] = []

    def say(note: str) -> None:
        if note not in notes:
            notes.append(note)

    text = _without_wrapping(_outside_quotes(text, say))
    text = _without_thousands(_WITHOUT.sub(" - ", text), say)
    pieces = _operators(_implications(_sums(tokens(text), say), say), say)
    pieces = _products(pieces, say)
    pieces = _generators(pieces, say)
    return Mended(joined(pieces), tuple(notes))


def _outside_quotes(text: str, say: Callable[[str], None]) -> str:
    """Plain symbols for typographic ones, and no comments; quoted elements keep their characters."""
    result: list[str] = []
    place = 0
    for match in _QUOTED.finditer(text):
        result.append(_symbols(text[place : match.start()], say))
        place = match.end()
        if match.lastgroup == "comment":
            say(f"the comment `{match.group()}` was left out")
        elif match.lastgroup == "plain":
            # Python warns of an unknown escape and keeps its backslash; a doubled one says the same quietly.
            result.append(_ESCAPE.sub(lambda m: m.group() if len(m.group()) > 1 else r"\\", match.group()))
        else:
            quote = "'" if match.lastgroup == "single" else '"'
            result.append(f"{quote}{match.group(match.lastgroup or 0)}{quote}")
    return "".join([*result, _symbols(text[place:], say)])


def _symbols(text: str, say: Callable[[str], None]) -> str:
    for symbol, plain in _SYMBOLS.items():
        if symbol in text:
            text = text.replace(symbol, plain)
            if plain.strip("'\" "):
                say(f"`{symbol}` was read as `{plain.strip()}`")
    return text


def _without_wrapping(text: str) -> str:
    """No white space and `$` around the text, no full stop or semicolon behind it."""
    while True:
        inner = re.sub(r"[\s;.]+\Z", "", text).strip()
        bare = inner.strip("$")
        if bare and "$" not in bare and inner.startswith("$") and inner.endswith("$"):
            inner = bare
        if inner == text:
            return text
        text = inner


def _without_thousands(text: str, say: Callable[[str], None]) -> str:
    """`1,200*x` outside brackets is one number; inside brackets the comma separates arguments."""
    depth = 0
    spans: list[tuple[int, int]] = []
    matches = {match.start(): match.end() for match in _THOUSANDS.finditer(text)}
    quoted = {place for match in re.finditer(_STRING, text) for place in range(*match.span())}
    for place, character in enumerate(text):
        if place in quoted:
            continue
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and place in matches:
            spans.append((place, matches[place]))
    for start, end in reversed(spans):
        say(f"`{text[start:end]}` was read as {text[start:end].replace(',', '')}")
        text = text[:start] + text[start:end].replace(",", "") + text[end:]
    return text


def _sums(pieces: list[Token], say: Callable[[str], None]) -> list[Token]:
    """`quicksum(...)` and `Σ(...)` are sums."""
    result: list[Token] = []
    for place, token in enumerate(pieces):
        calls = place + 1 < len(pieces) and pieces[place + 1].text == "("
        if token.kind == "name" and token.text in _SUMS and calls:
            say(f"`{token.text}` was read as `sum`")
            result.append(Token("name", "sum"))
        else:
            result.append(token)
    return result


def _implications(pieces: list[Token], say: Callable[[str], None]) -> list[Token]:
    """`y == 1 => x <= 5`, with a relation on both sides, is `implies(y == 1, x <= 5)`."""
    depth = 0
    arrows: list[tuple[int, int]] = []
    for place, token in enumerate(pieces):
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "operator" else 0
        if depth == 0 and token.text in {"for", "if", "else"}:
            return pieces
        width = _arrow(pieces, place) if depth == 0 else 0
        if width and not (arrows and place < arrows[-1][1]):
            arrows.append((place, place + width))
    if len(arrows) != 1:
        return pieces
    left, right = pieces[: arrows[0][0]], pieces[arrows[0][1] :]
    if not (_relates(left) and _relates(right)):
        return pieces
    say(f"`{''.join(token.text for token in pieces[slice(*arrows[0])])}` was read as `implies`")
    brackets = (Token("name", "implies"), Token("operator", "("), Token("operator", ","), Token("operator", ")"))
    return [*brackets[:2], *left, brackets[2], *right, brackets[3]]


def _arrow(pieces: list[Token], place: int) -> int:
    """Return of how many tokens an arrow at a place is, 0 where there is none."""
    found = "".join(token.text for token in pieces[place : place + 3])
    if found.startswith("-->"):
        return 3
    if found.startswith(("==>", "->")):
        return 2
    return int(pieces[place].text in {"=>", "⇒", "→"})


def _relates(pieces: list[Token]) -> bool:
    """Whether a relation stands in a text outside of brackets."""
    depth = 0
    for token in pieces:
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "operator" else 0
        if depth == 0 and token.text in _RELATIONS - {"=>"}:
            return True
    return False


def _operators(pieces: list[Token], say: Callable[[str], None]) -> list[Token]:
    """Single `=`, turned-round relations, currency signs, percent signs that can only be percent."""
    plain = {"=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "&&": "and", "||": "or"}
    result: list[Token] = []
    doubtful = _doubtful_arrows(pieces)
    for place, token in enumerate(pieces):
        following = pieces[place + 1].text if place + 1 < len(pieces) else ""
        if token.kind in {"number", "run"}:
            while result and result[-1].text in _CURRENCY:
                say(f"the sign `{result.pop().text}` before a number was left out")
            result.append(token)
        elif token.kind != "operator" or place in doubtful:
            result.append(token)
        elif token.text in plain:
            say(f"`{token.text}` was read as `{plain[token.text]}`")
            result.append(Token("name" if plain[token.text].isalpha() else "operator", plain[token.text]))
        elif token.text == "%" and plain.get(following, following) in _BEHIND_PERCENT:
            if result and result[-1].kind == "number":
                percent = result.pop().text
                say(f"`{percent}%` was read as {percent}/100")
                result += tokens(f"({percent}/100)")
            else:
                result.append(token)
        else:
            result.append(token)
    return result


def _doubtful_arrows(pieces: list[Token]) -> set[int]:
    """Places of `=>` beside another relation, as in `y == 1 => x <= 5`: that means "implies", not `>=`."""
    doubtful: set[int] = set()
    stack: list[list[int]] = [[]]

    def close(relations: list[int]) -> None:
        if len(relations) > 1:
            doubtful.update(place for place in relations if pieces[place].text == "=>")

    for place, token in enumerate(pieces):
        if token.text in {"(", "[", "{"}:
            stack.append([])
        elif token.text in {")", "]", "}"} and len(stack) > 1:
            close(stack.pop())
        elif token.text in {",", "if", "else", "for", "and", "or", "&&", "||"}:
            close(stack[-1])
            stack[-1] = []
        elif token.text in _RELATIONS:
            stack[-1].append(place)
    for relations in stack:
        close(relations)
    return doubtful


def _products(pieces: list[Token], say: Callable[[str], None]) -> list[Token]:
    """`2x`, `2 x` and `3(x + y)` are products; behind `/`, `%` and `**` they have two readings."""
    result: list[Token] = []
    for token in pieces:
        before = result[-1] if result else None
        opens = token.kind == "name" and token.text not in _KEYWORDS
        behind = result[-2].text if len(result) > 1 else ""
        clear = behind not in {"/", "//", "%", "**"}
        if before is not None and clear and before.kind == "number" and (opens or token.text == "("):
            say(f"`{before.text} {token.text}` was read as a product")
            result.append(Token("operator", "*"))
        result.append(Token("number", token.text) if token.kind == "run" else token)
    return result


def _generators(pieces: list[Token], say: Callable[[str], None]) -> list[Token]:
    """`for a in A, b in B` is `for a in A for b in B`, and `for a in A, a > 1` is `for a in A if a > 1`."""
    result: list[Token] = []
    in_generator: list[bool] = [False]
    for place, token in enumerate(pieces):
        if token.text in {"(", "[", "{"}:
            in_generator.append(False)
        elif token.text in {")", "]", "}"} and len(in_generator) > 1:
            in_generator.pop()
        elif token == Token("name", "for"):
            in_generator[-1] = True
        if token.text == "," and in_generator[-1] and starts_range(pieces, place + 1):
            say("`for a in A, b in B` was read as `for a in A for b in B`")
            if pieces[place + 1].text != "for":
                result.append(Token("name", "for"))
            continue
        if token.text == "," and in_generator[-1] and _relates(_part(pieces, place + 1)):
            say("a condition behind a comma was read as `if`")
            result.append(Token("name", "if"))
            continue
        result.append(token)
    return result


def _part(pieces: list[Token], place: int) -> list[Token]:
    """Return the tokens from a place to the next comma or closing bracket of the same depth."""
    depth = 0
    for end in range(place, len(pieces)):
        text = pieces[end].text if pieces[end].kind == "operator" else ""
        if depth == 0 and (text == "," or text in {")", "]", "}"}):
            return pieces[place:end]
        depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
    return pieces[place:]


def starts_range(pieces: list[Token], place: int) -> bool:
    """Return whether `b in`, `(b, c) in` or `for` stands at a place."""
    rest = pieces[place : place + 12]
    if not rest:
        return False
    if rest[0].text == "for":
        return True
    if rest[0].kind == "name":
        return len(rest) > 1 and rest[1].text == "in"
    if rest[0].text == "(":
        closing = next((k for k, token in enumerate(rest) if token.text == ")"), None)
        return closing is not None and closing + 1 < len(rest) and rest[closing + 1].text == "in"
    return False


def joined(pieces: list[Token]) -> str:
    """Return tokens as text, with spaces only where two words would run together or for reading."""
    tight_after, tight_before = {"(", "[", "{"}, {")", "]", "}", ",", "(", "["}
    text = ""
    previous: Token | None = None
    for token in pieces:
        calls = (
            previous is not None
            and token.text in {"(", "["}
            and ((previous.kind == "name" and previous.text not in _KEYWORDS) or previous.text in {")", "]"})
        )
        tight = previous is None or previous.text in tight_after
        tight = tight or (token.text in tight_before and (token.text not in {"(", "["} or calls))
        text += token.text if tight else f" {token.text}"
        previous = token
    return text

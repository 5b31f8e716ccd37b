"""Small pieces of Markdown: escaped words, expressions in backticks, written values and table rows, both ways."""

import ast
import math
import re
import unicodedata
import warnings
from typing import Any

from fivefold_solvers.formulation.values import is_list, is_number, is_object

_PUNCTUATION = r"!-/:-@\[-`{-~"
_UNESCAPE = re.compile(rf"\\([{_PUNCTUATION}])|<br */?>|&#(\d{{1,7}});")
_WORDS = {"inf": math.inf, "nan": math.nan}
_EMPTY = {"none": None, "null": None, "true": True, "false": False}


class LiteralError(ValueError):
    """The text is no written value."""


def escape(text: str) -> str:
    """Return words such that Markdown shows them as they are, on one line; `unescape` takes them back."""
    result: list[str] = []
    for place, character in enumerate(text):
        before, behind = text[place - 1 : place], text[place + 1 : place + 2]
        if character == "\n":
            result.append("<br>")
        elif _is_odd(character) or (character == " " and place in {0, len(text) - 1}):
            result.append(f"&#{ord(character)};")
        elif _is_markup(character, before, behind):
            result.append(f"\\{character}")
        else:
            result.append(character)
    # Behind a bullet, a first `-`, `#` or `1.` would open a block of its own.
    return re.sub(r"\A(\d*)(?=[-+#>=~\"]|(?<=\d)[.)])", r"\1" + "\\\\", "".join(result))


def _is_markup(character: str, before: str, behind: str) -> bool:
    if character == "_":
        return not (before.isalnum() and behind.isalnum())
    if character == "&":
        return behind == "#" or behind.isalpha()
    if character == "]":
        return behind in {"(", "["}
    return character in "\\`*<"


def _is_odd(character: str) -> bool:
    """Whether a character is invisible, or one that an editor or a file may change."""
    return character != " " and unicodedata.category(character)[0] in "CZ"


def unescape(text: str) -> str:
    """Return the words that Markdown text shows."""

    def plain(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        if match[2] is None:
            return "\n"
        number = int(match[2])
        return match.group() if number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)

    return _UNESCAPE.sub(plain, text)


def is_plain_code(text: str) -> bool:
    """Whether a text can stand between backticks as it is."""
    return bool(text) and "`" not in text and text == text.strip() and not any(map(_is_odd, text))


def code(text: str) -> str:
    """Return an expression between backticks, or escaped where backticks cannot hold it."""
    return f"`{text}`" if is_plain_code(text) else escape(text)


def uncode(text: str) -> str:
    """Return what `code` wrote."""
    text = text.strip()
    whole = re.fullmatch(r"`([^`]*)`|``(.*)``", text)
    return (whole[1] if whole[1] is not None else whole[2].strip()) if whole else unescape(text)


def write_literal(value: Any) -> str:
    """Return a value as it is written between backticks: `['cake', ('a', 1), {'b': 2.5}]`."""
    if is_object(value):
        return f"{{{', '.join(f'{write_literal(key)}: {write_literal(part)}' for key, part in value.items())}}}"
    if not is_list(value):
        return repr(value)
    inner = ", ".join(map(write_literal, value))
    if not isinstance(value, tuple):
        return f"[{inner}]"
    return f"({inner},)" if len(value) == 1 else f"({inner})"


def read_literal(text: str, *, bare_words: bool = False) -> Any:
    """Return the value that a text writes, in Python's or JSON's spelling.

    Args:
        text: what was written.
        bare_words: whether names without quotes are texts, as in `{cake, bread}`.

    Raises:
        LiteralError: the text is something else.
    """
    try:
        with warnings.catch_warnings():
            # An unknown escape in somebody's text is no news for the reader.
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval").body
        return _literal(tree, bare_words)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as fault:
        raise LiteralError(text) from fault


def _literal(node: ast.expr, bare: bool) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=name):
            if name in _WORDS:
                return _WORDS[name]
            if name.lower() in _EMPTY:
                return _EMPTY[name.lower()]
            if bare:
                return name
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            value = _literal(operand, False)
            if is_number(value):
                return -value if isinstance(sign, ast.USub) else value
        case ast.List(elts=items) | ast.Set(elts=items):
            return [_literal(item, bare) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_literal(item, bare) for item in items)
        case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
            pairs = zip(keys, values, strict=True)
            return {_literal(key, bare): _literal(value, bare) for key, value in pairs if key is not None}
        case _:
            pass
    raise LiteralError("no value")


def read_number(text: str) -> float | None:
    """Return the number that a text is, None where it is something else."""
    try:
        value = read_literal(text)
    except LiteralError:
        return None
    return value if is_number(value) else None


def cell(text: str) -> str:
    """Return words for the cell of a table."""
    return escape(text).replace("|", r"\|")


def row(cells: list[str]) -> str:
    """Return the line of a table."""
    return f"| {' | '.join(cells)} |"


def split_row(line: str) -> list[str]:
    """Return the cells of a table's line, still escaped."""
    cells = [""]
    inner = line.strip().removeprefix("|")
    place = 0
    while place < len(inner):
        if inner[place] == "\\":
            cells[-1] += inner[place : place + 2]
            place += 2
            continue
        if inner[place] == "|":
            cells.append("")
        else:
            cells[-1] += inner[place]
        place += 1
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [part.strip() for part in cells]

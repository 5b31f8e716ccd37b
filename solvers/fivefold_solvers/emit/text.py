"""Pieces of Python source: comments, docstrings, data literals, lines of bearable length.

Whatever comes from a formulation is hostile here. It enters a program through `repr`, or with every character
that could end a comment or a docstring taken out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from fivefold_solvers.formulation.identity import Atom, Key, Member

WIDTH = 100
_DEEPEST = 4
_EXACT_INTEGER = 2.0**53
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_BREAK_BEFORE = frozenset({"+", "-", "<=", ">=", "==", "for", "if", "else", "and", "or"})


def clean(text: str) -> str:
    """Return text as one printable line without backslashes and double quotes."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(plain.replace("\\", "/").replace('"', "'").split())


def comment(*parts: str, indent: str = "") -> list[str]:
    """Return the parts that say something as comment lines."""
    text = " ".join(filter(None, map(clean, parts)))
    wide = max(WIDTH - len(indent) - 2, 20)
    return [f"{indent}# {line}" for line in textwrap.wrap(text, wide, break_long_words=False)]


def heading(title: str) -> list[str]:
    """Return the comment that opens a section."""
    return ["", f"# {'-' * 12} {title} {'-' * (60 - len(title))}", ""]


def number(value: float) -> str:
    """Return the literal of a number; a float that is whole is written as one."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGER:
        return repr(int(value))
    return repr(value)


def atom(value: Atom) -> str:
    """Return the literal of a set element; text is quoted and escaped by `repr`."""
    return repr(value)


def member(value: Member) -> str:
    """Return the literal of an element or of a tuple of elements."""
    return f"({', '.join(map(atom, value))})" if isinstance(value, tuple) else atom(value)


def key(parts: Key) -> str:
    """Return the literal of a table's key: the element itself for one index, else a tuple."""
    return atom(parts[0]) if len(parts) == 1 else member(parts)


def list_literal(items: Iterable[str]) -> str:
    """Return a list, on several lines where it is long."""
    return _bracketed("[", [[*items]], "]")


def table_literal(entries: Mapping[Key, str]) -> str:
    """Return a dictionary keyed by element, one line for each first index where there are several indices."""
    groups: dict[object, list[str]] = {}
    for parts, value in entries.items():
        first = parts[0] if len(parts) > 1 else None
        groups.setdefault(first, []).append(f"{key(parts)}: {value}")
    return _bracketed("{", list(groups.values()), "}")


def _bracketed(opening: str, groups: list[list[str]], closing: str) -> str:
    one_line = f"{opening}{', '.join(item for group in groups for item in group)}{closing}"
    if len(one_line) <= WIDTH - 24:
        return one_line
    lines = [opening]
    for group in groups:
        lines += [f"    {line}" for line in _filled(group)]
    return "\n".join([*lines, closing])


def _filled(items: list[str]) -> Iterator[str]:
    line = ""
    for item in items:
        longer = f"{line} {item}," if line else f"{item},"
        if line and len(longer) > WIDTH - 4:
            yield line
            longer = f"{item},"
        line = longer
    if line:
        yield line


def broken(before: str, expression: str, after: str = "", indent: str = "") -> list[str]:
    """Return `before + expression + after` as lines; a long expression goes into brackets and is broken.

    Lines break at spaces outside of quotes, in front of an operator, which changes nothing inside brackets.
    Inner brackets are broken only where the outer ones leave lines too long.
    """
    whole = f"{indent}{before}{expression}{after}"
    if len(whole) <= WIDTH:
        return [whole]
    inner, words = f"{indent}    ", _words(expression)
    lines: list[str] = []
    for depth in range(_DEEPEST + 1):
        lines = _lines(words, inner, depth)
        if all(len(line) <= WIDTH for line in lines):
            break
    closed = before.endswith("(")
    opening = f"{indent}{before}" if closed else f"{indent}{before}("
    return [opening, *lines, f"{indent}{after if closed else f'){after}'}"]


def _lines(words: list[str], indent: str, deepest: int) -> list[str]:
    """Return words as filled lines, broken only in front of operators within so many brackets."""
    chunks, depth = [""], 0
    for word in words:
        if word in _BREAK_BEFORE and depth <= deepest and chunks[-1]:
            chunks.append("")
        chunks[-1] += f" {word}" if chunks[-1] else word
        bare = _STRING.sub("", word)
        depth += sum(map(bare.count, "([{")) - sum(map(bare.count, ")]}"))
    lines = [indent.rstrip()]
    for chunk in chunks:
        joined = f"{lines[-1]} {chunk}" if lines[-1].strip() else f"{indent}{chunk}"
        if lines[-1].strip() and len(joined) > WIDTH:
            lines.append(f"{indent}{chunk}")
        else:
            lines[-1] = joined
    return lines


def _words(expression: str) -> list[str]:
    """Return the parts between spaces that stand outside of quotes."""
    words, place = [""], 0
    for match in _STRING.finditer(expression):
        _extend(words, expression[place : match.start()])
        words[-1] += match.group()
        place = match.end()
    _extend(words, expression[place:])
    return words


def _extend(words: list[str], text: str) -> None:
    first, *rest = text.split(" ")
    words[-1] += first
    words.extend(rest)

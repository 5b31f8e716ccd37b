"""Which literals of a program written by an LLM are numbers of the text, and the same program with other ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fivefold_solvers.program import Program

_CLOSING = re.compile(r"^# -{3,} Solve\b", re.MULTILINE)
"""Where a program ends that builds something, and what solves and reports it begins."""
_SHAPING = {"range", "RangeSet", "Set", "len", "round", "enumerate"}
_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Literal:
    """One number in the source of a program."""

    value: float
    """Without its sign, where a minus stands before it."""
    start: int
    """Where it begins in the source, in bytes."""
    end: int


@dataclass(frozen=True, slots=True)
class Literals:
    """The numbers of a program: those that may stand for amounts, and those that name or shape something."""

    amounts: tuple[Literal, ...]
    shapes: frozenset[float]
    """Values in indices, ranges, exponents, keys and conditions, and lengths of lists and tables."""


def building(program: Program) -> str:
    """Return the part of a program's source that builds something, without what solves and reports it."""
    return _CLOSING.split(program.source)[0]


def literals(program: Program) -> Literals | None:
    """Return the numbers in the part of a program that builds something; None where it is no Python."""
    source = building(program)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    shaping = set(_shaping(tree))
    lines = [0]
    for line in source.encode().splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    amounts: list[Literal] = []
    shapes: set[float] = set(_lengths(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float):
            continue
        if isinstance(node.value, bool) or not abs(node.value) < _LARGEST:
            continue
        value = float(node.value)
        if node in shaping or node.end_lineno is None or node.end_col_offset is None:
            shapes.add(value)
        else:
            start = lines[node.lineno - 1] + node.col_offset
            amounts.append(Literal(value, start, lines[node.end_lineno - 1] + node.end_col_offset))
    return Literals(tuple(sorted(amounts, key=lambda literal: literal.start)), frozenset(shapes))


def rewritten(program: Program, values: Mapping[Literal, float]) -> Program:
    """Return a program with other numbers in place of some of its literals."""
    source = program.source.encode()
    for literal in sorted(values, key=lambda literal: -literal.start):
        value = values[literal]
        written = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        source = source[: literal.start] + written.encode() + source[literal.end :]
    return program.model_copy(update={"source": source.decode()})


def _shaping(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node below one whose numbers stand for no amounts."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript():
                yield from ast.walk(node.slice)
            case ast.Dict():
                for key in node.keys:
                    if key is not None:
                        yield from ast.walk(key)
            case ast.For() | ast.comprehension():
                yield from ast.walk(node.iter)
                if isinstance(node, ast.comprehension):
                    for condition in node.ifs:
                        yield from ast.walk(condition)
            case ast.If() | ast.IfExp() | ast.While():
                yield from ast.walk(node.test)
            case ast.BinOp(op=ast.Pow() | ast.Mod() | ast.FloorDiv()):
                yield from ast.walk(node.right)
            case ast.Call() if _called(node) in _SHAPING:
                yield from ast.walk(node)
            case ast.List() | ast.Tuple() | ast.Set() if _counts(node.elts):
                yield from ast.walk(node)
            case _:
                pass


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _counts(parts: list[ast.expr]) -> bool:
    """Whether the parts only count: 1, 2, 3 or 0, 1, 2."""
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    return (
        len(parts) > 1 and len(values) == len(parts) and values in ([*range(len(parts))], [*range(1, len(parts) + 1)])
    )


def _lengths(tree: ast.AST) -> Iterator[float]:
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield float(len(node.elts))
        elif isinstance(node, ast.Dict):
            yield float(len(node.keys))

"""Text of a formulation stays text in a program: nothing that a description or an element says becomes code."""

import ast
import itertools
import tokenize
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.emit import emit
from fivefold_solvers.emit.names import Names, taken
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Library

LIBRARIES: tuple[Library, ...] = ("pyomo", "mathopt", "cpsat")
NASTY = (
    '"""\nimport os\nos.system("id")\n"""',
    "'''\nraise SystemExit\n'''",
    "\\",
    '\\"""',
    "\r\nprint(1)",
    "\x0cimport os",
    "line\u2028import os\u2029import sys\x85import re",
    "# -*- coding: utf-7 -*-",
    "+AGEAYg-",
    "@UNIT@@OBJECTIVE@@SOLVER@@PREFIX@",
    "' + __import__('os').name + '",
    "{__import__('os').name}",
    "{0}{index}{!r}",
    "FIVEFOLD_RESULT {}",
    "\ud800",
    "\u202e\u2066",
    "\x00",
    "%s%(x)s",
)
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.tuples(st.sampled_from(NASTY), st.text()).map("".join)
)


def formulation(words: list[str], elements: list[str]) -> Formulation:
    """Return a small problem whose every free text is given."""
    word = itertools.cycle(words)
    raw: dict[str, Any] = {
        "title": next(word),
        "sets": [
            {"name": "I", "elements": elements, "description": next(word)},
            {"name": "PAIRS", "elements": list(itertools.pairwise(elements)), "description": next(word)},
        ],
        "parameters": [
            {"name": "cost", "index": ["i in I"], "values": [2] * len(elements), "unit": next(word)},
            {"name": "sparse", "index": ["i in I"], "values": {}, "default": 1, "description": next(word)},
        ],
        "variables": [
            {"name": "x", "index": ["i in I"], "domain": "integer", "upper": 5, "description": next(word)},
            {"name": "y", "domain": "binary", "unit": next(word)},
        ],
        "objective": {
            "sense": "maximize",
            "expression": "sum(cost[i]*sparse[i]*x[i] for i in I) - y",
            "name": next(word),
            "unit": next(word),
            "description": next(word),
        },
        "constraints": [
            {"name": "most", "expression": "sum(x[i] for i in I) <= 7", "description": next(word)},
            {
                "name": "pair",
                "forall": ["(i, j) in PAIRS"],
                "expression": "x[i] + x[j] <= 6",
                "description": next(word),
            },
        ],
        "assumptions": [{"text": next(word), "reason": next(word)}],
    }
    return Formulation.model_validate(raw)


def skeleton(source: str) -> str:
    """Return the shape of a program: its syntax tree with every literal blanked, so that only code is left."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def source_of(words: list[str], elements: list[str], library: Library) -> str:
    checked = check(formulation(words, elements))
    assert checked.grounded is not None, checked.errors
    return emit(checked.grounded, library).source


@settings(max_examples=40, deadline=None)
@given(words=st.lists(texts, min_size=1, max_size=6), ends=st.lists(texts, min_size=2, max_size=4))
def test_no_text_changes_the_code(words: list[str], ends: list[str]) -> None:
    # A letter at both ends keeps the elements text, and different.
    elements = [f"e{place}{end}e" for place, end in enumerate(ends)]
    plain = [f"e{place}" for place in range(len(ends))]
    for library in LIBRARIES:
        source = source_of(words, elements, library)
        assert skeleton(source) == skeleton(source_of(["text"], plain, library))
        assert source.encode("utf-8").decode("utf-8") == source
        assert source.startswith('"""'), "a comment in the first two lines could name another encoding"
        assert all(c in "\n" or c.isprintable() for c in source)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", NASTY)
def test_each_nasty_text_alone(text: str, library: Library) -> None:
    source = source_of([text], ["a" + text + "a", "b" + text + "b"], library)
    assert skeleton(source) == skeleton(source_of(["text"], ["a", "b"], library))
    lines = source.split("\n")
    comments = [
        token for token in tokenize.generate_tokens(StringIO(source).readline) if token.type == tokenize.COMMENT
    ]
    assert all(token.string in lines[token.start[0] - 1] for token in comments)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_name_of_the_program_is_kept_from_formulations(library: Library) -> None:
    raw: dict[str, Any] = {
        "sets": [
            {"name": "zq_I", "elements": ["a", "b"]},
            {"name": "zq_A", "elements": [["a", "b"], ["b", "a"]]},
        ],
        "parameters": [{"name": "zq_c", "index": ["zq_i in zq_I"], "values": [0.5, 2]}],
        "variables": [
            {"name": "zq_x", "index": ["zq_i in zq_I"], "upper": "4 + 2*zq_c[zq_i]", "domain": "integer"},
            {
                "name": "zq_y",
                "index": ["zq_a in zq_A"],
                "upper": "7 if zq_a == first(zq_A) else 3",
                "domain": "integer",
            },
            {"name": "zq_free", "upper": 1, "domain": "integer"},
        ],
        "objective": {"sense": "maximize", "expression": "sum(zq_x[zq_i] for zq_i in zq_I)"},
        "constraints": [
            {
                "name": "zq_row",
                "forall": ["zq_i in zq_I"],
                "expression": "sum(zq_c[zq_j]*zq_x[zq_j] for zq_j in zq_I if zq_j != first(zq_I) and zq_i == 'a') <= 3",
            },
            {"name": "zq_arcs", "forall": ["zq_a in zq_A"], "expression": "zq_y[zq_a] <= 2"},
        ],
    }
    checked = check(Formulation.model_validate(raw))
    assert checked.grounded is not None, checked.errors
    tree = ast.parse(emit(checked.grounded, library, time_limit_s=3.0).source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function) if node is not function}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in inside}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found |= {function.name for function in functions}
    local = {arg.arg for function in functions for arg in function.args.args}
    local |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) in inside}
    own = {name for name in found - (local - found) if "zq_" not in name}
    assert own - taken(library) - {"m", *_only_inside(tree, functions)} == set()


def _only_inside(tree: ast.Module, functions: list[ast.FunctionDef]) -> set[str]:
    """Return names that are set inside functions only, where they hide nothing outside."""
    stored: set[str] = set()
    for function in functions:
        stored |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {arg.arg for arg in function.args.args}
        if function.args.kwarg is not None:
            stored.add(function.args.kwarg.arg)
    return stored


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    "name", ["m", "json", "print", "list", "values", "pyo", "mathopt", "cp_model", "index", "name"]
)
def test_taken_names_are_mended_and_reported_as_written(name: str, library: Library) -> None:
    raw: dict[str, Any] = {
        "variables": [{"name": name, "domain": "integer", "upper": 3}],
        "objective": {"sense": "maximize", "expression": f"2*{name}"},
        "constraints": [{"name": "row", "expression": f"{name} <= 2"}],
    }
    checked = check(Formulation.model_validate(raw))
    assert checked.grounded is not None, checked.errors
    source = emit(checked.grounded, library).source
    compile(source, "program", "exec")
    assert f"{name!r}: " in source


def test_names_that_python_reads_as_one_stay_apart() -> None:
    names = Names({"taken"})
    mended = [names.of(name) for name in ("fi", "\ufb01", "taken", "taken_", "\U0001d422\U0001d41f", "__x")]
    assert mended == ["fi", "fi_", "taken_", "taken__", "if_", "v__x"]
    assert names.of("fi") == "fi" and names.part("fi", 1) == "fi_1" and names.part("fi", 1) == "fi_1"

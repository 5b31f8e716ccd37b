"""The parts of a program that are the same in every library: its opening, its data, its rows, its report."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, TypeVar

from fivefold_solvers.emit import text
from fivefold_solvers.emit.spelling import Speller, Widths
from fivefold_solvers.emit.whole import is_whole
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.evaluate import bindings, holds, number
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded, ParameterBlock, SetBlock, VariableBlock
from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.polynomial import Polynomial, add
from fivefold_solvers.formulation.resolve import resolve, resolve_clauses
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import Members
from fivefold_solvers.formulation.show import show_range

_Block = TypeVar("_Block", SetBlock, ParameterBlock, VariableBlock, ConstraintBlock)


@dataclass(frozen=True, slots=True)
class RowForm:
    """One relation of a constraint, for every combination of its index ranges."""

    name: str
    """The program's name for it."""
    block: ConstraintBlock
    clauses: tuple[e.Clause, ...]
    tree: e.Expression
    """A `Compare`, or a `Choice` of them."""
    part: int
    """1, 2, ... for the relations of a constraint that holds several."""
    trivial: bool
    """Whether some of its rows hold no variable; all such rows were checked to be true."""
    empty: bool
    """Whether none of its rows holds a variable."""


def opening(grounded: Grounded, needs: str) -> list[str]:
    """Return the docstring: the title and the five elements in short."""
    formulation = grounded.formulation
    objective = formulation.objective
    goal = objective.sense if objective.sense == "satisfy" else f"{objective.sense} {objective.name}"
    parts = {
        "Sets": ", ".join(block.name for block in formulation.sets),
        "Parameters": ", ".join(map(_indexed, formulation.parameters)),
        "Variables": ", ".join(f"{_indexed(variable)} {variable.domain}" for variable in formulation.variables),
        "Objective": f"{goal}: {objective.description}" if objective.description else goal,
        "Constraints": ", ".join(constraint.name for constraint in formulation.constraints),
    }
    title = text.clean(formulation.title).rstrip(".") or "An optimization program"
    lines = textwrap.wrap(f'"""{title}.', text.WIDTH, break_long_words=False)
    lines.append("")
    for name, said in parts.items():
        wrapped = textwrap.wrap(text.clean(said) or "none", text.WIDTH - 13, break_long_words=False)
        lines += [f"{name + ':' if place == 0 else '':<13}{line}" for place, line in enumerate(wrapped)]
    for assumption in formulation.assumptions:
        said = text.clean(f"Assumed: {assumption.text}")
        lines += textwrap.wrap(said, text.WIDTH, subsequent_indent="    ", break_long_words=False)
    return [*lines, "", needs, '"""', ""]


def _indexed(element: Parameter | Variable) -> str:
    return f"{element.name}[{', '.join(element.index)}]" if element.index else element.name


def said(element: Set | Parameter | Variable | Constraint | Objective) -> list[str]:
    """Return the comment above an element: what it means, and its unit."""
    unit = "" if isinstance(element, Set | Constraint) else element.unit
    return text.comment(element.description, f"[{unit}]" if unit else "")


def data_section(speller: Speller) -> Iterator[str]:
    """Yield sets and parameters, each behind those that it is computed from.

    Sets are lists, indexed sets dictionaries of lists; parameters numbers and dictionaries, computed ones as the
    formulation computes them.
    """
    headed: set[str] = set()
    for kind, blocks in groupby(speller.grounded.data(), type):
        title = "Sets" if kind is SetBlock else "Parameters"
        yield from text.heading(f"More {title.lower()}" if title in headed else title)
        headed.add(title)
        for block in blocks:
            yield from said(block.element)
            if isinstance(block, SetBlock):
                yield f"{speller.names.of(block.element.name)} = {_set(block, speller)}"
            else:
                yield from _parameter(block, speller)


def _set(block: SetBlock, speller: Speller) -> str:
    tree = _written(block.element.expression, block.clauses, speller.grounded)
    if tree is not None:
        members = _listed(tree, speller, speller.widths(block.clauses))
        if not block.clauses:
            return members
        return _comprehension(block.clauses, members, speller)
    if not block.clauses:
        return text.list_literal(map(text.member, block.table[()].order))
    return text.table_literal({key: _short_list(members) for key, members in block.table.items()})


def _listed(tree: e.Expression, speller: Speller, widths: Widths) -> str:
    """Return a set expression as a list: a list display stays one, everything else is made one."""
    spelled = speller.data(tree, widths)
    return spelled if spelled.startswith(("[", "list(dict.fromkeys(")) else f"list({spelled})"


def _short_list(members: Members) -> str:
    return f"[{', '.join(map(text.member, members.order))}]"


def _comprehension(clauses: tuple[e.Clause, ...], value: str, speller: Speller) -> str:
    return f"{{{speller.key(clauses, speller.widths(clauses))}: {value} {speller.clauses(clauses)}}}"


def _written(written: str | None, clauses: tuple[e.Clause, ...], grounded: Grounded) -> e.Expression | None:
    """Return the tree of a computed set or parameter as the check read it."""
    if written is None:
        return None
    sets = {name: block.table for name, block in grounded.sets.items()}
    _, bound = resolve_clauses(clauses, sets, {})
    return resolve(parse(written).tree, sets, bound)


def _parameter(block: ParameterBlock, speller: Speller) -> list[str]:
    before = f"{speller.names.of(block.element.name)} = "
    tree = _written(block.element.expression, block.clauses, speller.grounded)
    if tree is not None:
        spelled = speller.data(tree, speller.widths(block.clauses))
        if block.clauses:
            return text.broken(before, _comprehension(block.clauses, spelled, speller))
        return text.broken(before, spelled)
    if not block.clauses:
        return [before + text.number(block.table[()])]
    literal = text.table_literal({key: text.number(value) for key, value in block.table.items()})
    return [before + literal]


def bound_text(block: VariableBlock, side: Literal["lower", "upper"], speller: Speller) -> str | None:
    """Return the source of a variable's bound, None where there is none.

    Bounds of whole numbers are made whole: HiGHS 1.14 calls points optimal that are not where an integer variable
    has a fractional bound (`x + y/2` with `y <= 2.5` stops at `y = 1`), and CP-SAT takes integers only.
    """
    tree = block.lower if side == "lower" else block.upper
    if tree in (e.Name("inf"), e.Negative(e.Name("inf"))):
        return None
    spelled = speller.data(tree, speller.widths(block.clauses))
    found = [pair[side == "upper"] for pair in block.bounds.values()]
    if block.element.domain == "continuous" or is_whole(tree, speller.grounded):
        return spelled
    if not speller.whole and all(math.isinf(value) or float(value).is_integer() for value in found):
        return spelled
    function = math.ceil if side == "lower" else math.floor
    if isinstance(tree, e.Number):
        return text.number(function(tree.value))
    # To nine decimals first, so that 2.9999999999999996 is 3.
    rounded = f"math.{function.__name__}(round({spelled}, 9))"
    if any(math.isinf(value) for value in found):
        return f"{rounded} if math.isfinite({spelled}) else {'-' if side == 'lower' else ''}math.inf"
    return rounded


def row_forms(grounded: Grounded, rows: Rows, speller: Speller) -> Iterator[RowForm]:
    """Yield every constraint as relations over index ranges, double relations taken apart."""
    with_constant = {row.constraint for row in rows.rows if row.constant}
    for block in grounded.constraints:
        wish = block.element.name
        parts = list(_relations(block.tree, block.clauses))
        for place, (tree, clauses) in enumerate(parts):
            name = speller.names.of(wish) if len(parts) == 1 else speller.names.fresh(f"{wish}_{place + 1}")
            flags = list(_constant(tree, clauses, grounded)) if wish in with_constant else []
            yield RowForm(name, block, clauses, tree, place + 1, any(flags), bool(flags) and all(flags))


def _constant(tree: e.Expression, clauses: tuple[e.Clause, ...], grounded: Grounded) -> Iterator[bool]:
    """Yield for every row of a relation whether it holds no variable."""
    scope = grounded.scope()
    for _ in bindings(clauses, scope):
        relation = tree
        while isinstance(relation, e.Choice):
            relation = relation.then if holds(relation.test, scope) else relation.otherwise
        assert isinstance(relation, e.Compare)
        left, right = number(relation.left, scope), number(relation.right, scope)
        yield not isinstance(add(left, right, -1), Polynomial)


def _relations(
    tree: e.Expression, clauses: tuple[e.Clause, ...]
) -> Iterator[tuple[e.Expression, tuple[e.Clause, ...]]]:
    match tree:
        case e.Logic("and", items):
            for item in items:
                yield from _relations(item, clauses)
        case e.Choice(_, then, otherwise) if isinstance(then, e.Compare) and isinstance(otherwise, e.Compare):
            yield tree, clauses
        case e.Choice(test, then, otherwise):
            yield from _relations(then, _narrowed(clauses, test))
            yield from _relations(otherwise, _narrowed(clauses, e.Not(test)))
        case _:
            yield tree, clauses


def _narrowed(clauses: tuple[e.Clause, ...], test: e.Expression) -> tuple[e.Clause, ...]:
    """Return index ranges with one more condition; without any range, a range of one step carries it."""
    if not clauses:
        return (e.Clause(("_",), e.Call("range", (e.Number(1),)), (test,)),)
    *before, last = clauses
    return (*before, e.Clause(last.targets, last.source, (*last.conditions, test)))


def constraint_comment(form: RowForm) -> list[str]:
    """Return what a constraint means; its index ranges where it has no description."""
    if form.part > 1:
        return []
    lines = text.comment(form.block.element.description)
    if not lines and form.clauses:
        lines = text.comment(f"{form.block.element.name}, for all {show_range(form.clauses)}")
    return lines


def limits_section(time_limit_s: float | None) -> list[str]:
    """Return the settings that a user may want to change."""
    return [f"TIME_LIMIT_S = {time_limit_s!r}  # seconds, None for no limit"]


def finished(lines: list[str]) -> str:
    """Return lines as source text with at most two blank lines in a row and one line end at its end."""
    result: list[str] = []
    for line in "\n".join(lines).split("\n"):
        if line or any(result[-2:]):
            result.append(line.rstrip())
    return "\n".join(result).strip("\n") + "\n"


def tidied(grounded: Grounded) -> Grounded:
    """Return the formulation with index names that read well and that no two indices of one element share.

    `for (_, _, k) in ROUTES` is allowed, as nothing refers to `_`; a key `(_, _, k)` would be wrong. The index
    of a bare set name, `_1`, becomes a letter of the set's name where that is free.
    """
    declared = {element.name for element in grounded.formulation.elements()}

    def apart(clauses: tuple[e.Clause, ...], written: tuple[str, ...]) -> tuple[e.Clause, ...]:
        bare = all(map(str.isidentifier, map(str.strip, written)))
        seen: set[str] = set()
        result: list[e.Clause] = []
        for clause in clauses:
            targets: list[str] = []
            for target in clause.targets:
                wish = target
                if bare and isinstance(clause.source, e.Name):
                    letter = clause.source.name[0].lower()
                    wish = letter if letter.isidentifier() and letter not in declared | seen else target
                name, count = wish, 1
                while name in seen:
                    count += 1
                    name = f"{wish}_{count}"
                seen.add(name)
                targets.append(name)
            result.append(e.Clause(tuple(targets), clause.source, clause.conditions))
        return tuple(result)

    def tidy(block: _Block) -> _Block:
        element = block.element
        written = element.forall if isinstance(element, Constraint) else element.index
        return replace(block, clauses=apart(block.clauses, written))

    return replace(
        grounded,
        sets={name: tidy(block) for name, block in grounded.sets.items()},
        parameters={name: tidy(block) for name, block in grounded.parameters.items()},
        variables={name: tidy(block) for name, block in grounded.variables.items()},
        constraints=[tidy(block) for block in grounded.constraints],
    )

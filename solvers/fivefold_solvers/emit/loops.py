"""What OR-Tools' two libraries share: variables in dictionaries, rows added one by one in loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fivefold_solvers.emit import text
from fivefold_solvers.emit.spelling import Speller
from fivefold_solvers.emit.writer import RowForm, constraint_comment, said
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.ground import VariableBlock

Make = Callable[[VariableBlock, str], str]
"""Returns the call that makes one variable, given its block and the source text of its name."""


def variables(speller: Speller, make: Make) -> Iterator[str]:
    """Yield every variable: one object, or a dictionary of them keyed by index."""
    for block in speller.grounded.variables.values():
        name = speller.names.of(block.element.name)
        yield from said(block.element)
        if not block.clauses:
            yield from text.broken(f"{name} = ", make(block, repr(name)))
            continue
        widths = speller.widths(block.clauses)
        key = speller.key(block.clauses, widths)
        # `repr` of the elements keeps names apart that would read alike, and survives every character.
        inside = key.removeprefix("(").removesuffix(")").split(", ")
        spelled = ", ".join(f"{{{part.removeprefix('*')}!r}}" for part in inside)
        call = make(block, f'f"{name}[{spelled}]"')
        yield from _dictionary(f"{name} = ", key, call, speller.clauses(block.clauses))


def _dictionary(before: str, key: str, call: str, clauses: str) -> list[str]:
    one_line = f"{before}{{{key}: {call} {clauses}}}"
    if len(one_line) <= text.WIDTH:
        return [one_line]
    return [f"{before}{{", *text.broken(f"{key}: ", call, "", "    "), f"    {clauses}", "}"]


def constraint(form: RowForm, speller: Speller, add: str, tree: str, *, guarded: bool) -> Iterator[str]:
    """Yield the loops of one constraint around the call that adds a row.

    Args:
        form: the constraint.
        speller: how to write it.
        add: the function that adds a row, e.g. `m.add`.
        tree: the row's source text.
        guarded: whether the library refuses a row without variables, a plain truth value.
    """
    yield from constraint_comment(form)
    if form.empty:
        yield f"# {form.name} is true whatever the variables are: its rows hold data only."
        return
    prepared, _ = speller.prepared_clauses(form.clauses, {})
    depth = 0
    for clause in prepared:
        plain = e.Clause(clause.targets, clause.source)
        yield f"{'    ' * depth}for {speller.shown(plain)}:"
        depth += 1
        if clause.conditions:
            yield f"{'    ' * depth}if {' and '.join(map(speller.bracketed, clause.conditions))}:"
            depth += 1
    indent = "    " * depth
    if form.trivial and guarded:
        yield from text.broken("row = ", tree, "", indent)
        yield f"{indent}if not isinstance(row, bool):  # rows without variables were checked to hold"
        yield f"{indent}    {add}(row)"
    else:
        yield from text.broken(f"{add}(", tree, ")", indent)


def any_indexed(speller: Speller) -> bool:
    """Whether a variable has indices."""
    return any(block.clauses for block in speller.grounded.variables.values())


def values_of(value: str) -> list[str]:
    """Return the function that reads an indexed variable; `value` is the source of one, with `{0}` for it."""
    return [
        *("", "def values_of(variable):"),
        '    """Return the values of a variable keyed by index, which is always a tuple."""',
        f"    found = {{key: {value.format('entry')} for key, entry in variable.items()}}",
        "    return {key if isinstance(key, tuple) else (key,): number for key, number in found.items()}",
        *("", ""),
    ]


def values(speller: Speller, value: str) -> Iterator[str]:
    """Yield the lines that collect the values; `value` is the source of one, with `{0}` for the variable."""
    yield "    values = {"
    for name, block in speller.grounded.variables.items():
        spelled = speller.names.of(name)
        if not block.clauses:
            yield f"        {name!r}: {{(): {value.format(spelled)}}},"
        else:
            yield f"        {name!r}: values_of({spelled}),"
    yield "    }"

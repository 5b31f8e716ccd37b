"""Tampered results of the corpus: every false one is refused, every right one accepted, as written and lowered."""

import math
import random
from collections.abc import Iterator

import pytest

from fivefold_solvers.audit import audit
from fivefold_solvers.result import ExecutionResult, Index
from tests.solvers.audit_cases import SolvedCase, corpus
from tests.solvers.corpus_cases import objective_of, worst_violation

Values = dict[str, dict[Index, float]]
KINDS = ("value", "value", "value", "bound", "whole", "objective", "missing", "extra", "nan", "infinite")
BEYOND = 1e-4
"""How false a changed value must be, by the other evaluator's reckoning, to count as tampered with."""


def changed(own: SolvedCase, kind: str, dice: random.Random) -> ExecutionResult | None:
    """Return a result that is false in one place, None where the dice hit what stays true."""
    result, grounded = own.result, own.case.linear
    values: Values = {name: dict(table) for name, table in result.values.items()}
    name = dice.choice([name for name, table in values.items() if table])
    key = dice.choice(list(values[name]))
    block = grounded.variables[name]
    low, high = block.bounds[key]
    if kind == "objective":
        if result.objective is None:
            return None
        off = dice.choice([-1, 1]) * 10 ** dice.uniform(-4, 2) * max(1.0, abs(result.objective))
        return result.model_copy(update={"objective": result.objective + off})
    if kind == "missing":
        del values[name][key]
    elif kind == "extra":
        values[name][("nobody", *key)] = 0.0
    elif kind in {"nan", "infinite"}:
        values[name][key] = math.nan if kind == "nan" else math.inf
    elif kind == "whole":
        if block.element.domain == "continuous":
            return None
        values[name][key] += dice.choice([-1, 1]) * dice.uniform(1e-3, 0.5)
    elif kind == "bound":
        limits = [(limit, sign) for limit, sign in ((low, -1), (high, 1)) if math.isfinite(limit)]
        if not limits:
            return None
        limit, sign = dice.choice(limits)
        values[name][key] = limit + sign * 10 ** dice.uniform(-4, 3) * max(1.0, abs(limit))
    else:
        values[name][key] += dice.choice([-1, 1]) * 10 ** dice.uniform(-3, 3)
        false = worst_violation(grounded, values) > BEYOND
        if not false and result.objective is not None:
            off = abs(objective_of(grounded, values) - result.objective)
            false = off > BEYOND * max(1.0, abs(result.objective))
        if not false:
            return None
    return result.model_copy(update={"values": values})


def tampered(cases: tuple[SolvedCase, ...], count: int, seed: int) -> Iterator[tuple[SolvedCase, str, ExecutionResult]]:
    dice = random.Random(seed)
    made = 0
    while made < count:
        own, kind = dice.choice(cases), dice.choice(KINDS)
        result = changed(own, kind, dice)
        if result is not None:
            made += 1
            yield own, kind, result


def as_written(own: SolvedCase) -> ExecutionResult:
    """Return the result without the variables that lowering added."""
    kept = {variable.name for variable in own.case.checked.formulation.variables}
    return own.result.model_copy(update={"values": {n: t for n, t in own.result.values.items() if n in kept}})


def refused(cases: tuple[SolvedCase, ...], count: int, seed: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for own, kind, result in tampered(cases, count, seed):
        assert audit(own.lowered, result).faults, (own.case.name, kind)
        found[kind] = found.get(kind, 0) + 1
    return found


def test_right_results_pass_lowered_and_as_written() -> None:
    cases = corpus()
    assert len(cases) >= 44
    for own in cases:
        for checked, result in ((own.lowered, own.result), (own.case.checked, as_written(own))):
            found = audit(checked, result)
            assert found.faults == (), own.case.name
            assert found.exact and found.exact_objective is not None, own.case.name
            assert found.rows.size <= 1e-6 and found.bounds.size <= 1e-6 and found.integrality.size <= 1e-5
            assert all(residual.exact_slack is not None for residual in found.residuals)


def test_some_tampered_results_are_refused() -> None:
    assert sum(refused(corpus(), 300, seed=11).values()) == 300


@pytest.mark.slow
def test_a_thousand_tampered_results_are_refused_and_the_right_ones_pass() -> None:
    cases = corpus(nonlinear=True)
    assert len(cases) >= 49
    for own in cases:
        assert audit(own.lowered, own.result).faults == (), own.case.name
        assert audit(own.case.checked, as_written(own)).faults == (), own.case.name
    found = refused(cases, 1_000, seed=3)
    assert sum(found.values()) == 1_000 and found.keys() == set(KINDS)

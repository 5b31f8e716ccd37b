"""Programs with whole numbers and others: rows are met as closely as without whole numbers."""

import itertools

import pytest

from fivefold_solvers.emit import emit
from fivefold_solvers.emit.settled import is_mixed
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import Limits
from fivefold_solvers.sandbox import run

JOBS = {"hull": (4, 9, 30), "mast": (2, 4, 45), "sail": (5, 11, 12), "deck": (7, 13, 25), "keel": (1, 5, 60)}
"""Hours, hour at which it is due, cost of an hour more, for each."""


def berth() -> Formulation:
    """One berth: lateness is paid, and two jobs overlap never."""
    names = list(JOBS)
    pairs = list(itertools.combinations(names, 2))
    rows = [f"late_{name} >= start_{name} + {hours} - {due}" for name, (hours, due, _) in JOBS.items()]
    rows += [f"start_{b} >= start_{a} + {JOBS[a][0]} - 19*(1 - {a}_{b})" for a, b in pairs]
    rows += [f"start_{a} >= start_{b} + {JOBS[b][0]} - 19*{a}_{b}" for a, b in pairs]
    return Formulation.model_validate({
        "variables": [{"name": f"{kind}_{name}"} for kind in ("start", "late") for name in names]
        + [{"name": f"{a}_{b}", "domain": "binary"} for a, b in pairs],
        "objective": {"sense": "minimize", "expression": " + ".join(f"{JOBS[name][2]}*late_{name}" for name in names)},
        "constraints": [{"name": f"row{at}", "expression": row} for at, row in enumerate(rows)],
    })  # fmt: skip


def paid(order: tuple[str, ...]) -> float:
    ends = itertools.accumulate(JOBS[name][0] for name in order)
    return sum(max(0, end - JOBS[name][1]) * JOBS[name][2] for name, end in zip(order, ends, strict=True))


def test_rows_that_a_yes_or_no_switches_are_met_to_the_last_digit() -> None:
    ready = lower(check(berth()))
    assert ready.grounded is not None and is_mixed(ready.grounded, ready.rows)
    found = run(emit(ready.grounded, "pyomo"), Limits(wall_s=60))
    best = min(map(paid, itertools.permutations(JOBS)))
    assert found.solved and found.objective == pytest.approx(best, abs=1e-9, rel=0), found.stderr
    starts = [found.values[f"start_{name}"][()] for name in JOBS]
    assert starts == pytest.approx([round(start) for start in starts], abs=1e-9)


@pytest.mark.parametrize("domain", ["integer", "continuous"])
def test_a_program_of_one_kind_of_numbers_is_solved_once(domain: str) -> None:
    given = berth().model_dump(mode="json")
    given["variables"] = [one | {"domain": domain, "lower": 0, "upper": 40} for one in given["variables"]]
    ready = check(Formulation.model_validate(given))
    assert ready.grounded is not None and not is_mixed(ready.grounded, ready.rows)
    assert "made_whole" not in emit(ready.grounded, "pyomo").source

"""Certificates: what is issued is never falsified, every edit of the file is found, duals prove optima exactly."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from fivefold_solvers.audit import Certificate, CertificateError, Duals, certificate, read_certificate, verify
from fivefold_solvers.audit.rays import duals_of, infeasibility_ray
from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination
from tests.formulation_helpers import strict
from tests.solvers.audit_cases import SolvedCase, corpus, solved_result
from tests.solvers.corpus_cases import FOLDER, load


def duals_for(checked: Checked) -> Duals | None:
    arrays = from_checked(checked)
    return None if arrays.integer.any() else duals_of(arrays, solve(arrays, backend="auto"))


def issued(own: SolvedCase) -> tuple[Certificate, Formulation]:
    duals = duals_for(own.lowered) if str(own.lowered.problem_class) == "LP" else None
    return certificate(own.case.checked.formulation, own.result, duals), own.case.checked.formulation


def certify(checked: Checked) -> Certificate:
    lowered = lower(checked)
    return certificate(checked.formulation, solved_result(from_checked(lowered)), duals_for(lowered))


def test_of_the_corpus_nothing_right_is_falsified_and_linear_optima_are_certified() -> None:
    certified = 0
    for own in corpus():
        made, formulation = issued(own)
        read = read_certificate(made.to_json())
        assert read == made
        found = verify(read, formulation)
        assert found.reasons == () and found.verdict == "not falsified", own.case.name
        assert "proved" not in " ".join((*found.found, *found.unchecked))
        if made.dual is not None:
            certified += 1
            assert made.dual.gap is not None and Fraction(made.dual.gap) <= Fraction(1, 10**6), own.case.name
            assert any("certify within tolerance" in line for line in found.found)
            assert not any("nothing is better is the word" in line for line in found.unchecked)
        else:
            assert any("is the word of" in line for line in found.unchecked)
    assert certified >= 10


MIX = strict(
    "2*bread + cake <= 10.1",
    "bread + 3*cake <= 15.3",
    "0 <= bread - cake <= 100",
    variables=[{"name": "bread"}, {"name": "cake"}, {"name": "spare", "upper": 4}],
    objective={"sense": "maximize", "expression": "0.1*bread + 0.7*cake - 0.2*spare + 1/3"},
)


def test_the_dual_bound_of_a_linear_program_is_exact() -> None:
    made = certify(MIX)
    assert made.dual is not None and made.dual.box is None and made.dual.gap is not None
    # The reported values are floats, which 101/30 is not.
    assert 0 < Fraction(made.dual.gap) < Fraction(1, 10**15)
    assert {name for name, *_ in made.dual.rows} == {"c1", "c3_1"} and made.dual.form == "lowered"
    # As much bread as cake, and 3 * bread == 10.1.
    assert Fraction(made.dual.objective) == Fraction(8, 10) * Fraction(101, 30) + Fraction(1, 3)
    (line,) = (line for line in verify(made, MIX.formulation).found if "certify" in line)
    assert "without rounding" in line and "among" not in line


def edits(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the file with one number, word, entry or key changed, wherever one stands."""

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from places(inner, (*path, key))
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from places(inner, (*path, place))
            if value:
                yield path, value[:-1]
        elif isinstance(value, bool):
            yield path, not value
        elif isinstance(value, int | float):
            yield path, value + 1
            yield path, value * (1 + 1e-12) + 1e-12
        elif isinstance(value, str):
            yield path, value + "1"
        else:
            yield path, 1.0

    for path, changed in places(data, ()):
        copy = json.loads(json.dumps(data))
        inner = copy
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = changed
        yield copy


def found_out(data: dict[str, Any], formulation: Formulation) -> bool:
    try:
        return verify(read_certificate(json.dumps(data)), formulation).falsified
    except CertificateError:
        return True


def test_every_edit_of_a_file_is_found() -> None:
    count = 0
    for own in corpus():
        if own.case.name not in {"diet", "knapsack", "fractions", "transport_table", "maximin"}:
            continue
        made, formulation = issued(own)
        for data in random.Random(5).sample(list(edits(json.loads(made.to_json()))), 40):
            count += 1
            assert found_out(data, formulation), (own.case.name, data)
    assert count == 200


def test_an_edit_with_a_new_digest_is_found_by_recomputing() -> None:
    made = certify(MIX)
    assert made.dual is not None
    rows = made.dual.rows
    name, part, key, text = rows[0]
    turned = made.dual.model_copy(update={"rows": ((name, part, key, f"{Fraction(text) * 2}"), *rows[1:])})
    for update in (
        {"values": (("bread", (), made.values[0][2] + 1e-12), *made.values[1:])},
        {"values": (*made.values, made.values[0])},
        {"objective": made.exact_objective and float(Fraction(made.exact_objective)) + 1e-3},
        {"exact_objective": f"{Fraction(made.exact_objective or 0) + Fraction(1, 10**30)}"},
        {"bound": 99.0},
        {"bound": 99.0, "gap": abs((made.objective or 0) - 99) / (made.objective or 1)},
        {"gap": 0.5},
        {"formulation_sha256": "0" * 64},
        {"dual": turned},
        {"dual": made.dual.model_copy(update={"objective": "3"})},
        {"dual": made.dual.model_copy(update={"gap": "1/10"})},
        {"dual": made.dual.model_copy(update={"box": "1000000"})},
        {"dual": made.dual.model_copy(update={"kind": "ray"})},
        {"dual": made.dual.model_copy(update={"reduced_costs": (("spare", (), 5.0),)})},
        {"claim": "infeasible"},
    ):
        edited = made.model_copy(update=update)
        edited = edited.model_copy(update={"sha256": edited.digest()})
        assert edited != made
        found = verify(edited, MIX.formulation)
        assert found.falsified and found.found == (), update
    assert not verify(made, MIX.formulation).falsified


def test_another_formulation_is_found() -> None:
    made = certify(MIX)
    changed = MIX.formulation.model_copy(update={"title": "another"})
    assert verify(made, changed).reasons == ("it is for another formulation",)


NOTHING = ExecutionResult(
    exit=Exit.OK, termination=Termination.INFEASIBLE, solution_status=SolutionStatus.NONE, solver="highs"
)


def test_a_ray_shows_that_a_linear_program_has_no_solution() -> None:
    checked = load(FOLDER / "infeasible_lp.json").checked
    ray = infeasibility_ray(from_checked(checked))
    assert ray is not None
    made = certificate(checked.formulation, NOTHING, ray)
    assert made.dual is not None and Fraction(made.dual.objective) > 0
    found = verify(read_certificate(made.to_json()), checked.formulation)
    assert not found.falsified and "contradict each other" in found.found[0]
    assert not any("there is no solution" in line for line in found.unchecked)
    weak = made.dual.model_copy(update={"rows": made.dual.rows[:1]})
    edited = made.model_copy(update={"dual": weak})
    assert verify(edited.model_copy(update={"sha256": edited.digest()}), checked.formulation).falsified


def test_infeasible_without_a_ray_is_the_solvers_word() -> None:
    checked = load(FOLDER / "infeasible_integer.json").checked
    assert infeasibility_ray(from_checked(checked)) is None
    found = verify(certificate(checked.formulation, NOTHING), checked.formulation)
    assert not found.falsified and found.unchecked[0] == "that there is no solution is the word of highs, not checked"
    feasible = strict("x >= 1", variables=[{"name": "x", "upper": 3}], objective="x")
    with pytest.raises(CertificateError, match="does not show"):
        certificate(feasible.formulation, NOTHING, Duals({("c1", 0, ()): 1.0}))


def test_where_only_a_box_can_be_certified_it_says_so() -> None:
    # Dual values that are no simple fractions leave reduced costs that are nearly 0 on variables without limit.
    checked = strict(
        "0.1234567*x + 0.7654321*y >= 1.2345678",
        "0.2718281*x + 0.1828459*y >= 0.5772156",
        variables=[{"name": "x"}, {"name": "y", "lower": "-inf"}],
        objective="1.4142135*x + 1.7320508*y",
    )
    made = certify(checked)
    assert made.dual is not None and made.dual.box is not None
    lines = verify(made, checked.formulation).found
    assert any("certify within tolerance" in line and "at most" in line for line in lines), lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no certificate"),
        ("[]", "no certificate"),
        ('{"schema_version": 2}', "no certificate"),
        ('{"claim": "optimal", "claim": "feasible"}', "a key is there twice"),
        ('{"objective": NaN}', "NaN is no number"),
        ("[" * 100_000, "no certificate"),
    ],
)
def test_what_is_no_certificate_is_refused(text: str, words: str) -> None:
    with pytest.raises(CertificateError, match=words):
        read_certificate(text)


def test_a_false_result_gets_no_certificate() -> None:
    right = solved_result(from_checked(MIX))
    for update, words in (
        ({"objective": 99.0}, "the objective is"),
        ({"exit": Exit.CRASHED}, "crashed"),
        ({"solution_status": SolutionStatus.NONE, "termination": Termination.UNBOUNDED}, "nothing to certify"),
        ({"values": {**right.values, "ghost": {(): 1.0}}}, "is no variable"),
    ):
        with pytest.raises(CertificateError, match=words):
            certificate(MIX.formulation, right.model_copy(update=update))
    with pytest.raises(CertificateError, match="no row"):
        certificate(MIX.formulation, right, Duals({("nowhere", 0, ()): 1.0}))
    with pytest.raises(CertificateError, match="cannot be built"):
        certificate(strict("x + nowhere <= 3").formulation, right)


def test_checking_needs_no_solver_library() -> None:
    code = (
        "import sys, fivefold_solvers.audit\n"
        "heavy = {'highspy', 'ortools', 'pyomo', 'pyscipopt', 'numpy'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""LP and MPS texts: HiGHS reads the program that was written, and reading MPS back gives the same arrays."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fivefold_solvers.build.arrays import Arrays, Block, ListedKeys, Quadratic
from fivefold_solvers.build.file_names import file_names
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.build.lp import to_lp
from fivefold_solvers.build.lp_read import LpError, from_lp
from fivefold_solvers.build.mps import MpsError, from_mps, to_mps
from fivefold_solvers.formulation.lower import lower
from tests.formulation_helpers import strict
from tests.solvers.build_agreement import entries
from tests.solvers.corpus_cases import FOLDER, load, names

READ = """
import highspy, json, sys
found = {}
for path in sys.argv[1:]:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    status = solver.readModel(path)
    lp = solver.getLp()
    solver.run()
    found[path] = {
        "status": str(status), "columns": lp.num_col_, "rows": lp.num_row_, "nonzeros": len(lp.a_matrix_.value_),
        "sense": str(lp.sense_), "offset": lp.offset_, "names": list(lp.col_names_),
        "cost": list(lp.col_cost_), "lower": list(lp.col_lower_), "upper": list(lp.col_upper_),
        "integer": [str(kind).endswith("kInteger") for kind in lp.integrality_] or [False] * lp.num_col_,
        "end": solver.modelStatusToString(solver.getModelStatus()), "value": solver.getInfo().objective_function_value,
    }
print(json.dumps(found))
"""


def read_by_highs(texts: dict[str, str], folder: Path) -> dict[str, Any]:
    """Return what HiGHS finds in files, by file name; in a process of its own."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    paths = [str(folder / name) for name in texts]
    done = subprocess.run([sys.executable, "-c", READ, *paths], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return {Path(path).name: own for path, own in found.items()}


def example() -> Arrays:
    return from_checked(
        strict(
            ("i in N", "2*x[i] + 3 <= y + x[i] + cost[i]"),
            "1 <= sum(x[i] for i in N) <= 8",
            "0*y >= 0",
            "k + x['b c'] == 2",
            sets={"N": ["a", "b c", -1, 1]},
            parameters={"cost": {"index": ["i in N"], "values": [4, 5.5, 6, 7]}},
            variables=[
                {"name": "x", "index": ["i in N"], "lower": "-inf", "upper": "cost[i]"},
                {"name": "y", "domain": "binary"},
                {"name": "k", "domain": "integer", "lower": -2},
                {"name": "free", "lower": "-inf"},
                {"name": "fixed", "lower": 2, "upper": 2},
                {"name": "x_a", "upper": 0.1},
                {"name": "größe"},
            ],
            objective={"sense": "maximize", "expression": "3*x['a'] - 2*y + 7 - fixed - größe"},
        )
    )


def same(found: dict[str, Any], arrays: Arrays) -> None:
    assert (found["columns"], found["rows"]) == (arrays.column_count, arrays.row_count)
    assert found["nonzeros"] == len(arrays.columns)
    assert found["sense"].endswith("kMaximize") == (arrays.sense == "maximize")
    assert found["offset"] == pytest.approx(arrays.offset)
    assert found["integer"] == arrays.integer.tolist()
    for name in ("cost", "lower", "upper"):
        np.testing.assert_allclose(found[name], getattr(arrays, name))


def test_highs_reads_what_was_written(tmp_path: Path) -> None:
    arrays = example()
    found = read_by_highs({"a.mps": to_mps(arrays), "b.mps": to_mps(arrays, readable=False)}, tmp_path)
    for own in found.values():
        same(own, arrays)
    assert found["a.mps"]["names"] == [
        "x_a", "x_b_c", "x_m1", "x_1", "y", "k", "C_free", "fixed", "x_a__2", "gr_e",
    ] or len(set(found["a.mps"]["names"])) == 10  # fmt: skip
    assert found["b.mps"]["names"] == [f"C{place}" for place in range(10)]


def test_the_corpus_has_the_same_optimum_from_either_file(tmp_path: Path) -> None:
    texts: dict[str, str] = {}
    wanted: dict[str, tuple[str, float | None]] = {}
    for name in names():
        case = load(FOLDER / f"{name}.json")
        if case.lowered.rows.logic or case.lowered.problem_class in {"CP", "NLP", "MINLP"}:
            continue
        arrays = from_checked(case.lowered)
        if arrays.quadratic is not None and (arrays.integer.any() or name == "largest_pen"):
            continue
        texts[f"{name}.mps"], texts[f"{name}.lp"] = to_mps(arrays), to_lp(arrays)
        wanted[name] = (case.status, case.optimum)
    assert len(wanted) > 30
    for file, own in read_by_highs(texts, tmp_path).items():
        status, optimum = wanted[Path(file).stem]
        if status == "optimal":
            assert own["end"] == "Optimal", file
            if optimum is None:
                continue
            assert own["value"] == pytest.approx(optimum, rel=1e-6, abs=1e-6), file
        else:
            assert own["end"] != "Optimal", file


@pytest.mark.parametrize("name", [*names(), ""])
def test_mps_read_back_is_the_same(name: str) -> None:
    if name:
        checked = lower(load(FOLDER / f"{name}.json").checked)
        if checked.rows.logic or checked.problem_class in {"CP", "NLP", "MINLP"}:
            return
        arrays = from_checked(checked)
    else:
        arrays = example()
    found = from_mps(to_mps(arrays))
    assert found.sense == arrays.sense and found.offset == arrays.offset
    assert entries(found) == entries(arrays)
    for slot in ("cost", "lower", "upper", "integer", "row_lower", "row_upper"):
        assert getattr(found, slot).tolist() == getattr(arrays, slot).tolist(), slot
    assert (found.quadratic is None) == (arrays.quadratic is None)
    if found.quadratic is not None and arrays.quadratic is not None:
        assert [own.tolist() for own in found.quadratic] == [own.tolist() for own in arrays.quadratic]


FOREIGN = """* a comment
NAME other
OBJSENSE
  MAX
ROWS
 N cost
 N spare
 L low
 G high
 E mid
COLUMNS
 a cost 1 low 2
 a spare 3
 MARKER 'MARKER' 'INTORG'
 b high 1 mid 1
 c mid 1.5
 MARKER 'MARKER' 'INTEND'
RHS
 RHS low 4 high 1
 cost -5
RANGES
 RNG low 3 mid -2
 RNG high 6
BOUNDS
 UP BND a -1
 BV BND b
 LI c 2
QMATRIX
 a a 2
 a b 1
 b a 1
ENDATA
"""


def test_a_foreign_file() -> None:
    arrays = from_mps(FOREIGN)
    assert arrays.sense == "maximize" and arrays.offset == 5 and arrays.cost.tolist() == [1, 0, 0]
    assert arrays.column_name(1) == "column['b']" and arrays.row_name(2) == "row['mid']"
    assert arrays.row_lower.tolist() == [1, 1, -2] and arrays.row_upper.tolist() == [4, 7, 0]
    assert arrays.lower.tolist() == [-np.inf, 0, 2] and arrays.upper.tolist() == [-1, 1, np.inf]
    assert arrays.integer.tolist() == [False, True, True]
    assert arrays.quadratic is not None
    assert [own.tolist() for own in arrays.quadratic] == [[0, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ROWS\n N obj\n Q r\nENDATA", "line 3 cannot be read"),
        ("ROWS\n N obj\nCOLUMNS\n x r 1\nENDATA", "line 4"),
        ("ROWS\n N obj\nCOLUMNS\n x obj one\nENDATA", "line 4"),
        ("ROWS\n N obj\nSOS\n a b\nENDATA", "line 4"),
        ("ROWS\n N obj\nCOLUMNS\n x obj 1\nBOUNDS\n SC b x 1\nENDATA", "line 6"),
        ("ROWS\n N obj\n L r\nCOLUMNS\n x obj 1 r 1\n x r 2\nENDATA", "line 6 .*column x stands in row r twice"),
        ("ROWS\n N obj\n", "without ENDATA"),
    ],
)
def test_what_is_no_mps_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(MpsError, match=message):
        from_mps(text)


def test_lp_text_reads_well() -> None:
    arrays = from_checked(
        strict(
            "2*x - y <= 3",
            "-1 <= x + y <= 1",
            objective="x**2 + 4*x*y + 3*x + 1",
            variables=[{"name": "x", "upper": 10}, {"name": "y", "domain": "binary"}],
        )
    )
    assert to_lp(arrays).splitlines() == [
        "Minimize", " obj:", " + 3.0 x", " + [", " + 2.0 x ^2 + 8.0 x * y", " ] / 2", " + 1.0",
        "Subject To", " c1:", " + 2.0 x - 1.0 y <= 3.0", " c2:", " + 1.0 x + 1.0 y >= -1.0",
        " c2_part1:", " + 1.0 x + 1.0 y <= 1.0", "Bounds", " 0.0 <= x <= 10.0", "Binaries", " y", "End",
    ]  # fmt: skip


def test_a_row_with_two_limits_keeps_both(tmp_path: Path) -> None:
    none, one = np.empty(0), np.array([1.0])
    keys = ListedKeys([()])
    arrays = Arrays(
        "minimize", 0.0, one, 0 * one, 9 * one, np.array([False]), np.array([0, 1]), np.array([0], np.int32), one,
        2 * one, 5 * one, Quadratic(none.astype(np.int32), none.astype(np.int32), none),
        (Block("x", 0, 1, keys),), (Block("r", 0, 1, keys),),
    )  # fmt: skip
    found = read_by_highs({"a.mps": to_mps(arrays), "a.lp": to_lp(arrays)}, tmp_path)
    assert [own["value"] for own in found.values()] == [2, 2]
    read = from_mps(to_mps(arrays))
    assert (read.row_lower.tolist(), read.row_upper.tolist()) == ([2], [5])


def read_back(arrays: Arrays) -> None:
    """Assert that the LP text of a program, read again, is the same program up to the order of columns."""
    found = from_lp(to_lp(arrays))
    order = [found.variables[0].keys.find((name,)) for name in file_names(arrays.variables, "C")]
    # A column that stands in no row and no bound is not in the text.
    there = [column for column, place in enumerate(order) if place is not None]
    places = [place for place in order if place is not None]
    for slot in ("cost", "lower", "upper", "integer"):
        assert getattr(found, slot)[places].tolist() == getattr(arrays, slot)[there].tolist(), slot
    values, moved = np.random.default_rng(1).random(arrays.column_count), np.zeros(found.column_count)
    moved[places] = values[there]
    assert found.sense == arrays.sense and found.objective(moved) == pytest.approx(arrays.objective(values))
    np.testing.assert_allclose(found.row_values(moved), arrays.row_values(values))
    assert found.row_lower.tolist() == arrays.row_lower.tolist()
    assert found.row_upper.tolist() == arrays.row_upper.tolist()


@pytest.mark.parametrize("name", [*names(), ""])
def test_lp_read_back_is_the_same(name: str) -> None:
    if not name:
        read_back(example())
        return
    checked = lower(load(FOLDER / f"{name}.json").checked)
    if not checked.rows.logic and checked.problem_class not in {"CP", "NLP", "MINLP"}:
        read_back(from_checked(checked))


FOREIGN_LP = r"""\ a comment
MAX
 obj: 2x + 3 y - 1.5e1 z + [ x^2 + 4 x*y - y ^2 ] / 2 + 4
s.t.
 c1: x + y
   + z <= 10
 -2 <= x - y <= 5
 r: 3 >= x
 4 x + 2 >= -1
Bounds
 x <= 4
 -inf <= y <= 3
 z free
 w >= 1
Generals
 x y
Binary
 v
End
"""


def test_a_foreign_lp_file(tmp_path: Path) -> None:
    arrays = from_lp(FOREIGN_LP)
    assert arrays.sense == "maximize" and arrays.offset == 4
    assert [arrays.column_name(j) for j in range(5)] == [f"column[{name!r}]" for name in "xyzwv"]
    assert arrays.cost.tolist() == [2, 3, -15, 0, 0]
    assert arrays.lower.tolist() == [0, -np.inf, -np.inf, 1, 0]
    assert arrays.upper.tolist() == [4, 3, np.inf, np.inf, 1]
    assert arrays.integer.tolist() == [True, True, False, False, True]
    assert arrays.row_lower.tolist() == [-np.inf, -2, -np.inf, -3] and arrays.row_upper.tolist() == [10, 5, 3, np.inf]
    assert arrays.quadratic is not None
    assert [own.tolist() for own in arrays.quadratic] == [[0, 0, 1], [0, 1, 1], [0.5, 2, -0.5]]


def test_names_with_indices_in_brackets_are_names() -> None:
    text = "Max\n obj: 2 load[a,1] + x#2 + [ 3 load[b-c,2] ^2 - load[a,1]*x(1) ] / 2\nst\n"
    arrays = from_lp(f"{text} most[1]: load[a,1] + load[b-c,2] <= 4\nBounds\n x#2 <= 1e30\n -1e30 <= x(1) <= 3\nEnd")
    assert [arrays.column_name(j) for j in range(4)] == [
        f"column[{name!r}]" for name in ("load[a,1]", "x#2", "load[b-c,2]", "x(1)")
    ]
    assert arrays.row_name(0) == "row['most[1]']" and arrays.cost.tolist() == [2, 1, 0, 0]
    # Numbers of 1e20 and beyond are how files write that there is no limit.
    assert arrays.upper.tolist() == [np.inf, np.inf, np.inf, 3] and arrays.lower.tolist() == [0, 0, 0, -np.inf]


def test_the_column_that_pyomo_writes_for_a_constant_is_one() -> None:
    text = "max\nprofit:\n+2 a\n+7 ONE_VAR_CONSTANT\n-1 b\ns.t.\nc_u_most_:\n+1 a\n+3 c\n+1 b\n<= 6\nbounds\n"
    arrays = from_lp(f"{text}1 <= ONE_VAR_CONSTANT <= 1\n-inf <= b <= 4\n0 <= a <= 2\ngeneral\nc\nend")
    assert arrays.offset == 7 and [arrays.column_name(j) for j in range(3)] == [f"column[{n!r}]" for n in "abc"]
    assert (arrays.cost.tolist(), arrays.upper.tolist()) == ([2, -1, 0], [2, 4, np.inf])
    assert (arrays.lower.tolist(), arrays.integer.tolist()) == ([0, -np.inf, 0], [False, False, True])
    assert (arrays.columns.tolist(), arrays.coefficients.tolist()) == ([0, 2, 1], [1, 3, 1])
    # Whoever uses it elsewhere means a column.
    used = from_lp(f"{text.replace('+3 c', '+3 ONE_VAR_CONSTANT')}1 <= ONE_VAR_CONSTANT <= 1\nend")
    assert used.offset == 0 and used.column_count == 3


def test_what_mps_files_leave_open_is_read_as_other_readers_do_and_told(tmp_path: Path) -> None:
    text = (
        "NAME\nROWS\n N cost\n L most\nCOLUMNS\n M 'MARKER' 'INTORG'\n pick cost -3 most 2\n boxes cost -5 most 2\n"
        " crates cost -1 most 3\n M 'MARKER' 'INTEND'\n debt cost 1 most 1\nRHS\n RHS most 11.5\n"
        "BOUNDS\n PL BND crates\n UP BND boxes 1e30\n MI BND debt\n UP BND debt -2\nENDATA\n"
    )
    assumed: list[str] = []
    arrays = from_mps(text, assumed)
    assert arrays.upper.tolist() == [1, np.inf, np.inf, -2] and arrays.lower.tolist() == [0, 0, 0, -np.inf]
    assert assumed == [
        "pick: whole numbers for which the file has no bounds are 0 or 1; write `PL` bounds where there is no limit"
    ]
    # The rest of the file leaves no end downwards, so HiGHS is asked about the same with one.
    bounded = text.replace(" MI BND debt\n", " LO BND debt -4\n")
    found, read = read_by_highs({"a.mps": bounded}, tmp_path)["a.mps"], from_mps(bounded)
    assert (found["lower"], found["upper"]) == (read.lower.tolist(), read.upper.tolist())
    from_mps(text.replace(" MI BND debt\n", ""), assumed)
    assert "debt has an upper bound below 0 and no lower one: without end downwards" in assumed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x + y", "line 1: .* before Minimize"),
        ("Min\n x\nst\n x + y <= z\nEnd", "line 4: a number is due, not `z`"),
        ("Min\n x\nst\n x y\nEnd", "line 4"),
        ("Min\n x\nSOS1\n a: x:1\nEnd", "line 4: special ordered sets are not read; write them as rows"),
        ("Min\n x\nBounds\n x <= 9\nSemi-continuous\n x\nEnd", "line 6: semi-continuous columns are not read; write"),
        ("Min\n [ x * 2 ]\nEnd", "line 2: a product of two columns"),
        ("Min\n x\nBounds\n 2 x <= 3\nEnd", "line 4: a bound is due"),
        ("Min\n x\n", "without End"),
    ],
)
def test_what_is_no_lp_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(LpError, match=message):
        from_lp(text)

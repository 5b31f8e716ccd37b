"""The benchmark's problems from files to arrays: the same from CSV and spreadsheet, told in equally few words."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read_all
from fivefold_solvers.data.summary import summaries

FILE = Path(__file__).parents[2] / "benchmarks" / "data" / "stage_cases.py"


@pytest.fixture(scope="module")
def cases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stage_cases", FILE)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def carried(cases: ModuleType, case: str, rows: int, folder: Path, form: str) -> tuple[Arrays, str]:
    folder.mkdir()
    tables = read_all(*getattr(cases, f"write_{form}")(cases.sheets(case, rows), folder))
    formulation = cases.FORMULATIONS[case]
    bound = bind(formulation, propose(formulation, tables), tables)
    assert bound.ok and not bound.findings, bound.findings
    return build(formulation, bound.columns), summaries(tables)


@pytest.mark.parametrize(("case", "per_row"), [("transport", 1), ("stock", 2), ("assignment", 1)])
def test_a_case_is_the_same_program_from_either_kind_of_file(
    case: str, per_row: int, cases: ModuleType, tmp_path: Path
) -> None:
    one, told = carried(cases, case, 1_000, tmp_path / "csv", "csv")
    two, _ = carried(cases, case, 1_000, tmp_path / "xlsx", "xlsx")
    assert one.column_count == per_row * 1_000
    for name in ("cost", "starts", "columns", "coefficients", "lower", "upper", "row_lower", "row_upper"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), name)
    _, little = carried(cases, case, 10, tmp_path / "little", "csv")
    assert len(told) < 1.1 * len(little), "more rows are told in more words"

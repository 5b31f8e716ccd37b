"""A transport problem whose data lies in files, and what is said of them; shared by the tests of data."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fivefold_solvers.data.bind import Bound, bind
from fivefold_solvers.data.finding import DataError, DataFinding
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read_all
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Severity

TRANSPORT = Formulation(
    title="Transport",
    sets=(Set(name="PLANTS"), Set(name="CITIES", description="cities with customers")),
    parameters=(
        Parameter(name="supply", index=("i in PLANTS",), unit="t"),
        Parameter(name="demand", index=("j in CITIES",), unit="t"),
        Parameter(name="cost", index=("i in PLANTS", "j in CITIES"), unit="EUR/t"),
        Parameter(name="budget", unit="EUR"),
    ),
    variables=(Variable(name="x", index=("i in PLANTS", "j in CITIES")),),
    objective=Objective(sense="minimize", expression="sum(cost[i, j]*x[i, j] for i in PLANTS for j in CITIES)"),
    constraints=(
        Constraint(name="give", forall=("i in PLANTS",), expression="sum(x[i, j] for j in CITIES) <= supply[i]"),
        Constraint(name="take", forall=("j in CITIES",), expression="sum(x[i, j] for i in PLANTS) >= demand[j]"),
        Constraint(
            name="pay",
            expression="sum(cost[i, j]*x[i, j] for i in PLANTS for j in CITIES) <= budget",
        ),
    ),
)

PLANTS = "plant,opened,supply (t)\nAachen,1990,30\nBremen,2001,40\n"
CITIES = "city,demand (t)\nNew York,20\nOslo,25\nParis,15\n"
COSTS = (
    "plant,city,cost (EUR/t)\n"
    "Aachen,New York,9\nAachen,Oslo,4.5\nAachen,Paris,1\n"
    "Bremen,New York,8\nBremen,Oslo,3\nBremen,Paris,2\n"
)
GENERAL = "name,value\nbudget,1000\nyears,4\n"
FILES = {"plants.csv": PLANTS, "cities.csv": CITIES, "costs.csv": COSTS, "general.csv": GENERAL}


class Told(NamedTuple):
    """What came of reading, mapping and binding files."""

    findings: tuple[DataFinding, ...]
    bound: Bound | None = None
    mapping: DataMapping | None = None
    tables: tuple[DataTable, ...] = ()

    @property
    def main(self) -> list[DataFinding]:
        """Findings that are more than notes."""
        return [finding for finding in self.findings if finding.severity is not Severity.NOTE]


def write(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files and return their paths."""
    paths: list[Path] = []
    for name, text in files.items():
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


def tell(folder: Path, files: Mapping[str, str | bytes], formulation: Formulation = TRANSPORT) -> Told:
    """Read files, propose a mapping, bind it; return all findings."""
    try:
        tables = read_all(*write(folder, files))
    except DataError as fault:
        return Told((fault.finding,))
    mapping = propose(formulation, tables)
    bound = bind(formulation, mapping, tables)
    return Told(bound.findings, bound, mapping, tables)

"""Proposing and binding: what is found, what is left open, and that the columns say what the files say."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.inline import inline
from fivefold_solvers.data.mapping import HEADER, Binding, DataMapping, show
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.identity import Key, as_key
from tests.solvers.data_cases import CITIES, COSTS, FILES, PLANTS, TRANSPORT, Told, tell, write


def entries(columns: Columns, name: str) -> dict[Key, float]:
    """Return a parameter's columns as a table of Python objects."""
    column = columns.parameters[name]
    axes = [columns.sets[axis].decoded() for axis in column.axes]
    found: dict[Key, float] = {}
    for entry, value in enumerate(column.values.tolist()):
        key: Key = ()
        for axis, codes in zip(axes, column.codes, strict=True):
            key += as_key(axis[int(codes[entry])])
        assert key not in found
        found[key] = value
    return found


def fine(told: Told) -> Columns:
    assert told.bound is not None and told.bound.ok, "\n".join(map(str, told.findings))
    return told.bound.columns


COST = {
    ("Aachen", "New York"): 9,
    ("Aachen", "Oslo"): 4.5,
    ("Aachen", "Paris"): 1,
    ("Bremen", "New York"): 8,
    ("Bremen", "Oslo"): 3,
    ("Bremen", "Paris"): 2,
}


def test_transport_from_files(tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    columns = fine(told)
    assert columns.sets["PLANTS"].decoded() == ["Aachen", "Bremen"]
    assert columns.sets["CITIES"].decoded() == ["New York", "Oslo", "Paris"]
    assert entries(columns, "cost") == COST
    assert entries(columns, "supply") == {("Aachen",): 30, ("Bremen",): 40}
    assert entries(columns, "budget") == {(): 1000}
    assert columns.parameters["cost"].axes == ("PLANTS", "CITIES")
    assert told.mapping is not None
    text = show(told.mapping)
    assert "| cost | parameter | costs[cost] by plant, city | 100% |" in text
    assert "column 'cost (EUR/t)' is named like it" in text


MATRICES = {
    "plants in rows": "plant,New York,Oslo,Paris\nAachen,9,4.5,1\nBremen,8,3,2\n",
    "corner blank": ",New York,Oslo,Paris\nAachen,9,4.5,1\nBremen,8,3,2\n",
    "cities in rows": "city,Aachen,Bremen\nNew York,9,8\nOslo,4.5,3\nParis,1,2\n",
    "other order, a total": "plant,Paris,Oslo,New York,Total\nBremen,2,3,8,13\nAachen,1,4.5,9,14.5\n",
    "decimal comma": "plant;New York;Oslo;Paris\nAachen;9;4,5;1\nBremen;8;3;2\n",
}


@pytest.mark.parametrize("name", MATRICES)
def test_matrix(name: str, tmp_path: Path) -> None:
    told = tell(tmp_path, {**FILES, "costs.csv": MATRICES[name]})
    assert entries(fine(told), "cost") == COST
    assert told.mapping is not None
    found = told.mapping.binding("cost")
    assert found is not None and HEADER in found.columns and not found.value


def test_sets_from_the_headers_of_a_matrix(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="CITIES")),
        parameters=(Parameter(name="cost", index=("i in PLANTS", "j in CITIES")),),
    )
    columns = fine(tell(tmp_path, {"costs.csv": MATRICES["plants in rows"]}, formulation))
    assert columns.sets["CITIES"].decoded() == ["New York", "Oslo", "Paris"]
    assert entries(columns, "cost") == COST


def test_members_in_the_header_keep_their_brackets(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="PLANTS"), Set(name="CITIES")),
        parameters=(Parameter(name="cost", index=("i in PLANTS", "j in CITIES")),),
    )
    files = {
        "plants.csv": "plant\nA\nB\n",
        "cities.csv": "city\nParis (FR)\nParis (TX)\n",
        "cost.csv": "plant,Paris (TX),Paris (FR)\nA,1,2\nB,3,4\n",
    }
    columns = fine(tell(tmp_path, files, formulation))
    assert entries(columns, "cost")[("A", "Paris (FR)")] == 2


def test_sets_that_are_computed_from_bound_ones(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(
            Set(name="N", description="nodes"),
            Set(name="PAIRS", expression="{(i, j) for i in N for j in N if i < j}"),
        ),
        parameters=(Parameter(name="toll", index=("(i, j) in PAIRS",)),),
    )
    files = {"nodes.csv": "node\n1\n2\n3\n", "toll.csv": "from,to,toll\n1,2,5\n1,3,6\n2,3,7\n"}
    columns = fine(tell(tmp_path, files, formulation))
    assert columns.sets["PAIRS"].decoded() == [(1, 2), (1, 3), (2, 3)]
    assert entries(columns, "toll") == {(1, 2): 5, (1, 3): 6, (2, 3): 7}
    assert inline(formulation, columns).sets[1].expression is not None
    told = tell(tmp_path, {**files, "toll.csv": "from,to,toll\n1,2,5\n1,3,6\n3,2,7\n"}, formulation)
    assert [(one.code, one.row) for one in told.main] == [("foreign-key", 4)]


def test_months_in_the_header(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="ITEMS"), Set(name="T", expression="range(1, 4)")),
        parameters=(Parameter(name="demand", index=("i in ITEMS", "t in T")),),
    )
    columns = fine(tell(tmp_path, {"demand.csv": "item,1,2,3\nnut,5,6,7\nbolt,8,9,10\n"}, formulation))
    assert entries(columns, "demand")[("bolt", 3)] == 10
    assert columns.sets["T"].decoded() == [1, 2, 3]
    told = tell(tmp_path, {"demand.csv": "item,1,2,4\nnut,5,6,7\nbolt,8,9,10\n"}, formulation)
    assert [finding.code for finding in told.main] == ["foreign-header"]


def test_same_element_in_other_types(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="LINES"),),
        parameters=(Parameter(name="rate", index=("LINES",)), Parameter(name="load", index=("LINES",))),
    )
    files = {
        "lines.csv": "line,rate\n1,5\n2,6\nA,7\n",
        "load.json": '[{"line": 2, "load": 1}, {"line": 1.0, "load": 3}, {"line": "A", "load": 4}]',
    }
    columns = fine(tell(tmp_path, files, formulation))
    assert columns.sets["LINES"].decoded() == [1, 2, "A"]
    assert entries(columns, "load") == {(2,): 1, (1,): 3, ("A",): 4}


NETWORK = Formulation(
    sets=(Set(name="N", description="nodes of the network"), Set(name="ARCS", description="roads")),
    parameters=(
        Parameter(name="c", index=("(i, j) in ARCS",), description="cost of a road"),
        Parameter(name="dist", index=("i in N", "j in N if i != j"), description="distance"),
        Parameter(name="toll", index=("(i, j) in ARCS",), default=0),
        Parameter(name="b", index=("i in N",), description="net demand of a node"),
    ),
    variables=(Variable(name="x", index=("(i, j) in ARCS",)),),
    objective=Objective(sense="minimize", expression="sum((c[i, j] + toll[i, j])*x[i, j] for (i, j) in ARCS)"),
    constraints=(Constraint(name="go", expression="sum(x[a] for a in ARCS) >= 1"),),
)
NET_FILES = {
    "nodes.csv": "node,net demand\nu,-3\nv,1\nw,2\n",
    "roads.csv": "to,from,cost,length\nv,u,3,4\nw,v,2,2\nw,u,7,2\n",
    "distance.csv": ",u,v,w\nu,-,2,3\nv,4,-,5\nw,6,7,-\n",
    "tolls.csv": "from,to,toll\nu,w,9\n",
}


def test_network(tmp_path: Path) -> None:
    told = tell(tmp_path, NET_FILES, NETWORK)
    columns = fine(told)
    assert columns.sets["ARCS"].decoded() == [("u", "v"), ("v", "w"), ("u", "w")]
    assert entries(columns, "c") == {("u", "v"): 3, ("v", "w"): 2, ("u", "w"): 7}
    assert entries(columns, "dist")[("w", "u")] == 6 and len(entries(columns, "dist")) == 6
    assert entries(columns, "toll") == {("u", "w"): 9}
    assert columns.parameters["toll"].default == 0
    checked = check(inline(NETWORK, columns))
    assert checked.ok and checked.grounded is not None
    assert checked.grounded.parameters["c"].table == entries(columns, "c")
    assert checked.grounded.parameters["dist"].table == entries(columns, "dist")
    assert checked.grounded.parameters["toll"].table == {("u", "w"): 9}


def test_missing_entry_under_a_condition(tmp_path: Path) -> None:
    told = tell(tmp_path, {**NET_FILES, "distance.csv": ",u,v,w\nu,-,2,3\nv,4,-,\nw,6,7,-\n"}, NETWORK)
    assert [(one.code, one.row, one.column) for one in told.main] == [("blank-cell", 3, "w")]


def test_inlined_formulation_is_the_same_as_the_columns(tmp_path: Path) -> None:
    columns = fine(tell(tmp_path, FILES))
    written = inline(TRANSPORT, columns)
    assert written.parameters[2].values == [[9, 4.5, 1], [8, 3, 2]]
    checked = check(written)
    assert checked.ok and checked.grounded is not None, checked.findings
    for name in columns.parameters:
        assert checked.grounded.parameters[name].table == entries(columns, name)


def test_too_much_to_write_into_a_formulation(tmp_path: Path) -> None:
    columns = fine(tell(tmp_path, FILES))
    with pytest.raises(DataError, match="17 members and entries"):
        inline(TRANSPORT, columns, limit=16)
    assert inline(TRANSPORT, columns, limit=17).parameters[3].values == 1000


atoms = st.one_of(
    st.integers(-5, 300), st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_columns_say_what_the_rows_say(data: st.DataObject) -> None:
    rows_of = st.lists(atoms, min_size=1, max_size=5, unique_by=lambda one: str(one).casefold())
    first, second = data.draw(rows_of), data.draw(rows_of)
    keys = data.draw(st.permutations(list(itertools.product(first, second))))
    values = [data.draw(st.floats(-1e6, 1e6, allow_subnormal=False)) for _ in keys]
    tables = read_all(
        {"firsts": {"first": first}, "seconds": {"second": second}}
        if len(first) != len(second)
        else [{"first": one, "second": other} for one, other in zip(first, second, strict=True)],
        [{"first": one, "second": other, "yield": value} for (one, other), value in zip(keys, values, strict=True)],
    )
    formulation = Formulation(
        sets=(Set(name="FIRST"), Set(name="SECOND")),
        parameters=(Parameter(name="gain", index=("i in FIRST", "j in SECOND")),),
    )
    named = {name: next(table.name for table in tables for column in table.columns if column.name == name)
             for name in ("first", "second")}  # fmt: skip
    mapping = DataMapping(
        bindings=(
            Binding(element="FIRST", kind="set", table=named["first"], columns=("first",)),
            Binding(element="SECOND", kind="set", table=named["second"], columns=("second",)),
            Binding(
                element="gain", kind="parameter", table=tables[-1].name, columns=("first", "second"), value="yield"
            ),
        )
    )
    bound = bind(formulation, mapping, tables)
    if not bound.ok:
        # Names that differ in signs or case only, or that say "total", are refused and not read.
        assert {finding.code for finding in bound.findings} <= {"alike", "total-row", "mixed-types"}, bound.findings
        return
    from fivefold_solvers.formulation.identity import atom

    assert entries(bound.columns, "gain") == {
        (atom(one), atom(other)): value for (one, other), value in zip(keys, values, strict=True)
    }
    table = check_table(inline(formulation, bound.columns))
    assert table == entries(bound.columns, "gain")


def check_table(formulation: Formulation) -> Any:
    whole = formulation.model_copy(
        update={
            "variables": (Variable(name="x", index=("i in FIRST", "j in SECOND")),),
            "constraints": (
                Constraint(name="c", expression="sum(gain[i, j]*x[i, j] for i in FIRST for j in SECOND) <= 1"),
            ),
        }
    )
    checked = check(whole)
    assert checked.grounded is not None, checked.findings
    return checked.grounded.parameters["gain"].table


# --- what is open ----------------------------------------------------------------------------------------


def test_ambiguous_places_are_listed_and_chosen(tmp_path: Path) -> None:
    files = {**FILES, "more.csv": COSTS.replace("4.5", "6")}
    tables = read_all(*write(tmp_path, files))
    mapping = propose(TRANSPORT, tables)
    (question,) = mapping.open
    assert question.element == "cost" and "2 places fit equally well" in question.reason
    assert [one.table for one in question.candidates] == ["costs", "more"]
    bound = bind(TRANSPORT, mapping, tables)
    assert [finding.code for finding in bound.findings] == ["open-element"]
    assert "1. costs[cost] by plant, city; 2. more[cost] by plant, city" in bound.findings[0].mend
    assert "2. more[cost]" in show(mapping)
    chosen = mapping.pick("cost", 2)
    assert not chosen.open
    assert entries(bind(TRANSPORT, chosen, tables).columns, "cost")[("Aachen", "Oslo")] == 6
    for number in (0, 3):
        with pytest.raises(KeyError):
            mapping.pick("cost", number)


def test_order_of_two_indices_over_one_set_is_never_guessed(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="TOWNS"),), parameters=(Parameter(name="hours", index=("i in TOWNS", "j in TOWNS")),)
    )
    towns = {"towns.csv": "town\nA\nB\n"}
    table = "A,A,0\nA,B,1\nB,A,2\nB,B,0\n"
    told = tell(tmp_path, {**towns, "hours.csv": "town,other,hours\n" + table}, formulation)
    assert [finding.code for finding in told.main] == ["open-element"]
    told = tell(tmp_path, {**towns, "hours.csv": "from,to,hours\n" + table}, formulation)
    assert entries(fine(told), "hours")[("A", "B")] == 1
    told = tell(tmp_path, {**towns, "hours.csv": "to,from,hours\n" + table}, formulation)
    assert entries(fine(told), "hours")[("A", "B")] == 2


def test_nothing_fits(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "general.csv"}
    told = tell(tmp_path, files)
    assert [finding.code for finding in told.main] == ["open-element"]
    assert "`budget`" in told.main[0].message and "give its values" in told.main[0].mend


def test_elements_that_have_data_are_left_alone(tmp_path: Path) -> None:
    given = TRANSPORT.model_copy(
        update={
            "sets": (Set(name="PLANTS", elements=("Aachen", "Bremen")), TRANSPORT.sets[1]),
            "parameters": (*TRANSPORT.parameters[:3], Parameter(name="budget", values=7)),
        }
    )
    told = tell(tmp_path, FILES, given)
    columns = fine(told)
    assert "budget" not in columns.parameters
    assert told.mapping is not None and told.mapping.binding("PLANTS") is None
    assert columns.sets["PLANTS"].decoded() == ["Aachen", "Bremen"]
    assert inline(given, columns).parameters[3].values == 7
    again = propose(given, told.tables, names=["budget"])
    assert again.binding("budget") is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"element": "costs"}, "no such parameter"),
        ({"table": "prices"}, "no such table"),
        ({"value": "price"}, "no column 'price'"),
        ({"columns": ("plant",)}, "names 1 index columns, 2 are needed"),
        ({"columns": ("plant", HEADER)}, "a matrix has one index in its header and no value column"),
        ({"value": ""}, "a matrix has one index in its header and no value column"),
        ({"where": ("colour", "red")}, "no column 'colour'"),
    ],
)
def test_binding_to_what_is_not_there(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    assert told.mapping is not None
    found = told.mapping.binding("cost")
    assert found is not None
    others = tuple(one for one in told.mapping.bindings if one.element != "cost")
    mapping = DataMapping(bindings=(*others, found.model_copy(update=change)))
    bound = bind(TRANSPORT, mapping, told.tables)
    (main,) = [finding for finding in bound.findings if finding.code == "bad-binding"]
    assert words in main.message and main.severity is Severity.ERROR


def test_mapping_survives_json(tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    assert told.mapping is not None
    assert DataMapping.model_validate_json(told.mapping.model_dump_json()) == told.mapping


def test_text_column_as_values(tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    assert told.mapping is not None
    wrong = Binding(element="demand", kind="parameter", table="cities", columns=("city",), value="city")
    bound = bind(TRANSPORT, told.mapping.choose(wrong), told.tables)
    assert bound.main is not None and bound.main.code == "not-a-number"
    assert "holds text, 'New York' for one" in bound.main.message


def test_default_fills_gaps_and_blanks(tmp_path: Path) -> None:
    sparse = TRANSPORT.model_copy(
        update={
            "parameters": (
                *TRANSPORT.parameters[:2],
                TRANSPORT.parameters[2].model_copy(update={"default": 50}),
                TRANSPORT.parameters[3],
            )
        }
    )
    told = tell(tmp_path, {**FILES, "costs.csv": COSTS.replace(",4.5", ",").replace("Bremen,Paris,2\n", "")}, sparse)
    columns = fine(told)
    assert [finding.code for finding in told.findings] == ["default-used"]
    assert len(entries(columns, "cost")) == 4 and columns.parameters["cost"].default == 50
    checked = check(inline(sparse, columns))
    assert checked.ok


def test_balance_that_is_declared(tmp_path: Path) -> None:
    told = tell(tmp_path, FILES)
    assert told.mapping is not None
    bound = bind(TRANSPORT, told.mapping, told.tables, balances=[("demand", "supply")])
    assert [finding.code for finding in bound.findings] == ["no-balance"]
    assert bound.ok


def test_frames_bind_like_files(tmp_path: Path) -> None:
    import pandas as pd

    paths = write(tmp_path, FILES)
    frames = {path.stem: pd.read_csv(path) for path in paths}
    tables = read(frames)
    bound = bind(TRANSPORT, propose(TRANSPORT, tables), tables)
    assert bound.ok and entries(bound.columns, "cost") == COST


def test_names_in_other_words(tmp_path: Path) -> None:
    formulation = Formulation(
        sets=(Set(name="I", description="factories"), Set(name="J", description="customers")),
        parameters=(
            Parameter(name="cap", index=("i in I",), description="capacity of a factory"),
            Parameter(name="d", index=("j in J",), description="demand of a customer"),
            Parameter(name="unit_cost", index=("i in I", "j in J"), description="cost of shipping one ton"),
        ),
    )
    files = {
        "Plants.csv": "PlantID,Capacity,Opened\nA,1,1990\nB,2,1991\n",
        "Customers.csv": "customer_name;Demand\nx;1\ny;1\n",
        "ShippingCosts.csv": "Plant,Customer,UnitCost\nA,x,1\nA,y,2\nB,x,3\nB,y,4\n",
    }
    columns = fine(tell(tmp_path, files, formulation))
    assert entries(columns, "cap") == {("A",): 1, ("B",): 2}
    assert entries(columns, "d") == {("x",): 1, ("y",): 1}
    assert entries(columns, "unit_cost")[("B", "y")] == 4


def test_files_of_the_readme(tmp_path: Path) -> None:
    assert PLANTS.count("\n") == 3 and CITIES.count("\n") == 4
    told = tell(tmp_path, {"all.json": '{"PLANTS": ["a", "b"], "CITIES": ["x"], "supply": {"a": 3, "b": 4}, '
                           '"demand": {"x": 5}, "cost": {"a": {"x": 1}, "b": {"x": 2}}, "budget": 9}'})  # fmt: skip
    columns = fine(told)
    assert entries(columns, "cost") == {("a", "x"): 1, ("b", "x"): 2}
    assert entries(columns, "budget") == {(): 9}

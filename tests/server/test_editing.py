"""Edits of any formulation: what is not named stays as it is; a name is changed wherever it stands for the element."""

from hypothesis import given
from hypothesis import strategies as st

from fivefold.editing import edited
from fivefold.editing.operations import Add, Change, Drop, Rename
from fivefold_server.workspace.checking import formulation_of, text_of
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.json_text import to_json

_texts = st.text(max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
_numbers = st.integers(-5, 5) | st.floats(-1e9, 1e9)


@st.composite
def formulations(draw: st.DrawFn) -> Formulation:
    """Formulations of four sections with strange words and numbers, sound or not."""
    values = st.lists(_numbers, max_size=3) | st.dictionaries(_texts, _numbers, max_size=3) | _numbers
    return Formulation(
        title=draw(_texts),
        sets=(
            Set(name="I", elements=tuple(draw(st.lists(_texts | st.integers(), max_size=3))), description=draw(_texts)),
        ),
        parameters=(Parameter(name="cost", index=("i in I",), values=draw(values), unit=draw(_texts)),),
        variables=(
            Variable(name="x", index=("i in I",), upper=draw(_numbers | st.just("cost[i]"))),
            Variable(name="xx", lower=draw(_numbers), description=draw(_texts)),
        ),
        objective=Objective(sense="minimize", expression="sum(cost[i]*x[i] for i in I) + xx"),
        constraints=(
            Constraint(name="row", forall=("i in I",), expression="x[i] + xx >= 1", description=draw(_texts)),
        ),
    )


def texts(formulation: Formulation) -> dict[str, str]:
    """Each element's bytes, as the whole has them."""
    whole = text_of(formulation)
    found: dict[str, str] = {}
    for section in ("sets", "parameters", "variables", "constraints"):
        for element in getattr(formulation, section):
            alone = to_json(Formulation.model_validate({section: (element,)}))
            start = alone.index(f'"{section}": [') + len(section) + 5
            body = alone[start : alone.index("\n  ]", start)]
            assert body in whole
            found[element.name] = body
    return found


@given(formulation=formulations())
def test_what_is_not_named_keeps_every_byte(formulation: Formulation) -> None:
    before = texts(formulation)
    after = edited(
        formulation,
        [
            Change(op="change", section="variables", name="xx", fields={"upper": 7}),
            Add(op="add", section="constraints", element={"name": "cap", "expression": "xx <= 7"}, position=0),
            Drop(op="drop", section="parameters", name="cost"),
        ],
    )
    now = texts(after)
    assert {name: text for name, text in now.items() if name not in ("xx", "cap")} == {
        name: text for name, text in before.items() if name not in ("xx", "cost")
    }
    assert [row.name for row in after.constraints] == ["cap", "row"]


@given(formulation=formulations())
def test_what_was_kept_is_read_back_to_the_same_bytes(formulation: Formulation) -> None:
    assert text_of(formulation_of(text_of(formulation))) == text_of(formulation)


def test_a_name_is_changed_where_it_stands_for_the_element() -> None:
    formulation = Formulation(
        sets=(Set(name="I", elements=("x", "y")),),
        variables=(Variable(name="x", index=("i in I",)), Variable(name="xx", upper="2")),
        objective=Objective(sense="minimize", expression="x['x'] + x[\"y\"] + xx"),
        constraints=(Constraint(name="row", forall=("i in I",), expression="x[i]+xx >= 1"),),
    )
    after = edited(formulation, [Rename(op="rename", name="x", to="make")])
    assert after.objective.expression == "make['x'] + make[\"y\"] + xx"
    assert after.constraints[0].expression == "make[i]+xx >= 1"
    assert [variable.name for variable in after.variables] == ["make", "xx"]
    assert after.sets == formulation.sets and after.variables[1] is formulation.variables[1]

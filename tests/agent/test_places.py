"""Numbers of a formulation by place, what they move, and which number of the text stands there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.checks.bindings import Binding, bindings, perturbed
from fivefold.checks.place_effects import effects
from fivefold.checks.places import OBJECTIVE, Place, places, replaced
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read

TEXT = """A smithy forges gates and railings. A gate takes 6 hours at the anvil and 4 hours of filing, a railing takes
3 hours at the anvil and 5 hours of filing. There are 90 hours at the anvil and 80 hours of filing available. A gate
sells for $240 and a railing sells for $150. The smith keeps 20% of the price of a railing for the agent. At least 2
railings must be forged. How many of each should be forged to maximize the revenue?"""
SCALAR: dict[str, Any] = {
    "variables": [
        {"name": "gates", "domain": "integer", "upper": 40},
        {"name": "railings", "domain": "integer"},
    ],
    "objective": {"sense": "maximize", "expression": "240*gates + 150*(1 - 0.2)*railings", "description": "revenue"},
    "constraints": [
        {"name": "anvil", "expression": "6*gates + 3*railings <= 90"},
        {"name": "filing", "expression": "4*gates + 5*railings <= 80"},
        {"name": "least", "expression": "railings >= 2"},
    ],
}
INDEXED: dict[str, Any] = {
    "sets": [{"name": "P", "elements": ["gate", "railing"]}, {"name": "W", "elements": ["anvil", "filing"]}],
    "parameters": [
        {"name": "price", "index": ["p in P"], "values": {"gate": 240, "railing": 120}},
        {"name": "hours", "index": ["p in P", "w in W"], "values": [[6, 4], [3, 5]]},
        {"name": "limit", "index": ["w in W"], "values": [90, 80]},
    ],
    "variables": [{"name": "forge", "index": ["p in P"], "domain": "integer"}],
    "objective": {"sense": "maximize", "expression": "sum(price[p]*forge[p] for p in P)"},
    "constraints": [
        {"name": "work", "forall": ["w in W"], "expression": "sum(hours[p, w]*forge[p] for p in P) <= limit[w]"},
        {"name": "least", "expression": "forge['railing'] >= 2"},
    ],
}


def formulation_of(raw: dict[str, Any]) -> Formulation:
    found = read(raw).formulation
    assert found is not None
    return found


def place_of(formulation: Formulation, element: str, value: float) -> Place:
    return next(place for place in places(formulation) if place.element == element and place.value == value)


def binding_of(found: tuple[Binding, ...], written: str, text: str, near: str) -> Binding:
    """Return the binding of a number as written that stands nearest to the words given."""
    at = text.index(near)
    own = [binding for binding in found if binding.quantity.written == written]
    return min(own, key=lambda binding: abs(binding.quantity.start - at))


def test_every_amount_has_a_place() -> None:
    found = places(formulation_of(SCALAR))
    assert [place.value for place in found if place.element == OBJECTIVE] == [240, 150, 1, 0.2]
    assert [place.value for place in found if place.slot == "upper"] == [40]
    assert str(found[0]) == "40 of gates"
    tables = places(formulation_of(INDEXED))
    assert Place("hours", "values", (1, 0), 3.0) in tables
    assert Place("price", "values", ("railing",), 120.0) in tables


def test_indices_exponents_and_binaries_are_no_amounts() -> None:
    raw = {
        "sets": [{"name": "T", "elements": [1, 2, 3]}],
        "variables": [{"name": "x", "index": ["t in T"]}, {"name": "y", "domain": "binary"}],
        "objective": {"sense": "minimize", "expression": "x[1]**2 + 5*y"},
        "constraints": [{"name": "c", "expression": "sum(x[t] for t in T if t != 2) >= 7"}],
    }
    assert [place.value for place in places(formulation_of(raw))] == [5, 7]


def test_a_number_is_replaced_where_it_stands_and_nowhere_else() -> None:
    formulation = formulation_of(SCALAR)
    other = replaced(formulation, {place_of(formulation, "anvil", 3): 7.5, place_of(formulation, "gates", 40): 12})
    assert other.constraints[0].expression == "6*gates + 7.5*railings <= 90"
    assert other.variables[0].upper == 12
    assert other.constraints[1:] == formulation.constraints[1:]
    assert other.objective == formulation.objective
    indexed = formulation_of(INDEXED)
    table = replaced(indexed, {place_of(indexed, "hours", 3): 9}).parameters[1].values
    assert table == [[6, 4], [9, 5]]


def test_a_negative_number_keeps_its_meaning() -> None:
    formulation = formulation_of(SCALAR)
    other = replaced(formulation, {place_of(formulation, "filing", 5): -2})
    checked = check(other)
    assert checked.ok
    body = checked.rows.of("filing")[0].body
    assert not isinstance(body, int | float) and body.linear["railings", ()] == -2


def test_a_place_of_another_formulation_is_refused() -> None:
    with pytest.raises(LookupError):
        replaced(formulation_of(SCALAR), {Place("nowhere", "expression", (0,), 1.0): 2})
    with pytest.raises(LookupError):
        replaced(formulation_of(SCALAR), {Place("anvil", "expression", (9,), 1.0): 2})


@given(st.lists(st.floats(min_value=0.01, max_value=1e4), min_size=11, max_size=11))
def test_replacing_all_and_replacing_back_changes_nothing(values: list[float]) -> None:
    formulation = formulation_of(INDEXED)
    there = places(formulation)
    other = replaced(formulation, dict(zip(there, values, strict=False)))
    moved = places(other)
    assert [(place.element, place.slot, place.path) for place in moved] == [
        (place.element, place.slot, place.path) for place in there
    ]
    back = replaced(other, {now: before.value for now, before in zip(moved, there, strict=True)})
    assert [place.value for place in places(back)] == [place.value for place in there]


def test_effects_are_the_same_in_both_ways_of_writing() -> None:
    scalar, indexed = formulation_of(SCALAR), formulation_of(INDEXED)
    (first,) = effects(scalar)[place_of(scalar, "anvil", 3)]
    (second,) = effects(indexed)[place_of(indexed, "hours", 3)]
    assert (first.kind, first.name, first.entry) == ("row", "anvil", ("railings", ()))
    assert (second.kind, second.name, second.key, second.entry) == ("row", "work", ("anvil",), ("forge", ("railing",)))
    (bound,) = effects(scalar)[place_of(scalar, "gates", 40)]
    assert (bound.kind, bound.name) == ("bound", "gates")


def test_words_decide_between_equal_numbers() -> None:
    text = TEXT.replace("takes\n3 hours at the anvil", "takes\n4 hours at the anvil")
    raw = {
        **SCALAR,
        "constraints": [{"name": "anvil", "expression": "6*gates + 4*railings <= 90"}, *SCALAR["constraints"][1:]],
    }
    formulation = formulation_of(raw)
    found = bindings(formulation, text)
    (railing,) = binding_of(found, "4", text, "4 hours at the anvil").uses
    (gate,) = binding_of(found, "4", text, "4 hours of filing").uses
    assert railing.place.element == "anvil" and gate.place.element == "filing"


def test_percentages_complements_and_derived_numbers_follow() -> None:
    scalar, indexed = formulation_of(SCALAR), formulation_of(INDEXED)
    share = next(b for b in bindings(scalar, TEXT) if b.quantity.percent)
    assert [use.how for use in share.uses] == ["share"]
    assert "0.3" in perturbed(scalar, share, 30).objective.expression
    text = TEXT.replace("The smith keeps 20% of the price of a railing for the agent.", "").replace(
        "a railing sells for $150", "a railing sells for $150 of which 30 go to the agent"
    )
    price = binding_of(bindings(indexed, text), "150", text, "$150")
    assert [use.how for use in price.uses] == ["difference"]
    assert perturbed(indexed, price, 180).parameters[0].values == {"gate": 240, "railing": 150}


def test_one_change_of_the_text_means_the_same_in_two_formulations() -> None:
    scalar, indexed = formulation_of(SCALAR), formulation_of(INDEXED)
    for written, near in (("90", "90 hours"), ("6", "6 hours"), ("240", "$240")):
        bodies: list[list[float]] = []
        for formulation in (scalar, indexed):
            binding = binding_of(bindings(formulation, TEXT), written, TEXT, near)
            assert binding.certain
            rows = check(perturbed(formulation, binding, 77)).rows
            sums = [rows.objective, *(row.body for row in rows.rows)]
            bodies.append(
                [round(v, 6) for b in sums if not isinstance(b, int | float) for v in (b.constant, *b.linear.values())]
            )
        assert bodies[0] == bodies[1]

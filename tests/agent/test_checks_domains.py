"""Domains against the words: what must be whole, what need not be, and what the values of a solution show."""

import pytest

from fivefold.checks import check_domains, check_values
from fivefold.editing.operations import Change
from fivefold.mends.proposals import proposals
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable


def of(*variables: Variable) -> Formulation:
    return Formulation(variables=variables, objective=Objective(sense="maximize", expression=variables[0].name))


def found(text: str, *variables: Variable) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.severity)) for finding in check_domains(of(*variables), text)]


def broken(text: str, value: float, **parts: str) -> list[str]:
    formulation = of(Variable.model_validate({"name": "x", **parts}))
    return [finding.code for finding in check_values(formulation, text, {"x": {(): value}})]


def test_whole_things_as_fractions_are_found_where_the_text_says_whole() -> None:
    text = "How many vans and trailers are rented? Only whole numbers make sense."
    vans, sand = Variable(name="v", description="vans rented"), Variable(name="s", description="tonnes of sand")
    assert found(text, vans) == [("domain-whole", "warning")]
    assert found(text, vans.model_copy(update={"domain": "integer"}), sand) == []
    assert found(text, sand) == []
    assert found("How many vans? Give the cost rounded to the nearest integer.", vans) == []


def test_what_can_be_divided_is_noted_where_it_is_whole() -> None:
    litres = Variable(name="x", description="litres of oil", domain="integer")
    assert found("Mix the oil.", litres) == [("domain-divisible", "note")]
    assert found("Mix the oil in whole numbers of litres.", litres) == []
    assert found("Mix.", Variable(name="x", description="boxes of oil cans", domain="integer")) == []
    assert found("Mix.", Variable(name="x", description="paid", unit="$", domain="integer")) == []


@pytest.mark.parametrize(
    "text",
    [
        "How many full or partial vats are brewed?",
        "How many whole/partial vats are brewed?",
        "How many vats are brewed? Partial vats are allowed.",
        "How many vats are brewed? Fractions of a vat can be sold.",
        "How many vats are brewed? The amounts need not be integers.",
    ],
)
def test_what_the_text_says_comes_in_parts_is_no_whole_number(text: str) -> None:
    vats = Variable(name="pale_vats", description="number of pale vats brewed", domain="integer")
    assert found(text, vats) == [("domain-parts", "warning")]
    assert found(text, vats.model_copy(update={"domain": "continuous"})) == []
    assert broken(text, 3.4, description="number of pale vats brewed") == []
    ((mend, *_),) = [one.operations for one in proposals(of(vats), text, check_domains(of(vats), text))]
    assert mend == Change(op="change", section="variables", name="pale_vats", fields={"domain": "continuous"})


@pytest.mark.parametrize(
    "text",
    [
        "How many vats are brewed?",
        "Full or partial pallets of malt come with vats. How many vats are brewed?",
        "Vats cannot be fractional. How many vats are brewed?",
        "Partial vats are allowed in May. Only whole numbers of vats make sense.",
        "The vats are partial to heat. How many vats are brewed?",
    ],
)
def test_what_is_not_said_to_come_in_parts_stays_whole(text: str) -> None:
    assert found(text, Variable(name="vats", description="vats brewed", domain="integer")) == []


def test_a_yes_or_no_without_a_limit_is_noted() -> None:
    opened = Variable(name="x", description="whether the depot is opened")
    assert found("Which depots are opened?", opened) == [("domain-choice", "note")]
    assert found("Which depots are opened?", opened.model_copy(update={"domain": "binary"})) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hire guards.", {"description": "guards hired"}),
        ("Send buses.", {"description": "buses"}),
        ("Send trips.", {"description": "number of boat trips", "unit": "trips"}),
        ("How many lamps are made?", {"description": "lamps made"}),
        ("How many of each type should be made?", {"description": "number of red lamps"}),
        ("Which depots are opened?", {"description": "1 if the depot is opened"}),
        ("All amounts are integers.", {"description": "tins packed"}),
    ],
)
def test_a_fraction_of_a_whole_thing_is_found(text: str, parts: dict[str, str]) -> None:
    assert broken(text, 3.4, **parts) == ["fraction"]
    assert broken(text, 3.0000000001, **parts) == []
    assert broken(text, 3.4, domain="integer", **parts) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("How many litres of oil are mixed?", {"description": "litres of oil"}),
        ("How many trucks pass?", {"description": "trucks that pass", "unit": "trucks per hour"}),
        ("Lamps are made.", {"description": "lamps made"}),
        ("How many hours should each press run?", {"description": "hours on press 1", "unit": "hours"}),
        ("How many acres of each crop?", {"description": "acres of barley"}),
        ("Hire guards.", {"description": "money for guards"}),
    ],
)
def test_a_fraction_of_what_can_be_divided_is_not_faulted(text: str, parts: dict[str, str]) -> None:
    assert broken(text, 3.4, **parts) == []


def test_the_first_broken_entry_is_named() -> None:
    formulation = of(Variable(name="x", index=("d in D",), description="drivers on duty"))
    (finding,) = check_values(formulation, "Plan the drivers.", {"x": {("mo",): 2.0, ("tu",): 1.5, ("we",): 0.5}})
    assert finding.message == "x['tu'] is 1.5, but it counts driver"
    assert check_values(formulation, "Plan the drivers.", {}) == []

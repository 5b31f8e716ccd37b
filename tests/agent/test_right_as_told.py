"""Right formulations of texts as people write them: no check doubts them, no rule edits them, nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fivefold.checks import check_shape, check_text
from fivefold.checks.missing import missing_facts
from fivefold.checks.results import falsify
from fivefold.clarification import question_for
from fivefold.mends import mended
from fivefold.number_words import spelled
from fivefold.problem import quantities
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.session import Session
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.read import read


@dataclass(frozen=True)
class Told:
    """A text and its right formulation: decisions by name with what they count, the goal, and the rows."""

    text: str
    goal: str
    rows: tuple[str, ...]
    decisions: dict[str, str]
    domain: str = "integer"

    def formulation(self) -> Formulation:
        sense, _, expression = self.goal.partition(" ")
        found = read(
            {
                "variables": [
                    {"name": name, "description": said, "domain": self.domain} for name, said in self.decisions.items()
                ],
                "objective": {"sense": f"{sense}imize", "expression": expression},
                "constraints": [{"name": f"row_{at}", "expression": row} for at, row in enumerate(self.rows)],
            }
        )
        assert found.formulation is not None
        return found.formulation


TRAYS = {"pansies": "trays of pansies", "mint": "trays of mint"}
TOLD = {
    "a bound behind its number": Told(
        "Nursery stand:\n- pansies: 0.5 m2 a tray, sells at 14 EUR\n- mint: 0.2 m2 a tray, sells at 6 EUR\n- 30 m2 of "
        "tables\n- pansies: 40 trays at most, they wilt\n- mint: one dozen trays at least.\nGoal: highest sales.",
        "max 14*pansies + 6*mint",
        ("0.5*pansies + 0.2*mint <= 30", "pansies <= 40", "mint >= 12"),
        TRAYS,
    ),
    "amounts in words": Told(
        "A tray of pansies needs 4 litres of water and a tray of mint 3 litres; there are two hundred and fifty litres "
        "of water. A tray of pansies sells for 14 euros and a tray of mint for 6 euros. No more than 30 trays of "
        "pansies are sold. Maximize sales.",
        "max 14*pansies + 6*mint",
        ("4*pansies + 3*mint <= 250", "pansies <= 30"),
        TRAYS,
    ),
    "thousands as k": Told(
        "A sawmill cuts oak for $2k a load and larch for $1.5k a load. An oak load takes 9 hours, a larch load 5 "
        "hours; there are 90 hours. At least 4 loads are oak. Maximize revenue.",
        "max 2000*oak + 1500*larch",
        ("9*oak + 5*larch <= 90", "oak >= 4"),
        {"oak": "loads of oak", "larch": "loads of larch"},
    ),
    "years, telephones, contracts and houses": Told(
        "When Ida took over the press in 2016 she kept its contract 2014/77. A poster takes 3 minutes and a banner "
        "takes 11 minutes of printing; 480 minutes of printing are available. A poster earns $4 and a banner $13. At "
        "most 50 posters can be sold. Maximize profit. (Ida, 41 Harbour Road, ext. 2203)",
        "max 4*posters + 13*banners",
        ("3*posters + 11*banners <= 480", "posters <= 50"),
        {"posters": "posters printed", "banners": "banners printed"},
    ),
    "cubic metres of what": Told(
        "A site needs 700 cubic metres of sand and 260 cubic metres of gravel. A tipper carries 9 cubic metres of sand "
        "and 3 of gravel; a trailer carries 6 of sand and 4 of gravel. A tipper trip burns 30 litres, a trailer trip "
        "22 litres. Use as little fuel as possible.",
        "min 30*tipper + 22*trailer",
        ("9*tipper + 6*trailer >= 700", "3*tipper + 4*trailer >= 260"),
        {"tipper": "tipper trips", "trailer": "trailer trips"},
    ),
    "so many a month": Told(
        "Our pool sells season passes and punch cards. A pass holder comes 8 times a month, a card holder 3 times. The "
        "pool copes with 2,400 visits a month. A pass brings 39 euros, a card 17 euros a month. There are 500 lockers "
        "and every customer gets one. We want the most income.",
        "max 39*passes + 17*cards",
        ("8*passes + 3*cards <= 2400", "passes + cards <= 500"),
        {"passes": "pass holders", "cards": "card holders"},
    ),
}


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_nothing_is_doubted_asked_or_edited(told: Told) -> None:
    formulation = told.formulation()
    checked = check(formulation)
    session = Session("auto")
    built = instance(formulation)
    solved = session.solve(built.arrays)
    session.close()
    assert solved.optimal and solved.values is not None
    found = [*checked.findings, *check_shape(checked), *check_text(formulation, told.text)]
    found += falsify(formulation, told.text, built.solution(solved.values))
    assert [str(one) for one in found if one.severity is not Severity.NOTE] == []
    assert question_for(missing_facts(told.text, formulation), ()) is None
    assert mended(formulation, told.text).mends == ()


def test_numbers_in_several_words_are_read_as_one() -> None:
    said = "A hundred beads, three hundred and forty guests, five thousand two hundred, half a dozen, forty-five seats"
    assert [one.value for one in spelled(said)] == [100, 340, 5200, 6, 45]
    assert not spelled("two three four, one and two, twenty one-litre bottles, hundreds of them, 12 hundred")
    assert [(one.value, one.written) for one in quantities("12k, 3 km and 1.5k dollars, 20 kg")] == [
        (12000, "12k"), (3, "3"), (1500, "1.5k"), (20, "20")
    ]  # fmt: skip


def test_a_number_that_is_missing_is_still_asked_for() -> None:
    text = "A tray of pansies needs 4 litres and a tray of mint 3 litres of water; 90 litres are there. At most, so we "
    facts = missing_facts(f"{text}sell 12. Pansies bring at least, and mint brings 6 euros. Maximize sales.")
    assert any(fact.kind == "gap" and "at least" in fact.words for fact in facts)

"""Right formulations of sentences in many wordings: none is mended, and nothing of theirs is told to be wrong."""

import re
from dataclasses import dataclass

import pytest

from fivefold.mends import mended
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Sense, Variable


@dataclass(frozen=True)
class Setting:
    """A problem to which a sentence is added."""

    text: str
    described: str
    goal: str
    rows: tuple[str, ...]
    names: tuple[str, ...]
    domain: Domain = "integer"
    sense: Sense = "maximize"


SETTINGS = {
    "cakes": Setting(
        "A bakery bakes cakes and pies. A cake takes 3 eggs and a pie takes 2 eggs; 190 eggs are available. "
        "A cake earns $9 and a pie earns $4. Maximize the profit. ",
        "number of {} baked", "9*cakes + 4*pies", ("3*cakes + 2*pies <= 190",), ("cakes", "pies"),
    ),
    "acres": Setting(
        "A farmer grows wheat and barley on 120 acres. An acre of wheat earns $200 and an acre of barley earns $150. "
        "Maximize the profit. ",
        "acres of {}", "200*wheat + 150*barley", ("wheat + barley <= 120",), ("wheat", "barley"), "continuous",
    ),
    "desks": Setting(
        "A workshop makes lamps, desks and shelves. A lamp takes 1 hour, a desk takes 5 hours and a shelf takes "
        "2 hours of labour; 400 hours of labour are available. The profit is $12 per lamp, $75 per desk and $28 per "
        "shelf. Maximize the profit. ",
        "{} made", "12*lamps + 75*desks + 28*shelves", ("lamps + 5*desks + 2*shelves <= 400",),
        ("lamps", "desks", "shelves"),
    ),
    "trips": Setting(
        "A charity moves 300 guests by van trips and bus trips. A van trip takes 8 guests and a bus trip takes 40 "
        "guests. A van trip costs $30 and a bus trip costs $110. Minimize the total cost. ",
        "number of {}", "30*van_trips + 110*bus_trips", ("8*van_trips + 40*bus_trips >= 300",),
        ("van_trips", "bus_trips"), sense="minimize",
    ),
    "seats": Setting(
        "A theatre sells balcony seats, stage seats and box seats. A balcony seat sells for $20, a stage seat sells "
        "for $35 and a box seat sells for $90. There are 500 seats. Maximize revenue. ",
        "number of {} seats sold", "20*balcony + 35*stage + 90*box", ("balcony + stage + box <= 500",),
        ("balcony", "stage", "box"),
    ),
    "feed": Setting(
        "A stable mixes oats and hay. A kg of oats costs $0.9 and holds 110 g of protein; a kg of hay costs $0.3 and "
        "holds 70 g of protein. The mix must hold at least 900 g of protein. Minimize the cost. ",
        "kg of {}", "0.9*oats + 0.3*hay", ("110*oats + 70*hay >= 900",), ("oats", "hay"), "continuous", "minimize",
    ),
}  # fmt: skip
SENTENCES = [
    ("cakes", "No more than 12 pies may be frozen; the rest is sold fresh.", ()),
    ("cakes", "A helper can wrap at most 25 cakes.", ()),
    ("cakes", "At most 15 cakes can be sold to hotels.", ()),
    ("cakes", "Fewer than 40 pies can be sold.", ("pies <= 39",)),
    ("cakes", "Pies may make up at most 60% of all baked goods.", ("pies <= 0.6*(cakes + pies)",)),
    ("cakes", "For each pie at least two cakes must be baked.", ("cakes >= 2*pies",)),
    ("cakes", "There must be 5 more cakes than pies.", ("cakes == pies + 5",)),
    ("cakes", "In December at most 30 cakes can be baked; in all other months there is no such limit.", ()),
    ("cakes", "At most 20 cakes fit into one oven, and there are 3 ovens.", ("cakes <= 60",)),
    ("cakes", "Each customer buys at most 2 cakes, and 40 customers come.", ("cakes <= 80",)),
    ("cakes", "It must bake at least 20 goods, and no more than 30 of them cakes.",
     ("cakes + pies >= 20", "cakes <= 30")),
    ("cakes", "Let x be the number of cakes and y the number of pies; x + 2y <= 70.", ("cakes + 2*pies <= 70",)),
    ("acres", "At most 40% of the land may be barley.", ("barley <= 0.4*120",)),
    ("acres", "At least a quarter of the acres must be barley.", ("barley >= 0.25*(wheat + barley)",)),
    ("acres", "At least 15 acres must be weeded by hand.", ()),
    ("acres", "In spring at most 30 acres can be ploughed, in summer 90.", ()),
    ("acres", "The farmer has 8 hours a day for 100 days; an acre of wheat takes 10 hours and an acre of barley takes "
     "5 hours.", ("10*wheat + 5*barley <= 800",)),
    ("acres", "Each worker tends at most 30 acres of wheat, and there are 2 workers.", ("wheat <= 60",)),
    ("acres", "The difference between the acres of wheat and of barley must be at most 30 acres.",
     ("wheat - barley <= 30", "barley - wheat <= 30")),
    ("acres", "Barley needs no fertilizer; an acre of wheat needs 80 kg of fertilizer and 4000 kg are in store.",
     ("80*wheat <= 4000",)),
    ("desks", "A carton holds at most 4 lamps.", ()),
    ("desks", "The number of lamps must exceed the combined number of desks and shelves.",
     ("lamps >= desks + shelves + 1",)),
    ("desks", "On each of the 5 days at most 10 desks can be made.", ("desks <= 50",)),
    ("desks", "The workshop can make up to 10 desks per day and works 6 days.", ("desks <= 60",)),
    ("desks", "At least 40 lamps or shelves must be made.", ("lamps + shelves >= 40",)),
    ("desks", "A lamp uses 1 bulb; desks and shelves use none. 90 bulbs are available.", ("lamps <= 90",)),
    ("desks", "It costs $4 to make a lamp, $30 to make a desk and $9 to make a shelf, and there is $2000 to spend.",
     ("4*lamps + 30*desks + 9*shelves <= 2000",)),
    ("desks", "The number of lamps and the number of shelves may differ by at most 6.",
     ("lamps - shelves <= 6", "shelves - lamps <= 6")),
    ("trips", "There are 20 drivers; a van trip needs 1 driver and a bus trip needs 2 drivers.",
     ("van_trips + 2*bus_trips <= 20",)),
    ("trips", "At least 2 bus trips must be made at night.", ()),
    ("trips", "On Sunday no more than 3 bus trips are possible.", ()),
    ("trips", "More than 3 bus trips must be made.", ("bus_trips >= 4",)),
    ("trips", "At least 60 guests must travel by van.", ("8*van_trips >= 60",)),
    ("trips", "The total cost must not exceed $2000.", ("30*van_trips + 110*bus_trips <= 2000",)),
    ("seats", "At least 100 seats must be kept for students.", ()),
    ("seats", "Box seats cannot be more than 10% of the seats sold.", ("box <= 0.1*(balcony + stage + box)",)),
    ("seats", "In total exactly 450 seats must be sold.", ("balcony + stage + box == 450",)),
    ("seats", "No more than 300 stage seats and box seats may be sold together.", ("stage + box <= 300",)),
    ("feed", "The horse must not get more than 9 kg of hay a day.", ("hay <= 9",)),
    ("feed", "Oats hold 5 g of fat per kg and hay holds no fat; the mix must hold at least 10 g of fat.",
     ("5*oats >= 10",)),
    ("feed", "At least 2 kg of oats must be soaked.", ()),
]  # fmt: skip


def formulated(setting: Setting, rows: tuple[str, ...]) -> Formulation:
    described = [(name, setting.described.format(name.replace("_", " "))) for name in setting.names]
    return Formulation(
        variables=tuple(Variable(name=name, description=said, domain=setting.domain) for name, said in described),
        objective=Objective(sense=setting.sense, expression=setting.goal),
        constraints=tuple(Constraint(name=f"row_{at}", expression=row) for at, row in enumerate(setting.rows + rows)),
    )


@pytest.mark.parametrize(("setting", "sentence", "rows"), SENTENCES)
def test_a_right_formulation_is_left_as_it_is(setting: str, sentence: str, rows: tuple[str, ...]) -> None:
    right = formulated(SETTINGS[setting], rows)
    found = mended(right, SETTINGS[setting].text + sentence, budget_s=60)
    assert found.mends == () and found.formulation is right
    # A number of what is not decided, as 25 cakes that are wrapped, is used nowhere: that is told, and no more.
    assert found.before == 0 if rows else found.before <= 2 * len(re.findall(r"\d+", sentence))


@pytest.mark.parametrize(
    ("setting", "sentence", "wrong", "right"),
    [
        ("cakes", "Fewer than 40 pies can be sold.", (), "pies <= 39"),
        ("desks", "The number of lamps and the number of shelves may differ by at most 6.", (), "lamps - shelves <= 6"),
        ("trips", "The total cost must not exceed $2000.", ("van_trips + bus_trips <= 2000",),
         "30*van_trips + 110*bus_trips <= 2000"),
        ("trips", "More than 3 bus trips must be made.", ("bus_trips <= 3",), "bus_trips >= 4"),
        ("seats", "In total exactly 450 seats must be sold.", ("balcony + stage + box <= 450",),
         "balcony + stage + box == 450"),
    ],
)  # fmt: skip
def test_a_wrong_one_becomes_what_its_sentence_says(
    setting: str, sentence: str, wrong: tuple[str, ...], right: str
) -> None:
    found = mended(formulated(SETTINGS[setting], wrong), SETTINGS[setting].text + sentence, budget_s=60)
    assert right in {row.expression for row in found.formulation.constraints}

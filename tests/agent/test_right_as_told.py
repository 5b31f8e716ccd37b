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
from fivefold.reading.words import stated
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
    choices: tuple[str, ...] = ()
    """Decisions that are a yes or no."""

    def formulation(self) -> Formulation:
        sense, _, expression = self.goal.partition(" ")
        found = read(
            {
                "variables": [
                    {"name": name, "description": said, "domain": "binary" if name in self.choices else self.domain}
                    for name, said in self.decisions.items()
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
    "a range of per cent": Told(
        "A packer blends 'Dawn' and 'Dusk' tea. 1 kg of Dawn holds 400 g of Assam, 1 kg of Dusk 250 g of Assam; 60 kg "
        "of Assam are in stock. Dawn earns 6 per kg and Dusk earns 5.5 per kg. Dusk should be 40 to 65 % of the total "
        "weight, and no more than 190 kg are packed. Maximize earnings.",
        "max 6*dawn + 5.5*dusk",
        ("0.4*dawn + 0.25*dusk <= 60", "dusk >= 0.4*(dawn + dusk)", "dusk <= 0.65*(dawn + dusk)", "dawn + dusk <= 190"),
        {"dawn": "kg of Dawn", "dusk": "kg of Dusk"},
        "continuous",
    ),
    "a flight with a number, and amounts of which so much is there": Told(
        "Flight 713 has 160 seats. Full fare is $380, saver is $170. We expect no more than 70 passengers at full "
        "fare, and each passenger uses 1.1 kg of meals, of which we load 165 kg. I want the most revenue.",
        "max 380*full + 170*saver",
        ("full + saver <= 160", "full <= 70", "1.1*full + 1.1*saver <= 165"),
        {"full": "full fare seats sold", "saver": "saver seats sold"},
    ),
    "years told apart": Told(
        "At the start of years 1, 2 and 3 a client can buy a bond (pays 9% after two years) or a note (pays 4% after "
        "one year). She has 8,000 at the start of year 1 and nothing else comes in. Maximise what she has at the end "
        "of year 3.",
        "max 1.09*bond_two + 1.04*note_three",
        (
            "bond_one + note_one <= 8000",
            "bond_two + note_two <= 1.04*note_one",
            "note_three <= 1.09*bond_one + 1.04*note_two",
        ),
        {
            f"{kind}_{year}": f"money in the {kind} at the start of year {year}"
            for kind in ("bond", "note")
            for year in ("one", "two", "three")
            if (kind, year) != ("bond", "three")
        },
        "continuous",
    ),
    "which districts masts cover": Told(
        "Each of the districts 1 to 5 must be covered. Mast K covers 1, 2 and costs 75; mast L covers 2, 3, 4 and "
        "costs 120; mast M covers 4, 5 and costs 95; mast N covers 1, 5 and costs 85. Keep the total cost as low as "
        "possible.",
        "min 75*k + 120*l + 95*m + 85*n",
        ("k + n >= 1", "k + l >= 1", "l >= 1", "l + m >= 1", "m + n >= 1"),
        {name: f"mast {name.upper()} is built" for name in "klmn"},
        "binary",
    ),
    "kilometres and metres": Told(
        "A ditch of 4.2 km must be dug. A large digger digs 140 m a day and costs 800 a day, a small digger digs 90 m "
        "a day and costs 480 a day. Both dig for whole days, the large digger at least 6 days. Minimize the cost.",
        "min 800*large + 480*small",
        ("140*large + 90*small >= 4200", "large >= 6"),
        {"large": "days of the large digger", "small": "days of the small digger"},
    ),
    "by the dozen": Told(
        "Rolls of film come by the dozen at 54 dollars. A wedding uses 5 rolls and fetches 260 dollars, a portrait "
        "uses 2 rolls and fetches 12 dollars. The studio can spend 400 dollars on film and takes 20 bookings, at least "
        "3 of them portraits. What earns most after paying for the film?",
        "max 260*weddings + 12*portraits - 54*dozens",
        ("5*weddings + 2*portraits <= 12*dozens", "54*dozens <= 400", "weddings + portraits <= 20", "portraits >= 3"),
        {"weddings": "weddings booked", "portraits": "portraits booked", "dozens": "dozens of rolls bought"},
    ),
    "margins": Told(
        "Lanterns cost 7 euros wholesale and sell for 20, torches cost 13 euros and sell for 31. The buyer may spend "
        "up to 1,950 euros. The shelf takes no more than 210 pieces. Which order has the largest gross profit?",
        "max 13*lanterns + 18*torches",
        ("7*lanterns + 13*torches <= 1950", "lanterns + torches <= 210"),
        {"lanterns": "lanterns ordered", "torches": "torches ordered"},
    ),
    "kept for the next week": Told(
        "In week 1 a press can print 900 maps, in week 2 only 600. Demand is 500 in week 1 and 800 in week 2, and has "
        "to be met. A map costs 0.30 in week 1 and 0.35 in week 2. Maps of week 1 can be kept for week 2 at 0.02 each. "
        "Plan at least cost.",
        "min 0.3*first + 0.35*second + 0.02*kept",
        ("first <= 900", "second <= 600", "first - kept >= 500", "second + kept >= 800"),
        {"first": "maps printed in week 1", "second": "maps printed in week 2", "kept": "maps kept for week 2"},
    ),
    "one thing after another": Told(
        "Moulding takes 6 hours. After that a casting cools for 4 hours and rests for one further hour before "
        "polishing, which takes 2 hours. Moulding cannot begin before hour 3. When can the casting be ready at the "
        "earliest?",
        "min ready",
        ("mould >= 3", "polish >= mould + 6 + 4 + 1", "ready >= polish + 2"),
        {
            "mould": "hour in which moulding begins",
            "polish": "hour in which polishing begins",
            "ready": "hour of the end",
        },
        "continuous",
    ),
    "half-page": Told(
        "A programme has 16 pages for advertisements. Full-page ads bring 900, half-page ads 520. There must be at "
        "least as many half-page ads as full-page ads, and no more than 21 half-page ads. Maximise the income.",
        "max 900*full + 520*half",
        ("full + 0.5*half <= 16", "half >= full", "half <= 21"),
        {"full": "full-page ads", "half": "half-page ads"},
    ),
    "what is said in brackets": Told(
        "Tickets for the pool: adults pay 8, children 3, families (2 adults and 3 children on one ticket) 19. The pool "
        "holds 250 people. At most 40 family tickets are printed, and at most 90 single children come. Maximise "
        "takings.",
        "max 8*adults + 3*children + 19*families",
        ("adults + children + 5*families <= 250", "families <= 40", "children <= 90"),
        {"adults": "adult tickets", "children": "child tickets", "families": "family tickets"},
    ),
    "rates with a slash": Told(
        "Two kilns. Old one: up to 60 t a day, 85 EUR/t. New one: up to 50 t a day, 110 EUR/t. Orders: 80 t a day. "
        "Lowest daily cost?",
        "min 85*old + 110*new",
        ("old <= 60", "new <= 50", "old + new >= 80"),
        {"old": "t from the old kiln", "new": "t from the new kiln"},
        "continuous",
    ),
    "a discount and then a cost": Told(
        "An inn has 90 rooms. Walkers pay 110 a night, and clubs get a 25% discount on that. At least 12 rooms must go "
        "to clubs and walkers never fill more than 60 rooms. Cleaning costs 14 a room. Maximise nightly profit.",
        "max 96*walkers + 68.5*clubs",
        ("walkers + clubs <= 90", "clubs >= 12", "walkers <= 60"),
        {"walkers": "rooms for walkers", "clubs": "rooms for clubs"},
    ),
    "times of the day": Told(
        "An arcade opens from 8 to 20 and needs attendants: 8-12: 5, 12-16: 9, 16-20: 7. An attendant works two blocks "
        "in a row. Those starting at 8 get 88 euros, those starting at 12 get 97 euros. Find the cheapest roster.",
        "min 88*start8 + 97*start12",
        ("start8 >= 5", "start8 + start12 >= 9", "start12 >= 7"),
        {"start8": "attendants who start at 8", "start12": "attendants who start at 12"},
    ),
    "money that is bought": Told(
        "A bureau has 30,000 dollars and may buy euros at 1.12 dollars each or pounds at 1.27 dollars each. It can "
        "sell the euros for 1.14 and the pounds for 1.32 dollars. It takes at most 9,000 pounds. How does it end with "
        "the most dollars?",
        "max 30000 + 0.02*euros + 0.05*pounds",
        ("1.12*euros + 1.27*pounds <= 30000", "pounds <= 9000"),
        {"euros": "euros bought", "pounds": "pounds bought"},
        "continuous",
    ),
    "counted in millions": Told(
        "A bank has $3.2 million to lend. Car loans yield 7.5 %, home loans 5.5 %. Home loans must be no less than 40 "
        "% of what is lent. Maximise the yearly interest.",
        "max 0.075*car + 0.055*home",
        ("car + home <= 3.2", "home >= 0.4*(car + home)"),
        {"car": "millions in car loans", "home": "millions in home loans"},
        "continuous",
    ),
    "tonnes of one crop only": Told(
        "A farm has 180 hectares. Wheat yields 7.5 tonnes a hectare and sells at 210 euros a tonne, rapeseed yields "
        "3.8 tonnes and sells at 460 euros, and beet yields 70 tonnes and sells at 32 euros. Beet must not take more "
        "than a quarter of the land, and a contract obliges him to deliver at least 600 tonnes of wheat. How should he "
        "use his land to earn the most?",
        "max 210*7.5*wheat + 460*3.8*rapeseed + 32*70*beet",
        ("wheat + rapeseed + beet <= 180", "beet <= 0.25*180", "7.5*wheat >= 600"),
        {"wheat": "hectares of wheat", "rapeseed": "hectares of rapeseed", "beet": "hectares of beet"},
        "continuous",
    ),
    "between two percentages, by the clock": Told(
        "A creamery mixes light milk of whole milk with 4.2 % fat and skimmed milk with 0.3 % fat. Light milk must be "
        "between 1.4 and 1.8 % fat. It sells at 0.94 euros a litre; whole milk costs 0.52 euros and skimmed milk 0.31 "
        "euros. Filling 20 litres takes 1 minute, and the filler runs from 5:00 to 14:00. How much earns the most?",
        "max 0.94*(whole + skimmed) - 0.52*whole - 0.31*skimmed",
        (
            "4.2*whole + 0.3*skimmed >= 1.4*(whole + skimmed)",
            "0.042*whole + 0.003*skimmed <= 0.018*(whole + skimmed)",
            "(whole + skimmed)/20 <= 9*60",
        ),
        {"whole": "litres of whole milk", "skimmed": "litres of skimmed milk"},
        "continuous",
    ),
    "minutes by the clock, and twice what is ordered": Told(
        "An oven is hot from 3:30 to 9:00. A batch of rye bakes for 50 minutes and one of rolls for 18 minutes. One "
        "is 40 loaves or 150 rolls. A loaf earns 1.80 euros, a roll 0.22. The shops order 80 loaves and 450 rolls; no "
        "more than twice what is ordered can be sold. How many batches earn the most?",
        "max 1.80*40*rye + 0.22*150*rolls",
        ("50*rye + 18*rolls <= 330", "40*rye >= 80", "150*rolls >= 450", "40*rye <= 160", "150*rolls <= 900"),
        {"rye": "batches of rye loaves", "rolls": "batches of rolls"},
    ),
    "what 100 g hold, for each gram": Told(
        "100 g of oats hold 380 kcal, 13 g protein and 5 mg iron, 100 g of milk powder 500 kcal, 26 g protein and 0.5 "
        "mg iron. A portion must have at least 600 kcal, at least 24 g protein and at least 6 mg iron. A kilogram of "
        "oats costs 1.60 euros and of powder 5.20. What is the cheapest portion?",
        "min 0.0016*oats + 0.0052*powder",
        ("3.8*oats + 5*powder >= 600", "0.13*oats + 0.26*powder >= 24", "0.05*oats + 0.005*powder >= 6"),
        {"oats": "grams of oats", "powder": "grams of milk powder"},
        "continuous",
    ),
    "prices of a kilogram, for each 100 g": Told(
        "100 g of oats hold 380 kcal and 13 g protein, 100 g of milk powder 500 kcal and 26 g protein. A portion must "
        "have at least 600 kcal and at least 24 g protein. A kilogram of oats costs 1.60 euros and of powder 5.20. "
        "What is the cheapest portion?",
        "min 0.16*oats + 0.52*powder",
        ("380*oats + 500*powder >= 600", "13*oats + 26*powder >= 24"),
        {"oats": "hundreds of grams of oats", "powder": "hundreds of grams of milk powder"},
        "continuous",
    ),
    "a power for hours, and a loss behind it": Told(
        "A van needs 45 kWh. Between 18:00 and 22:00 a kWh costs 34 cents and between 22:00 and 2:00 25 cents. The "
        "wall box gives at most 11 kW, and 8 % of the energy drawn is lost. How should it be charged at least cost?",
        "min 34*evening + 25*night",
        ("0.92*(evening + night) >= 45", "evening <= 11*4", "night <= 44"),
        {"evening": "kWh drawn from 18:00 to 22:00", "night": "kWh drawn from 22:00 to 2:00"},
        "continuous",
    ),
    "percentages of two makers, and a large number": Told(
        "A co-operative needs 240 tonnes of fertiliser. Borde sells big bags of 600 kg at 214 euros and Caro delivers "
        "loose at 340 euros a tonne, either nothing or at least 80 tonnes. Nitrogen makes up 24 % of Borde's "
        "fertiliser and 20 % of Caro's, and all must hold no less than 50 tonnes of nitrogen. What is cheapest?",
        "min 214*bags + 340*loose",
        (
            "0.6*bags + loose >= 240",
            "loose >= 80*caro",
            "loose <= 10000*caro",
            "0.24*0.6*bags + 0.2*loose >= 50",
        ),
        {"bags": "big bags from Borde", "loose": "tonnes from Caro", "caro": "1 if Caro delivers"},
        choices=("caro",),
    ),
    "quarters of a ratio": Told(
        "A winery has 8400 litres of Riesling and 6300 litres of Silvaner. House is Riesling and Silvaner in the ratio "
        "1:2 and earns 3.40 euros a litre, Cuv\u00e9e in the ratio 3:1 and earns 6.10 euros a litre. How much of each?",
        "max 3.40*house + 6.10*cuvee",
        ("1/3*house + 3/4*cuvee <= 8400", "2/3*house + 1/4*cuvee <= 6300"),
        {"house": "litres of House", "cuvee": "litres of Cuv\u00e9e"},
        "continuous",
    ),
    "what is left over is spent in the next year": Told(
        "The ward costs 2.4 million euros in the first year and 1.1 million in the second and is worth 5.2 million; "
        "the clinic costs 1.8 and 1.6 million and is worth 4.4 million. There are 4.5 million in the first year and "
        "2.5 million in the second; what is left over of the first year can be used in the second. Which are worth it?",
        "max 5.2*ward + 4.4*clinic",
        ("2.4*ward + 1.8*clinic + left == 4.5", "1.1*ward + 1.6*clinic <= 2.5 + left"),
        {"ward": "1 if the ward is built", "clinic": "1 if the clinic is built", "left": "millions left over"},
        "continuous",
        choices=("ward", "clinic"),
    ),
    "hours that teaching takes, and staff that leaves": Told(
        "A call centre needs 4200 and 4500 hours of calls answered in April and May. An agent works 150 hours a month; "
        "there are 26 agents in April. A newcomer is hired in April and answers calls from May on; teaching a newcomer "
        "takes 40 hours of an agent's time. In each month 10 % of the agents leave. An agent costs 3100 euros a month "
        "and a newcomer 2200. Overtime costs 38 euros an hour, up to 500 hours a month. What is cheapest?",
        "min 3100*first + 3100*second + 2200*hired + 38*april + 38*may",
        (
            "first == 26",
            "second == 0.9*first + hired",
            "150*first - 40*hired + april >= 4200",
            "150*second + may >= 4500",
            "april <= 500",
            "may <= 500",
        ),
        {
            "first": "agents in April",
            "second": "agents in May",
            "hired": "newcomers hired in April",
            "april": "overtime hours in April",
            "may": "overtime hours in May",
        },
        "continuous",
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
    parts = "Three fifths of the wool, nine-tenths, two and a half hours, one-and-a-quarter, twenty-five and two thirds"
    assert [round(one.value, 3) for one in spelled(parts)] == [0.6, 0.9, 2.5, 1.25, 25.667]
    decimals = spelled("Four point five times the oats, zero point seven five of it, twenty-two point five kg")
    assert [one.value for one in decimals] == [4.5, 0.75, 22.5] and decimals[0].written == "Four point five"
    assert not spelled("two point guards, point five, one point, a point one can argue")
    assert not spelled("four quarters, the third shift, two halves, one half-time cook, a fifth of it")
    assert [one.value for one in stated("A scarf takes two and a half hours, seven eighths of it at the loom.")] == [
        2.5, 0.875,
    ]  # fmt: skip
    assert [(one.value, one.written) for one in quantities("12k, 3 km and 1.5k dollars, 20 kg")] == [
        (12000, "12k"), (3, "3"), (1500, "1.5k"), (20, "20")
    ]  # fmt: skip


def test_a_number_tells_its_digits_and_its_scale() -> None:
    found = quantities("30 million, 2 Thousands, 1.5k, 4,000 km and 12k dollars, 7 millions of them")
    assert [(one.digits, one.scale) for one in found] == [
        (30, " million"), (2, " Thousands"), (1.5, "k"), (4000, ""), (12, "k"), (7, ""),
    ]  # fmt: skip
    assert [one.value for one in found] == [3e7, 2000, 1500, 4000, 12000, 7]


def test_numbers_that_name_the_elements_of_a_set_are_used() -> None:
    text = "A joiner cuts boards. Needed are 25 pieces of 2.6 m and 14 pieces of 1.7 m; pieces are cut singly."
    given = {
        "sets": [{"name": "L", "elements": ["2.6 m", "1.7 m"]}],
        "parameters": [{"name": "need", "index": ["l in L"], "values": [25, 14]}],
        "variables": [{"name": "cut", "index": ["l in L"], "domain": "integer"}],
        "objective": {"sense": "minimize", "expression": "sum(cut[l] for l in L)"},
        "constraints": [{"name": "enough", "forall": ["l in L"], "expression": "cut[l] >= need[l]"}],
    }
    found = read(given).formulation
    assert found is not None and [one.code for one in check_text(found, text)] == []
    others = found.model_copy(update={"sets": (found.sets[0].model_copy(update={"elements": ("long", "short")}),)})
    assert [one.code for one in check_text(others, text)] == ["number-unused"] * 2


def test_a_number_that_is_missing_is_still_asked_for() -> None:
    text = "A tray of pansies needs 4 litres and a tray of mint 3 litres of water; 90 litres are there. At most, so we "
    facts = missing_facts(f"{text}sell 12. Pansies bring at least, and mint brings 6 euros. Maximize sales.")
    assert any(fact.kind == "gap" and "at least" in fact.words for fact in facts)

"""The checks of a formulation against its problem's words: what each finds, and where each must stay silent."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivefold.checks import (
    check_nouns,
    check_numbers,
    check_relations,
    check_sense,
    check_terms,
    check_text,
    constants,
)
from fivefold.checks.words import stated_sense
from fivefold.nodes.sources import with_sources
from fivefold.problem import quantities
from fivefold.reading.labels import labels
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Source, Variable
from tests.strategies import formulations


def scalar(objective: str, *rows: str, sense: str = "maximize") -> Formulation:
    """A scalar formulation over the names that its expressions use."""
    words = " ".join([objective, *rows]).replace("(", " ").replace(")", " ").replace("*", " ").split()
    names = dict.fromkeys(word for word in words if word.isidentifier())
    return Formulation(
        variables=tuple(Variable(name=name) for name in names),
        objective=Objective.model_validate({"sense": sense, "expression": objective}),
        constraints=tuple(Constraint(name=f"r{place}", expression=row) for place, row in enumerate(rows, 1)),
    )


def found(formulation: Formulation, text: str) -> list[str]:
    return [f"{finding.code}: {finding}" for finding in check_text(formulation, text)]


KITES = (
    "A workshop sews kites and flags. A kite takes 4 hours and a flag takes 3 hours; 90 hours are available. "
    "At least 6 kites must be sewn. A kite earns $11 and a flag earns $8. Maximize the earnings."
)
RIGHT = scalar("11*kites + 8*flags", "4*kites + 3*flags <= 90", "kites >= 6")


def test_a_right_formulation_is_not_faulted() -> None:
    assert found(RIGHT, KITES) == []


def test_an_unused_number_is_found_with_its_sentence() -> None:
    (finding,) = check_numbers(scalar("11*kites + 8*flags", "4*kites + 3*flags <= 90"), KITES)
    assert finding.code == "number-unused" and "At least 6 kites must be sewn." in finding.message


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("wool <= 0.6*(wool + silk)", False),
        ("wool <= 6/10*(wool + silk)", False),
        ("0.4*wool - 0.6*silk <= 0", False),
        ("wool <= 1.5*silk", False),
        ("wool <= 54", False),
        ("wool <= silk", True),
        ("7*wool <= 4*silk", True),
    ],
)
def test_a_fraction_in_words_is_held_in_any_form_or_told(row: str, told: bool) -> None:
    text = "Spin at most 90 metres of yarn from wool and silk. At most six-tenths of all yarn may be wool."
    formulation = Formulation(
        variables=(Variable(name="wool", lower=0), Variable(name="silk", lower=0)),
        objective=Objective(sense="maximize", expression="wool + silk"),
        constraints=(
            Constraint(name="all_yarn", expression="wool + silk <= 90"), Constraint(name="part", expression=row),
        ),
    )  # fmt: skip
    assert any("six-tenths" in one.message for one in check_numbers(formulation, text)) is told


def test_each_unused_number_is_told_once() -> None:
    findings = check_numbers(scalar("x + y"), "Mix 70 litres of one. The other needs 70 litres. Bring 35 bags.")
    assert ["70" in f.message for f in findings] == [True, False] and "35" in findings[1].message


def test_a_number_out_of_nowhere_is_found() -> None:
    (finding,) = check_numbers(scalar("11*kites + 8*flags", "4*kites + 3*flags <= 90", "kites >= 6.37"), KITES)[1:]
    assert finding.code == "number-unexplained" and "6.37" in finding.message


def test_a_table_a_bound_and_a_set_use_numbers() -> None:
    formulation = Formulation(
        sets=(Set(name="I", elements=("a", "b", "c")), Set(name="T", expression="range(1, 13)")),
        parameters=(Parameter(name="p", index=("I",), values={"a": 5, "b": [6.5]}, default=2),),
        variables=(Variable(name="x", index=("i in I if i != 44",), lower=-3, upper="7*p[i]"),),
        constraints=(Constraint(name="r", forall=("t in T if t > 9",), expression="x['a'] <= 8"),),
    )
    assert constants(formulation) == {5, 6.5, 2, 3, 7, 8, 9, 44, 1, 13, 0} | {3.0}


def test_what_is_no_number_is_no_constant() -> None:
    odd = Parameter(name="p", values=[True, None, "12", float("inf"), 10**400])
    assert constants(Formulation(parameters=(odd,), variables=(Variable(name="x", upper=float("inf")),))) == {0.0}


@pytest.mark.parametrize(
    ("text", "row", "wanted"),
    [
        ("At least 50 crates are needed.", "x <= 50", ">="),
        ("A minimum of 50 crates is needed.", "x + y <= 50", ">="),
        ("No fewer than 50 crates.", "50 >= x", ">="),
        ("It must hold 50 or more crates.", "x <= 50", ">="),
        ("At most 50 crates fit.", "x >= 50", "<="),
        ("The load must not exceed 50 crates.", "2*x + y >= 50", "<="),
        ("It cannot be more than 50.", "x >= 50", "<="),
        ("There are 50 crates available.", "x >= 50", "<="),
        ("We have only 50 crates.", "50 <= x", "<="),
        ("At least 30% must be oak.", "x <= 0.3*(x + y)", ">="),
        ("The number of pots must be at most 3 times the number of lids.", "pots >= 3*lids", "<="),
        ("Use up to 1,250 kg.", "x >= 1250", "<="),
        ("The load must not surpass fifty crates.", "x >= 50", "<="),
        ("Four times the load must not exceed a maximum limit set at 50.", "4*x >= 50", "<="),
        ("Storage is capped at 50 crates.", "x >= 50", "<="),
        ("Stocks may never go above 50.", "x >= 50", "<="),
        ("Stocks must not fall below 50 crates.", "x <= 50", ">="),
        ("No smaller than 50 crates.", "x <= 50", ">="),
    ],
)
def test_a_turned_relation_is_found(text: str, row: str, wanted: str) -> None:
    (finding,) = check_relations(scalar("x", row), text)
    assert finding.code == "relation" and finding.mend == f"write {wanted}" and text in finding.message


def test_small_numbers_in_words_state_no_relation() -> None:
    assert check_relations(scalar("x", "x >= 2"), "Serve at most two of them at once, and at least 2 a day.") == []
    assert check_relations(scalar("x", "x >= 3"), "There must be at most three times as many jars.") == []


def test_numbers_of_something_else_are_found() -> None:
    text = (
        "A seal does 3 tricks and eats 5 snacks a show; an otter does 2 tricks and eats 4 snacks a show. "
        "There are 60 snacks."
    )
    (finding,) = check_nouns(scalar("x + y", "3*seal + 2*otter <= 60"), text)
    assert finding.code == "nouns" and "60" in finding.message and "counts something else" in finding.message
    assert check_nouns(scalar("x + y", "5*seal + 4*otter <= 60"), text) == []


def test_what_is_paid_is_money_whatever_stands_behind_it() -> None:
    text = "A kiosk pays $5 and $8 for each unit of a plain and sweet bun respectively. It earns $3 per plain bun and "
    text += "$7 per sweet bun. It sells at most 340 buns and wants to spend at most $910 in buying buns from a baker."
    assert check_nouns(scalar("3*plain + 7*sweet", "5*plain + 8*sweet <= 910"), text) == []


def test_a_variable_added_twice_is_found() -> None:
    (finding,) = check_terms(scalar("x + y", "3*x + 2*x <= 10"))
    assert finding.code == "term-twice" and "leaves out y" in finding.message
    assert [f.where for f in check_terms(scalar("4*x + x*2", "x + y <= 9"))] == ["the objective"]


@pytest.mark.parametrize(
    "formulation",
    [
        scalar("50*x - 30*x", "x + y <= 9"),  # what is taken off is no doubled term
        scalar("3*x + 2*x", "x <= 4"),  # nothing is left out
        scalar("2*(x + y) + x*y", "x + y <= 9"),
        scalar("x y", "x + y <= 9"),  # no expression at all
    ],
)
def test_sums_that_are_meant_are_not_doubled_terms(formulation: Formulation) -> None:
    assert check_terms(formulation) == []


def test_a_turned_sense_is_found() -> None:
    turned = scalar("11*kites + 8*flags", sense="minimize")
    (finding,) = check_sense(turned, KITES)
    assert (finding.code, finding.where) == ("sense", "the objective")
    assert check_sense(turned, "The cost is to be minimised.") == []
    assert check_sense(Formulation(), KITES) == []  # `satisfy` takes no side
    assert stated_sense("Maximize the least share and minimize the cost") is None is stated_sense("Be thrifty.")


SILENT = [
    ("Up to 40 jars fit in a crate; each jar weighs 2 kg. How many jars?", scalar("jars", "jars <= 40", "2*jars >= 0")),
    ("No more than 40 jars, and no fewer than 12 jars.", scalar("jars", "jars <= 40", "jars >= 12")),
    ("Plant between 10 and 20 trees to shade most.", scalar("trees", "trees >= 10", "trees <= 20")),
    ("There must be at least twice as many cups as mugs; 30 at most.", scalar("c", "c >= 2*m", "c + m <= 30")),
    ("At least 25% must be clay and at most 60 % sand.", scalar("c", "c >= 0.25*(c + s)", "s <= 0.6*(c + s)")),
    ("At least 25% of the mix must be clay.", scalar("c", "s <= 0.75*(c + s)")),
    ("A budget of $12,500.50 and 3,000 seats limit the tour.", scalar("x", "x <= 12500.50", "y <= 3000")),
    ("A prize of 2.5 million dollars is split.", scalar("x + y", "x + y == 2500000")),
    ("Bake sixteen loaves, seventy rolls and a dozen pies.", scalar("x", "x <= 16", "y <= 70", "z >= 12")),
    ("Twenty-five boats, each for three hundred people.", scalar("300*x", "x <= 25")),
    ("Fees fall by twenty percent; a ticket was 45.", scalar("45*x", "x <= 0.2*y", "0.8*y >= x")),
    ("Machine 1 makes 14 bolts, machine 2 makes 17, machine 3 makes 19.", scalar("14*a + 17*b + 19*c")),
    ("Machines 1, 2 and 3 make 14, 17 and 19 bolts.", scalar("14*a + 17*b + 19*c")),
    ("On days 1 to 7 a guard earns 85.", scalar("85*x")),
    ("The plant makes 4 types of tiles; each sells for 9.", scalar("9*x")),
    ("In 2031, a farm has 64 acres. On March 15, 2031 it opens at 8:30.", scalar("x", "x <= 64")),
    ("The 3rd shift has 12 workers from 6 pm.", scalar("x", "x <= 12")),
    ("A lamp sells for $50 and costs $30.", scalar("20*x")),
    ("A press makes 8 sheets an hour and runs 15 hours.", scalar("x", "x <= 120")),
    ("A loaf takes 3/4 cup of oil.", scalar("x", "0.75*x <= y")),
    ("At most 2/3 of the staff are new.", scalar("x", "x <= (2/3)*y")),
    ("The rows are [5,10,15] and the limits 7,9.", scalar("5*x + 10*y + 15*z", "x <= 7", "y <= 9")),
    ("At least 10 urns are made. A pot takes 2 hours, an urn takes 3 hours; the kiln runs 10 hours.",
     scalar("p", "urns >= 10", "2*p + 3*urns <= 10")),
    ("The club wants 10 oars and 40 planks are available.", scalar("x", "oars >= 10", "planks <= 40")),
    ("It takes 20 minutes or less and must be within a limit of 90.", scalar("x", "x <= 20", "y <= 90")),
    ("A desk takes 3 hours, a shelf takes 4 hours and a stool 2; there are 70 hours.",
     scalar("x", "3*desk + 4*shelf + 2*stool <= 70")),
    ("A lid takes an hour and 1 bolt; a pot takes 2 hours and 3 bolts; there are 30 hours and 41 bolts.",
     scalar("x", "lid + 2*pot <= 30", "lid + 3*pot <= 41")),
    ("Press 1 needs 4 kg an hour, press 2 needs 6 kg an hour: 4 kg for each and 80 kg in all. Lay 1 tile.",
     scalar("x", "4*a + 6*b <= 80")),
    ("A loss of 5 on each pen, a gain of 9 on each pad.", scalar("9*pads - 5*pens")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "formulation"), SILENT, ids=[text[:40] for text, _ in SILENT])
def test_a_right_formulation_in_other_words_is_not_faulted(text: str, formulation: Formulation) -> None:
    assert found(formulation, text) == []


def test_tables_with_signs_and_places_are_not_faulted() -> None:
    formulation = Formulation(
        sets=(Set(name="T", expression="range(1, 5)"), Set(name="G", elements=("oats", "rye", "corn", "hay", "flax"))),
        parameters=(Parameter(name="gain", index=("G",), values=[-5, 9, 14, 17, 23]),),
        variables=(Variable(name="x", index=("G", "T"), lower=float("-inf"), upper=float("inf")),),
        objective=Objective(sense="maximize", expression="sum(gain[g]*x[g, t] for g in G for t in T if t != 3)"),
        constraints=(
            Constraint(name="start", expression="x['oats', 3] <= 40"),
            Constraint(name="later", forall=("t in T if t > 3",), expression="x['oats', t] <= 40"),
        ),
    )
    text = "Oats lose 5 an acre; rye, corn, hay and flax gain 9, 14, 17 and 23. Plan four seasons, 40 acres at most."
    assert found(formulation, text) == []


def test_what_takes_a_number_is_no_label() -> None:
    text = "A mat takes 1 hour and a rug takes 2 hours. Rack 1 and rack 2 are full."
    named = labels(text)
    assert [q.start in named for q in quantities(text)] == [False, False, True, True]


def test_later_numbers_of_what_is_told_apart_by_number_are_labels() -> None:
    text = (
        "A lamp costs 20 in weeks 1 and 2 and 24 in weeks 3 and 4. A siren is heard in districts 1, 2 and 3, another "
        "in districts 5 and 6 or in district 4 only. A shelf takes 3 and 4 boards."
    )
    named = labels(text)
    assert [q.written for q in quantities(text) if q.start not in named] == ["20", "24", "3", "4"]


def test_times_of_the_day_are_no_amounts() -> None:
    text = "From midnight to 6 it needs 3 guards, from 6 to 12 it needs 5, shifts begin at 6, 12 or 18 o'clock. "
    named = labels(text)
    assert [q.written for q in quantities(text) if q.start not in named] == ["3", "5"]
    assert not labels("A truck carries from 6 to 12 pallets.")


def test_what_is_split_up_into_shares_is_no_number_of_a_row() -> None:
    text = (
        "A widow splits 90 thousand euros among two funds with returns of 5 and 8 percent. At most 60 percent may go "
    )
    text += "into the second fund. How should she split it for the greatest return?"

    def funds(total: str, description: str) -> Formulation:
        names = ("first", "second")
        return Formulation(
            variables=tuple(Variable(name=name, description=f"{description} the {name} fund") for name in names),
            objective=Objective(sense="maximize", expression="0.05*first + 0.08*second"),
            constraints=(
                Constraint(name="whole", expression=total),
                Constraint(name="most", expression="second <= 0.6*(first + second)"),
            ),
        )

    assert found(funds("first + second == 1", "share of"), text) == []
    assert found(funds("first + second == 90000", "euros in"), text) == []
    (told,) = found(funds("first + second == 1", "euros in"), text)
    assert told.startswith("number-unused: the number 90 thousand")


def test_what_counts_as_near_may_be_listed() -> None:
    text = "Each farm must be within 9 km of a well. A well at A reaches A and B, one at B reaches all, one at C "
    text += "reaches B and C. Wells cost 40 at A, 70 at B and 30 at C. Which are the cheapest?"

    def wells(reach: list[list[int]]) -> Formulation:
        return Formulation(
            sets=(Set(name="F", elements=("A", "B", "C")),),
            parameters=(
                Parameter(name="reach", index=("w in F", "f in F"), values=reach),
                Parameter(name="cost", index=("w in F",), values=[40, 70, 30]),
            ),
            variables=(Variable(name="dig", index=("w in F",), domain="binary"),),
            objective=Objective(sense="minimize", expression="sum(cost[w]*dig[w] for w in F)"),
            constraints=(
                Constraint(name="near", forall=("f in F",), expression="sum(reach[w, f]*dig[w] for w in F) >= 1"),
            ),
        )

    assert found(wells([[1, 1, 0], [1, 1, 1], [0, 1, 1]]), text) == []
    assert [code[:13] for code in found(wells([[1, 1, 1]] * 3), text)] == ["number-unused"]


def test_litres_may_stand_as_cubic_centimetres() -> None:
    text = "A tin holds 2 litres. Its base costs 3 cents per square centimetre. Find the cheapest side."
    tin = Formulation(
        variables=(Variable(name="side"), Variable(name="height")),
        objective=Objective(sense="minimize", expression="3*side**2 + side*height"),
        constraints=(Constraint(name="volume", expression="side**2*height == 2000"),),
    )
    assert not [code for code in found(tin, text) if code.startswith("number")]


def test_lists_of_percentages_end_in_their_sign() -> None:
    said = quantities("Returns of 6, 9 and 12 percent; 5 apples, and 10 and 20% less; for lot 1 and 30% for lot 2.")
    assert [q.percent for q in said] == [True, True, True, False, False, True, False, True, False]


PIECES = [
    "at least ", "only ", "5", "x 1, ", "x 2 ", "2.5", "1/3", "1/0", "30% ", "9" * 400, "three ", "percent", ". ", "\n",
    "up to ", " mıllion", "thouſand", "In 2031.", "٣", "maximize", "1st ", "items 1 to ", "each ", "available",
]  # fmt: skip


@given(formulations(), st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=120)
@example(scalar("9", "x <= 9"), "Take 3 mıllion at 5 thouſand, 1/0 of it.")
@example(scalar("9", "x <= 9"), f"x{'9' * 400} x{'_1' * 400} x{' ' * 400}y, x in x")
def test_no_check_ever_raises(formulation: Formulation, text: str) -> None:
    for finding in check_text(formulation, text):
        assert finding.message and finding.severity != "error"
    sourced = with_sources(formulation, text)
    for element in [*sourced.constraints, *sourced.parameters, sourced.objective]:
        assert element.source is None or element.source.quote in text


def test_sources_quote_the_sentence_of_an_elements_numbers() -> None:
    sourced = with_sources(RIGHT, KITES)
    hours, least = (row.source for row in sourced.constraints)
    assert hours == Source(kind="stated", quote="A kite takes 4 hours and a flag takes 3 hours;")
    assert least == Source(kind="stated", quote="At least 6 kites must be sewn.")
    assert sourced.objective.source == Source(kind="stated", quote="A kite earns $11 and a flag earns $8.")


def test_a_false_quote_is_dropped_and_a_true_one_kept() -> None:
    def quoting(kind: str, quote: str) -> Source | None:
        given = Source.model_validate({"kind": kind, "quote": quote, "reason": "because"})
        row = Constraint(name="r", expression="kites >= 6", source=given)
        return with_sources(Formulation(constraints=(row,)), KITES).constraints[0].source

    kept = quoting("stated", "6 kites")
    assert kept is not None and kept.quote == "6 kites"
    mended = quoting("stated", "six hundred kites")
    assert mended is not None and mended.quote == "At least 6 kites must be sewn."
    assert quoting("derived", "nowhere") == Source(kind="derived", reason="because")


def test_a_description_decides_between_sentences_with_the_same_number() -> None:
    text = "Store 40 barrels in the cellar. Sell 40 baskets at the market."
    row = Constraint(name="r", description="baskets for the market", expression="x <= 40")
    source = with_sources(Formulation(constraints=(row,)), text).constraints[0].source
    assert source is not None and source.quote == "Sell 40 baskets at the market."


def test_names_decide_where_nothing_is_described() -> None:
    text = "A walnut tray takes 3 hours of oven time. At least 3 walnut trays must be baked a day."
    row = Constraint(name="row_3", expression="walnut_trays >= 3")
    source = with_sources(Formulation(constraints=(row,)), text).constraints[0].source
    assert source is not None and source.quote == "At least 3 walnut trays must be baked a day."


def sourced_row(text: str, expression: str, description: str = "", **data: float) -> str | None:
    row = Constraint(name="r", description=description, expression=expression)
    parameters = tuple(Parameter(name=name, values=value) for name, value in data.items())
    found = with_sources(Formulation(constraints=(row,), parameters=parameters), text).constraints[0].source
    return None if found is None else found.quote


def test_what_a_row_is_compared_with_tells_where_it_comes_from() -> None:
    text = (
        "Scrap one is 62% copper; scrap two is 90% copper; scrap three is 70% copper. The melt may hold no more than "
        "85% copper. Two dozen rods are cast from 600 kg of three scraps."
    )
    rich = "0.62*scrap_one + 0.9*scrap_two + 0.7*scrap_three <= 0.85*600"
    assert sourced_row(text, rich) == "The melt may hold no more than 85% copper."
    assert sourced_row(text, "rods == 24") == "Two dozen rods are cast from 600 kg of three scraps."


def test_minutes_of_an_hour_are_stated_nowhere() -> None:
    text = "There are 60 kg of clay. The wheel turns for 25 hours."
    assert sourced_row(text, "12*mugs + 20*bowls <= 60*hours", hours=25) is None
    assert sourced_row(text, "12*mugs + 20*bowls <= 25*60") == "The wheel turns for 25 hours."
    assert sourced_row(text, "2*mugs + 3*bowls <= 60") == "There are 60 kg of clay."


def test_a_limit_stands_in_no_row_of_a_table_and_a_table_in_no_limit() -> None:
    rows = "| pea salad | 1.20 | 2 | 7 |\n| figs | 0.80 | 9 | 3 |\n| eggs | 0.70 | 5 | 4 |\n"
    text = f"{rows}\nNo plate may hold more than 2 portions of any food."
    assert sourced_row(text, "peas <= 2", "at most 2 portions of pea salad") == text.split("\n")[-1]
    table = Parameter(name="sugar", values=[2, 9, 5], description="sugar per portion")
    assert with_sources(Formulation(parameters=(table,)), text).parameters[0].source is None


def test_without_numbers_there_is_no_source() -> None:
    row = Constraint(name="r", expression="x <= y")
    assert with_sources(Formulation(constraints=(row,)), KITES).constraints[0].source is None

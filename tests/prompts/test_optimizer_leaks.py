"""What gives an answer or a problem away is found in any dress; what a prompt may say is not taken for it."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.edits import LeakFault, apply
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.numerals import forms_of, masked, said_in
from fivefold_prompts.optimizer.reply import Edit
from fivefold_prompts.store import versions

ANSWER = 48735.25
DRESSES = [
    "48735.25",
    "48,735.25",
    "48.735,25",
    "48 735.25",
    "48'735.25",
    "48_735.25",
    "$48,735.25",
    "about 48,700",
    "48740",
    "48735",
    "4.873525e4",
    "4.8735 x 10^4",
    "4.8735 × 10⁴",
    "4.8735*10**4",
    "4873525%",
    "48.7 thousand",
    "48.735k",
    "0.0487 million",
    "4 8 7 3 5",
    "4-8-7-3-5",
    "4|8|7|3|5",
    "48735"[::-1],
    "52.53784",
    "forty-eight thousand seven hundred and thirty-five",
    "forty eight thousand seven hundred thirty five point two five",
    "four eight seven three five",
    "４８７３５",
    "٤٨٧٣٥",
    "4\u200b8\u200b7\u200b3\u200b5",
    "4\u03368\u03367\u03363\u03365",
    "&#52;&#56;&#55;&#51;&#53;",
    r"\u0034\u0038\u0037\u0033\u0035",
    "%34%38%37%33%35",
    "④⑧⑦③⑤",
    hex(48735),
    format(48735, "x"),
    bin(48735),
    oct(48735),
    base64.b64encode(b"48735").decode(),
    b"48735".hex(),
    "97470.5/2",
    "48000 + 735",
    "9747.05 * 5",
    "4B735",
    "四八七三五",
]


@pytest.mark.parametrize("dress", DRESSES)
def test_an_answer_is_found_in_any_dress(dress: str):
    guard = Guard({}, {"one": ANSWER})
    found = guard.leaks(f"Remember that the total is {dress}, then go on.")
    assert [leak.rule for leak in found if leak.rule == "answer"], dress
    assert "48" not in found[0].message


def test_roman_numbers_are_read():
    assert said_in("MCMXCVII") & forms_of(1997)


@pytest.mark.parametrize("text", ["Use 100 or 1000.", "Keep 3 digits, 1e-6 tolerance, big-M 1e6.", "Step 2 of 10.", ""])
def test_numbers_that_tell_nothing_are_no_answers(text: str):
    assert Guard({}, {"a": 1000, "b": 20, "c": 0, "d": 1e6, "e": 3}).leaks(text) == []


def test_random_answers_are_found_and_others_are_not():
    draw = random.Random(5)
    missed = alarms = 0
    for _ in range(300):
        answer, other = (round(draw.uniform(1e3, 1e6), draw.choice([0, 1, 2])) for _ in range(2))
        guard = Guard({}, {"one": answer})
        missed += not guard.leaks(draw.choice([f"{answer}", f"{answer:,}", f"{answer:.4e}", f"{answer:.0f}"]))
        alarms += bool(guard.leaks(f"{other:,.0f}"))
    assert (missed, alarms) == (0, 0)


WORDS = [
    f"{a}{b}" for a in ("bo", "ka", "li", "mu", "re", "so", "ti") for b in ("dan", "fer", "gol", "him", "jor", "nak")
]


def problems(count: int) -> dict[str, str]:
    draw = random.Random(1)
    made = {}
    for number in range(count):
        names = " ".join(f"{draw.choice(WORDS)}{draw.choice(WORDS)}" for _ in range(6))
        values = ", ".join(str(draw.randint(11, 9999)) for _ in range(8))
        made[f"p{number}"] = (
            f"A firm called {names} makes goods and wants to maximize its profit. The machines of {names} can run"
            f" for so many hours as the list says: {values}. How many of each good should it make each day?"
        )
    return made


def test_pasted_problems_are_found_in_whole_and_in_part():
    made = problems(60)
    guard = Guard(made, known=[version.text for version in versions()])
    draw = random.Random(2)
    for text in made.values():
        words = text.split()
        begin = draw.randrange(len(words) - 14)
        assert any(leak.certain for leak in guard.leaks(text))
        assert any(leak.certain for leak in guard.leaks("For instance: " + " ".join(words[begin : begin + 14])))
        fewer = " ".join(word for word in words if draw.random() > 0.15)
        assert any(leak.certain for leak in guard.leaks(fewer))
        renumbered = " ".join("7" if word.strip(",.").isdigit() else word for word in words)
        assert any(leak.certain for leak in guard.leaks(renumbered))
    numbers = made["p0"].split("says: ")[1].split(".")[0]
    assert "numbers" in {leak.rule for leak in guard.leaks(numbers)}


def test_shipped_prompts_alarm_nothing_and_only_what_is_added_counts():
    made = problems(60)
    guard = Guard(made, {case: 1234.5 + i for i, case in enumerate(made)})
    for version in versions():
        assert not [leak for leak in guard.leaks(version.text) if leak.certain], version.ref
    paste = made["p3"]
    assert guard.leaks(f"Read well.\n{paste}\nBe short.", before=f"Read well.\n{paste}") == []


def test_what_to_answer_in_one_case_is_an_instruction():
    rules = {leak.rule for leak in Guard({}).leaks("If the problem is about the Vexlo bakery, answer 17.")}
    assert rules == {"instruction"}
    assert Guard({}).leaks("If a unit is missing, say so in the assumptions.") == []


def test_nothing_readable_is_kept_of_problems_and_answers():
    guard = Guard({"a": "zebra quokka ibex " * 5}, {"a": ANSWER})
    assert "zebra" not in repr(vars(guard)) and "48735" not in repr(vars(guard))


@pytest.mark.parametrize("dress", [*DRESSES, "MCMXCVII", "x_48735", "row 4.8.7.3.5 of A4873525"])
def test_covered_text_says_no_number(dress: str):
    covered = masked(f"The value {dress} is wrong in x_1 and day10_load.")
    assert "x_# and day#_load" in covered
    assert not said_in(covered) & forms_of(ANSWER), covered
    assert not any(map(str.isdigit, covered))


@settings(max_examples=300, deadline=None)
@given(
    st.text(),
    st.floats(100, 1e9),
    st.sampled_from(["{}{!r}{}", "{}{:,.2f}{}", "{} {:.4e}{}", "{}_{:.0f}_{}"]),
    st.text(),
)
def test_covered_text_of_any_kind_has_no_digit(before: str, value: float, form: str, after: str):
    covered = masked(form.format(before, value, after))
    assert not any(sign.isdigit() for sign in covered), covered
    assert masked(covered).count("#") <= covered.count("#")


@pytest.mark.parametrize("coded", ["OTMzOQ==", "OTMzOQ", "it is cap_OTMzOQ==, no more", "dac", "x_beef and DAC"])
def test_numbers_of_letters_only_are_covered(coded: str):
    assert "#" in masked(coded) and "OTMz" not in masked(coded) and "dac" not in masked(coded).lower()


def test_words_that_are_no_numbers_stay():
    told = "The fee is added where a decade has passed; name base, cost and each face. Make more of Made."
    assert masked(told) == told


def test_long_words_are_covered_at_once():
    assert masked("g" * 50_000 + " b1 " + "Z_" * 20_000).count("#") == 1


def test_where_problems_are_few_general_words_tell_nothing():
    told = "A shop has stock of 40. What is sold of what is made in a week brings a profit, price less cost."
    guard = Guard({**problems(30), "shop": told})
    for row in ("stock[t] == stock[t-1] + made[t] - sold[t]", "profit == price*sold - cost*made"):
        assert "names" not in {leak.rule for leak in guard.leaks(row)}


JARS = (
    "A dairy fills plastic jars and glass jars with honey. It has 40 lids a day. A glass jar earns 3 dollars, a plastic"
    " jar 2 dollars, and at most twice as many plastic jars as glass jars may be filled."
)


@pytest.mark.parametrize(
    "written",
    [
        "plastic_jars <= 2 * glass_jars",
        "Write `plasticJars <= 2*glassJars`.",
        "plastic jars <= 2 * glass jars",
        "plastic <= 2*glass",
        "jar[glass] + jar[plastic] <= lids",
        "2*plastic + 3*glass",
        "Call it plastic_jars.",
        "plastic_ja\u200brs \u2264 2 glass_jars",
    ],
)
def test_a_row_with_the_names_of_a_problem_is_found(written: str):
    guard = Guard({**problems(60), "jars": JARS}, known=[version.text for version in versions()])
    assert "names" in {leak.rule for leak in guard.leaks(written)}
    assert "jars" not in " ".join(leak.message for leak in guard.leaks(written))


@pytest.mark.parametrize(
    "written",
    [
        "total == small + large",
        "revenue - cost",
        "stock[t] == stock[t-1] + made[t] - sold[t]",
        "hours_used <= hours_available, or num_workers <= max_workers",
        "sum(flow[i, j] for j in NODES) == supply[i]",
        "amount_by_truck and amount_by_ship",
        "- Say what is sold and/or kept = nothing is lost.",
        "Jars are counted, so they are integers.",
        "x <= 2*glass",
        "at most means <= and at least >=.",
        "",
    ],
)
def test_rows_as_anyone_writes_them_are_not(written: str):
    guard = Guard({**problems(60), "jars": JARS}, known=[version.text for version in versions()])
    assert guard.leaks(written) == []


def test_what_is_copied_bit_by_bit_is_found_beside_the_start():
    made = problems(60)
    guard = Guard(made)
    start = {"formulate": "## user\nBe careful.\n{{problem}}\n"}
    parameters = {"formulate": Parameter(name="formulate", placeholders=("problem",))}
    words = made["p5"].split()
    candidate: dict[str, str] = dict(start)
    with pytest.raises(LeakFault):
        for first in range(0, 30, 3):
            edit = Edit("formulate", "replace", "{{problem}}", " ".join(words[first : first + 3]) + " {{problem}}")
            candidate = apply([edit], candidate, parameters, guard=guard, doubt_refuses=False, origin=start)


def test_a_problem_in_base64_is_found():
    made = problems(60)
    coded = base64.b64encode(made["p7"].encode()).decode()
    assert any(leak.certain for leak in Guard(made).leaks(f"Think of {coded}"))
    assert Guard(made).leaks("Think of " + base64.b64encode(b"Name the units of all that is measured.").decode()) == []

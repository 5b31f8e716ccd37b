"""Every scoring rule: algebra that all share, and what each does where the others do not."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.errors import CallerError
from fivefold_benchmarks.case import Case, Label
from fivefold_benchmarks.items import is_right
from fivefold_benchmarks.rules import PRIMARY, RULES, Mark, Prediction, Rule, rule
from fivefold_benchmarks.rules.alterations import FLIP, OPTMATH_ALTERATIONS, altered_programs
from fivefold_benchmarks.rules.optibench import Reader, all_quantities, read_by_name

RIGHT, WRONG, NONE = Mark.RIGHT, Mark.WRONG, Mark.NOT_APPLICABLE
EVERY = pytest.mark.parametrize("entry", RULES.values(), ids=lambda entry: entry.name)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
USUAL = st.one_of(st.integers(-(10**7), 10**7).map(float), st.floats(-1e7, 1e7))
ANYTHING = st.one_of(
    st.none(), st.floats(), st.integers(), st.text(max_size=8), st.sampled_from(["No Best Solution", "1e400", "-99999"])
)


def case(answer: float | None, **more: object) -> Case:
    fields = {"answer": answer, "answer_published": answer, "expected": "unknown" if answer is None else "optimal"}
    quantities = {} if answer is None else {"Profit": answer}
    return Case.model_validate(
        {"id": "m-1", "benchmark": "mills", "question": "q", "quantities": quantities, **fields, **more}
    )


def of(value: float | None, **more: object) -> Prediction:
    status = "unknown" if value is None else "optimal"
    read = {} if value is None else {"Profit": value}
    return Prediction.model_validate({"objective": value, "status": status, "altered": {}, "read": read, **more})


def ends(status: str, **more: object) -> Prediction:
    return Prediction.model_validate({"status": status, "altered": {}, **more})


# --- what all rules share --------------------------------------------------------------------------------


@EVERY
@settings(max_examples=50)
@given(key=USUAL)
def test_the_key_itself_is_right(entry: Rule, key: float) -> None:
    assert entry.agree(key, key, entry.tolerance)
    expected = WRONG if entry.name.startswith("optmath") and key == 0 else RIGHT
    if "e" in repr(key) and entry.name == "or-llm-agent":
        expected = WRONG
    if key not in (-9999, -99999):
        assert entry(of(key), case(key)) is expected


@EVERY
@settings(max_examples=50)
@given(value=FINITE, key=FINITE)
def test_the_sign_of_both_does_not_matter(entry: Rule, value: float, key: float) -> None:
    assert entry.agree(value, key, entry.tolerance) == entry.agree(-value, -key, entry.tolerance)


@EVERY
@settings(max_examples=50)
@given(key=st.floats(2, 1e7))
def test_the_other_sign_is_wrong(entry: Rule, key: float) -> None:
    assert entry(of(-key), case(key)) is WRONG


@EVERY
@settings(max_examples=50)
@given(value=USUAL, key=USUAL, tolerance=st.floats(0, 0.5), more=st.floats(0, 0.5))
def test_a_larger_tolerance_forgives_more(entry: Rule, value: float, key: float, tolerance: float, more: float) -> None:
    narrow, wide = replace(entry, tolerance=tolerance), replace(entry, tolerance=tolerance + more)
    assert not narrow.agree(value, key, tolerance) or wide.agree(value, key, tolerance + more)
    if narrow(of(value), case(key)) is RIGHT:
        assert wide(of(value), case(key)) is RIGHT


@EVERY
@settings(max_examples=50)
@given(value=st.one_of(st.none(), st.floats()), published=ANYTHING, answer=st.one_of(st.none(), FINITE), raw=ANYTHING)
def test_no_answer_makes_a_rule_crash(
    entry: Rule, value: float | None, published: object, answer: float | None, raw: object
) -> None:
    for expected in ("optimal", "infeasible", "unbounded", "no_optimum", "unknown"):
        some = case(answer, answer_published=published, expected=expected)
        for prediction in (of(value), Prediction.of(raw), Prediction.of(raw, ended="failed"), of(value, altered=None)):
            assert entry(prediction, some) in Mark
        assert entry(of(math.nan), some) is entry(of(None, status="optimal"), some)
        assert entry(of(math.inf), some) is entry(of(None, status="optimal"), some)


@EVERY
def test_a_rule_says_what_it_is(entry: Rule) -> None:
    assert rule(entry.name) is entry and entry.source and entry.says and entry.peeks
    assert (entry.peeks == "nothing") == (
        entry.name not in ("optmath-conversion", "sirl-1e-6-flip", "optimind", "optibench-all", "optibench-all-llm")
    )
    assert entry.key == ("best-known" if entry is PRIMARY else "published")


def test_an_unknown_rule_is_told_with_the_known_ones() -> None:
    with pytest.raises(CallerError, match=r"no scoring rule `magic`; there are primary, .*exact"):
        rule("magic")


# --- one by one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "key", "right"),
    [
        (100.009, 100.0, {"primary", "primary-published", "orlm", "optmath", "or-llm-agent", "mamo", "orthought"}),
        (104.9, 100.0, {"orlm", "optmath"}),
        (105.6, 100.0, set[str]()),
        (19.4, 19.0, {"orlm", "optmath"}),
        (20.4, 19.0, set[str]()),
        (0.4, 0.2, {"orlm", "optmath"}),
        (1e6 + 1.0, 1e6, {"primary", "primary-published", "orlm", "optmath", "sirl", "optimind", "mamo"}),
        (1e6 + 1.1, 1e6, {"primary", "primary-published", "orlm", "optmath", "mamo"}),
        (0.0005, 0.0, {"orlm", "or-llm-agent", "mamo", "orthought"}),
        (0.9, 0.0, {"mamo"}),
        (2.5001, 2.5, {"primary", "primary-published", "or-llm-agent", "mamo", "orthought"}),
        (1.2346, 1.23, {"orlm", "optmath", "or-llm-agent", "mamo", "orthought"}),
    ],
)  # fmt: skip
def test_what_each_rule_forgives(value: float, key: float, right: set[str]) -> None:
    if "sirl" in right:
        right = (right - {"sirl"}) | {"sirl-1e-6", "sirl-1e-6-no-optimum", "sirl-1e-6-flip"}
    if "optmath" in right:
        right = right | {"optmath-conversion"}
    assert {name for name, entry in RULES.items() if entry(of(value), case(key)) is RIGHT} == right


@given(st.floats(), st.one_of(st.none(), st.floats()))
def test_the_primary_rule_is_the_one_of_items(value: float, answer: float | None) -> None:
    known = answer is not None and math.isfinite(answer)
    assert (PRIMARY(of(value), case(answer if known else None)) is RIGHT) == (known and is_right(value, answer))


def test_a_key_known_to_two_decimals_forgives_its_rounding() -> None:
    assert PRIMARY(of(3.335), case(3.33)) is WRONG
    assert PRIMARY(of(3.335), case(3.33, answer_rounded=True)) is RIGHT
    assert PRIMARY(of(3.336), case(3.33, answer_rounded=True)) is WRONG
    assert rule("primary-published")(of(3.335), case(3.33, answer_rounded=True)) is WRONG


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ("infeasible", {"infeasible"}),
        ("unbounded", {"unbounded"}),
        ("no_optimum", {"infeasible", "unbounded", "no_optimum"}),
        ("optimal", set[str]()),
    ],
)
def test_no_optimum_must_be_said(expected: str, right: set[str]) -> None:
    some = case(5.0 if expected == "optimal" else None, expected=expected)
    for status in ("infeasible", "unbounded", "no_optimum", "unknown", "optimal"):
        assert PRIMARY(ends(status), some) is (RIGHT if status in right else WRONG)
    if expected != "optimal":
        assert PRIMARY(of(5.0), some) is WRONG
    assert PRIMARY(of(5.0, status="infeasible"), case(5.0)) is WRONG
    assert PRIMARY(ends("infeasible"), case(None)) is NONE


IN_WORDS = case(None, answer_published="No Best Solution", expected="no_optimum")
SENTINEL = case(None, answer_published=-99999, expected="no_optimum")
SILENT = case(None, expected="no_optimum")
PRINTED, CRASHED, LATE = (
    Prediction.of("No Best Solution"),
    Prediction.of(None, ended="failed"),
    Prediction.of(None, ended="timed_out"),
)


@pytest.mark.parametrize(
    ("name", "in_words", "sentinel", "silent"),
    [  # printed that there is none, crashed, stopped by the clock
        ("primary", "ynn", "ynn", "ynn"),
        ("primary-published", "ynn", "ynn", "ynn"),
        ("orlm", "ynn", "nnn", "ynn"),
        ("optmath", "nnn", "nnn", "nnn"),
        ("sirl-1e-6", "nnn", "nnn", "nnn"),
        ("sirl-1e-6-no-optimum", "yny", "yny", "yny"),
        ("optimind", "yyy", "yyy", "yyy"),
        ("or-llm-agent", "nnn", "nnn", "ynn"),
        ("mamo", "nnn", "nnn", "nnn"),
        ("orthought", "ynn", "ynn", "ynn"),
        ("exact", "nnn", "nnn", "nnn"),
    ],
)
def test_keys_without_an_optimum(name: str, in_words: str, sentinel: str, silent: str) -> None:
    for some, wanted in ((IN_WORDS, in_words), (SENTINEL, sentinel), (SILENT, silent)):
        marks = [rule(name)(prediction, some) for prediction in (PRINTED, CRASHED, LATE)]
        assert marks == [RIGHT if letter == "y" else WRONG for letter in wanted]
        assert rule(name)(of(7.0), some) is WRONG
    unknown = case(None)
    assert rule(name)(PRINTED, unknown) is NONE and rule(name)(of(7.0), unknown) is NONE


def test_altered_programs_count_where_the_key_wants_them() -> None:
    some = case(40.0)
    for name, alteration in (("optmath-conversion", "to-integer"), ("sirl-1e-6-flip", FLIP)):
        conversion = rule(name)
        assert conversion(of(50.0, altered=None), some) is NONE and conversion(of(40.0, altered=None), some) is NONE
        assert conversion(of(50.0), some) is WRONG and conversion(of(40.0), some) is RIGHT
        assert conversion(of(50.0, altered={alteration: 40.0}), some) is RIGHT
        assert conversion(of(50.0, altered={alteration: None}), some) is WRONG
        assert conversion(ends("unknown", altered={alteration: 40.0}), some) is RIGHT
    assert rule("optmath-conversion")(of(50.0, altered={FLIP: 40.0}), some) is WRONG
    assert PRIMARY(of(50.0, altered={FLIP: 40.0, "to-integer": 40.0}), some) is WRONG


GUROBI = """m = gp.Model()
x = m.addVar(lb=0, name='x')
y = m.addVars(3)
m.setObjective(x, GRB.MINIMIZE)
m.addConstr(x > 2)
"""


def test_how_programs_are_altered() -> None:
    found = altered_programs(GUROBI)
    assert set(found) == {"closed-inequalities", "to-maximum", FLIP}
    assert "x >= 2" in found["closed-inequalities"] and "GRB.MAXIMIZE" in found["to-maximum"]
    assert "addVar(lb=0, name='x', vtype=GRB.INTEGER)" in found[FLIP] and "addVars(3, vtype=GRB.INTEGER)" in found[FLIP]
    typed = "x = m.addVar(vtype=GRB.CONTINUOUS)\n"
    assert altered_programs(typed)[FLIP] == altered_programs(typed)["to-integer"] == "x = m.addVar(vtype=GRB.INTEGER)\n"
    assert altered_programs("x = m.addVar(vtype=GRB.INTEGER)\n")[FLIP] == typed
    pyomo = "model.x = pyo.Var(domain=pyo.NonNegativeReals)\nmodel.o = pyo.Objective(expr=model.x, sense=pyo.maximize)"
    assert set(altered_programs(pyomo)) == {"to-integer", "to-minimum", FLIP}
    assert "NonNegativeIntegers" in altered_programs(pyomo)[FLIP]
    assert altered_programs("print(1)") == {} and FLIP not in OPTMATH_ALTERATIONS and len(OPTMATH_ALTERATIONS) == 5


MILL = case(90.0, quantities={"Number of large sacks": 3.0, "Number of small sacks": 4.0, "Total profit": 90.0})


def test_optibench_wants_all_quantities() -> None:
    entry = rule("optibench-all")
    named = {"large_sacks": 3.0, "smallSack": 4.0}
    assert entry(of(90.00005, quantities=named), MILL) is RIGHT
    assert entry(of(90.0, quantities={**named, "large_sacks": 3.001}), MILL) is WRONG
    assert entry(of(90.001, quantities=named), MILL) is WRONG
    assert entry(of(90.0, quantities={"x": 3.0, "y": 4.0}), MILL) is WRONG
    assert entry(of(90.0), MILL) is NONE and entry(of(None, quantities=named), MILL) is WRONG
    assert entry(of(90.0), case(90.0, quantities={})) is NONE
    assert (
        read_by_name(of(90.0, quantities={"large_one": 1.0, "large_two": 2.0}), "Number of large sacks", MILL) is None
    )


def test_whoever_wants_an_llm_to_read_gives_a_function() -> None:
    asked: list[str] = []

    def reading(prediction: Prediction, wanted: str, some: Case) -> float | None:
        asked.append(wanted)
        return {"Number of large sacks": 3.0, "Number of small sacks": 4.0}.get(wanted, prediction.value)

    assert all_quantities(Reader(reading), name="optibench-read")(of(90.0, quantities={}), MILL) is RIGHT
    assert asked == list(MILL.quantities)


def test_optimind_accepts_its_own_answers() -> None:
    entry = rule("optimind")
    several = Label(version="OptiMind", value=40.0, values=(40.0, 45.0))
    assert entry(of(45.0), case(50.0, labels=(several,))) is RIGHT
    assert entry(of(50.0), case(50.0, labels=(several,))) is WRONG
    revised = several.model_copy(update={"revised": True})
    assert entry(of(50.0), case(50.0, labels=(revised,))) is RIGHT
    assert entry(of(45.0), case(None, labels=(Label(version="OptiMind", value=45.0),))) is RIGHT


def test_or_llm_agent_reads_no_exponents() -> None:
    assert rule("or-llm-agent")(of(1e-05), case(0.0)) is WRONG and rule("orthought")(of(1e-05), case(0.0)) is RIGHT


@pytest.mark.parametrize(
    ("raw", "objective", "status"),
    [
        (" 12.5", 12.5, "optimal"),
        (7, 7.0, "optimal"),
        ("No Best Solution", None, "no_optimum"),
        ("-99999", None, "no_optimum"),
        (None, None, "unknown"),
        ("inf", None, "unknown"),
        ("12 tons", None, "unknown"),
    ],
)
def test_what_a_program_printed_is_read(raw: object, objective: float | None, status: str) -> None:
    assert (Prediction.of(raw).value, Prediction.of(raw).status) == (objective, status)

"""A formulation changed in words: only what the wish names changes, and what cannot be made is asked for again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.commands.cli import main
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError, loads
from fivefold.nodes.changes import changes_schema, operations_of, shown
from fivefold.nodes.writing import NAME
from fivefold.revision import RevisionError, arevise
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Source, Variable
from fivefold_solvers.formulation.json_text import to_json
from tests.agent.solving import settings_for
from tests.scripted_llm import Fault, Json, ScriptedLLM, in_turn

KILN = Formulation(
    title="Kiln",
    sets=(Set(name="WARES", elements=("bowl", "vase")),),
    parameters=(
        Parameter(name="profit", index=("w in WARES",), values=[20, 35], unit="euro"),
        Parameter(name="hours", values=40, source=Source(kind="stated", quote="40 hours")),
    ),
    variables=(Variable(name="made", index=("w in WARES",), domain="integer"),),
    objective=Objective(sense="maximize", expression="sum(profit[w]*made[w] for w in WARES)"),
    constraints=(Constraint(name="labour", expression="2*made['bowl'] + 3*made['vase'] <= hours"),),
)
MORE_VASES: Json = {
    "do": "add_constraint",
    "meaning": "at least five vases",
    "forall": [],
    "expression": "made['vase'] >= 5",
}
LABOUR: Json = {"do": "change_constraint", "name": "labour", "forall": []}
SET_PROFIT: Json = {"do": "set_value", "parameter": "profit", "index": ["vase"], "value": 41}
WISH = "Vases now bring 41, and we want at least five of them."


def reply(*changes: Json) -> str:
    return json.dumps({"changes": list(changes)})


async def test_only_what_the_wish_names_changes(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: reply(SET_PROFIT, MORE_VASES)) as llm:
        found = await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
        asked = llm.requests[0]["messages"][-1]["content"]
    after = found.formulation
    assert after.parameters[0].values == [20, 41]
    assert [one.name for one in after.constraints] == ["labour", "least_five_vases"]
    assert after.constraints[1].source == Source(kind="stated", quote=WISH)
    kept = ("sets", "variables", "objective", "assumptions")
    assert all(getattr(after, part) is getattr(KILN, part) for part in kept)
    assert after.parameters[1] is KILN.parameters[1] and after.constraints[0] is KILN.constraints[0]
    assert after.version == KILN.version + 1 and "made['vase'] >= 5" in found.difference
    assert WISH in asked and '"hours"' in asked and "40 hours" not in asked
    assert found.prompt_tokens > 0


async def test_changes_that_cannot_be_made_are_asked_for_again_with_the_fault(tmp_path: Path) -> None:
    wrong: Json = {**MORE_VASES, "expression": "jugs >= 5"}
    with ScriptedLLM(in_turn(reply(SET_PROFIT, wrong), reply(SET_PROFIT, MORE_VASES))) as llm:
        found = await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
        told = llm.requests[1]["messages"][-1]["content"]
    assert "jugs" in told and found.formulation.constraints[1].expression == "made['vase'] >= 5"


async def test_a_clause_whose_numbers_are_in_no_change_is_asked_about_alone(tmp_path: Path) -> None:
    same: Json = {**LABOUR, "expression": KILN.constraints[0].expression}
    with ScriptedLLM(in_turn(reply(MORE_VASES, same), reply(SET_PROFIT))) as llm:
        found = await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
        alone = llm.requests[1]["messages"][-1]["content"]
    assert alone.endswith("Wish:\nVases now bring 41")
    assert len(found.operations) == 2 and not found.findings
    assert found.formulation.constraints[0] is KILN.constraints[0]
    assert found.formulation.version == KILN.version + 1


async def test_a_clause_alone_counts_for_the_elements_that_it_is_about(tmp_path: Path) -> None:
    wish = "Vases bring 41 now, and the hours are 36."
    wrong: Json = {**SET_PROFIT, "value": 14}
    hours: Json = {"do": "set_value", "parameter": "hours", "index": [], "value": 36}
    with ScriptedLLM(in_turn(reply(hours, wrong), reply(SET_PROFIT))) as llm:
        found = await arevise(KILN, wish, settings=settings_for(llm.base_url, tmp_path))
    assert [one.values for one in found.formulation.parameters] == [[20, 41], 36]
    assert len(found.operations) == 2 and not found.findings


@pytest.mark.parametrize("second", [reply(), reply({**SET_PROFIT, "index": ["jug"]})])
async def test_what_stays_left_out_is_told(tmp_path: Path, second: str) -> None:
    with ScriptedLLM(in_turn(reply(MORE_VASES), second)) as llm:
        found = await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
    assert [one.code for one in found.findings] == ["wish-left-out"] and "41" in found.findings[0].message
    assert len(found.operations) == 1


@pytest.mark.parametrize(
    ("wish", "change"),
    [
        ("Everything brings 10 % more.", {"do": "scale_parameter", "parameter": "profit", "factor": 1.1}),
        ("We have 4 hours less.", {"do": "set_value", "parameter": "hours", "index": [], "value": 36}),
        ("Twice the hours, please.", {"do": "set_value", "parameter": "hours", "index": [], "value": 80}),
    ],
)
async def test_what_a_number_grew_by_counts_as_said(tmp_path: Path, wish: str, change: Json) -> None:
    with ScriptedLLM(lambda _: reply(change)) as llm:
        found = await arevise(KILN, wish, settings=settings_for(llm.base_url, tmp_path))
        assert len(llm.requests) == 1
    assert not found.findings


@pytest.mark.parametrize(
    ("wish", "change", "source"),
    [
        ("Only 36 hours.", {"do": "set_value", "parameter": "hours", "index": [], "value": 36}, ("stated", "quote")),
        (
            "Four hours less.",
            {"do": "set_value", "parameter": "hours", "index": [], "value": 36},
            ("derived", "reason"),
        ),
        ("5 % more hours.", {"do": "scale_parameter", "parameter": "hours", "factor": 1.05}, ("derived", "reason")),
    ],
)
async def test_a_changed_number_comes_from_the_wish(
    tmp_path: Path, wish: str, change: Json, source: tuple[str, str]
) -> None:
    with ScriptedLLM(lambda _: reply(change)) as llm:
        found = await arevise(KILN, wish, settings=settings_for(llm.base_url, tmp_path))
    changed = found.formulation.parameters[1].source
    assert changed is not None and (changed.kind, getattr(changed, source[1])) == (source[0], wish)


async def test_no_changes_that_can_be_made_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: reply({**SET_PROFIT, "index": ["jug"]})) as llm:
        with pytest.raises(RevisionError, match=r"profit\['jug'\]"):
            await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
        assert len(llm.requests) == 3


async def test_a_wish_for_no_change_changes_nothing(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: reply()) as llm:
        found = await arevise(KILN, "Thank you!", settings=settings_for(llm.base_url, tmp_path))
    assert found.formulation is KILN and not found.operations and not found.difference


async def test_bad_arguments_are_refused_before_the_llm_is_asked(tmp_path: Path) -> None:
    faulty = KILN.model_copy(update={"constraints": (Constraint(name="labour", expression="unknown <= 3"),)})
    with ScriptedLLM(lambda _: reply()) as llm:
        settings = settings_for(llm.base_url, tmp_path)
        with pytest.raises(CallerError, match="wish is empty"):
            await arevise(KILN, "  ", settings=settings)
        with pytest.raises(FaultyError, match="unknown"):
            await arevise(faulty, WISH, settings=settings)
        large = KILN.model_copy(update={"title": "", "sets": (Set(name="WARES", elements=tuple(range(20_000))),)})
        with pytest.raises((CallerError, FaultyError)):
            await arevise(large, WISH, settings=settings)
        assert not llm.requests


def _of(change: Json) -> str:
    return str(change["do"])


EACH: list[Json] = [
    {"do": "scale_parameter", "parameter": "profit", "factor": 1.1},
    {"do": "set_value", "parameter": "hours", "index": [], "value": 36},
    {"do": "add_parameter", "name": "rent", "value": 12, "meaning": "rent of a second kiln"},
    {"do": "add_variable", "name": "kilns", "domain": "binary", "lower": None, "upper": None, "meaning": "rented"},
    {"do": "change_variable", "name": "made", "domain": "continuous", "lower": None, "upper": 9},
    {"do": "change_constraint", "name": "labour", "forall": [], "expression": "sum(made[w] for w in WARES) <= hours"},
    {"do": "change_objective", "sense": "minimize", "expression": "made['bowl'] + 2*made['vase']"},
    {"do": "drop_constraint", "name": "labour"},
    MORE_VASES,
]


@pytest.mark.parametrize("change", EACH, ids=_of)
async def test_every_kind_of_change_can_be_made(tmp_path: Path, change: Json) -> None:
    with ScriptedLLM(lambda _: reply(change)) as llm:
        found = await arevise(KILN, WISH, settings=settings_for(llm.base_url, tmp_path))
    assert found.difference and found.operations
    assert loads(to_json(found.formulation), where="") == found.formulation


def test_every_kind_is_in_the_schema_with_the_names_that_are_there() -> None:
    kinds = {kind["properties"]["do"]["enum"][0]: kind for kind in _kinds(KILN)}
    assert set(kinds) == {change["do"] for change in EACH}
    assert kinds["set_value"]["properties"]["parameter"]["enum"] == ["profit", "hours"]
    assert kinds["add_variable"]["properties"]["name"]["pattern"] == NAME
    bare = {kind["properties"]["do"]["enum"][0] for kind in _kinds(Formulation())}
    assert bare == {"add_constraint", "add_parameter", "add_variable", "change_objective"}


def _kinds(formulation: Formulation) -> list[Json]:
    found: list[Json] = changes_schema(formulation)["properties"]["changes"]["items"]["anyOf"]
    return found


def _inner(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    _inner,
    max_leaves=8,
)


def _with(change: Json, more: Json) -> Json:
    return {**change, **more}


_changes: st.SearchStrategy[Json] = st.builds(
    _with,
    st.sampled_from(EACH),
    st.dictionaries(st.sampled_from(["do", "name", "parameter", "index", "value", "factor", "lower", "forall"]), _json),
)


@given(st.fixed_dictionaries({"changes": _json | st.lists(_changes, min_size=1, max_size=3)}))
def test_any_reply_gives_operations_or_one_clear_error(answer: Json) -> None:
    try:
        operations = operations_of(answer, KILN, WISH)
    except CallerError as fault:
        assert str(fault)
    else:
        assert len(operations) == len(answer["changes"])


def test_what_the_llm_is_shown_says_the_program_without_its_sources() -> None:
    program = shown(KILN)
    assert program["parameters"][1] == {"name": "hours", "values": 40}
    assert program["constraints"][0] == {"name": "labour", "forall": [], "expression": KILN.constraints[0].expression}


def test_command_writes_the_changed_formulation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, out = tmp_path / "kiln.json", tmp_path / "new.json"
    before.write_text(to_json(KILN), encoding="utf-8")
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path / "data"))
    with ScriptedLLM(in_turn(reply(SET_PROFIT, MORE_VASES), reply())) as llm:
        command = ["revise", str(before), WISH, "--base-url", llm.base_url, "--llm", "scripted"]
        assert main([*command, "--out", str(out)]) == 0
        assert main(["revise", str(before), "Nothing.", *command[3:]]) == 1
    assert "made['vase'] >= 5" in capsys.readouterr().out
    assert loads(out.read_text(encoding="utf-8"), where="").constraints[1].name == "least_five_vases"


def test_command_waits_as_long_as_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kiln.json"
    path.write_text(to_json(KILN), encoding="utf-8")
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path / "data"))
    with ScriptedLLM(lambda _: Fault(kind="never")) as llm:
        command = ["revise", str(path), WISH, "--base-url", llm.base_url, "--llm", "scripted", "--llm-timeout", "0.3"]
        assert main(command) == 3
    assert "no reply within" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wish", "clearer"),
    [
        ("48 hours were there instead", "48 hours were there instead of 40"),
        ("Only 30 hours.", "Only 30 hours instead of 40"),
        ("40 hours", ""),
        ("48 people were there instead", ""),
    ],
)
async def test_a_wish_that_finds_no_change_is_asked_again_with_the_number_that_it_replaces(
    wish: str, clearer: str, tmp_path: Path
) -> None:
    hours = {"do": "set_value", "parameter": "hours", "index": [], "value": 48}
    with ScriptedLLM(in_turn(reply(), reply(hours))) as llm:
        found = await arevise(KILN, wish, settings=settings_for(llm.base_url, tmp_path))
        asked = [request["messages"][-1]["content"] for request in llm.requests]
    assert len(asked) == (2 if clearer else 1) and wish in asked[0]
    assert clearer in asked[-1]
    assert [one.values for one in found.formulation.parameters[1:]] == [48 if clearer else 40]
    assert found.request == wish


async def test_a_number_that_a_wish_says_has_gone_is_not_left_out(tmp_path: Path) -> None:
    hours = {"do": "set_value", "parameter": "hours", "index": [], "value": 48}
    with ScriptedLLM(lambda _: reply(hours)) as llm:
        found = await arevise(KILN, "From 40 hours to 48.", settings=settings_for(llm.base_url, tmp_path))
    assert not [one for one in found.findings if one.code == "wish-left-out"]


async def test_two_entries_of_one_table_change_together(tmp_path: Path) -> None:
    """Each change held the whole table as it was before, so that the last one undid the others."""
    bowl: Json = {"do": "set_value", "parameter": "profit", "index": ["bowl"], "value": 25}
    more: Json = {"do": "scale_parameter", "parameter": "profit", "factor": 1.1}
    for changes, expected in (([SET_PROFIT, bowl], [25, 41]), ([SET_PROFIT, more], [22, 45.1])):
        with ScriptedLLM(in_turn(reply(*changes), reply())) as llm:
            found = await arevise(KILN, "Other prices.", settings=settings_for(llm.base_url, tmp_path))
        assert found.formulation.parameters[0].values == expected


async def test_a_part_that_is_asked_for_alone_keeps_what_the_rest_changed_of_its_table(tmp_path: Path) -> None:
    bowl: Json = {"do": "set_value", "parameter": "profit", "index": ["bowl"], "value": 25}
    with ScriptedLLM(in_turn(reply(SET_PROFIT), reply(bowl))) as llm:
        wish = "Vases bring 41, and bowls bring 25."
        found = await arevise(KILN, wish, settings=settings_for(llm.base_url, tmp_path))
        assert len(llm.requests) == 2
    assert found.formulation.parameters[0].values == [25, 41]
    assert [one.code for one in found.findings] == []


def test_of_long_data_the_llm_is_shown_how_it_is_spelled() -> None:
    wares = tuple(f"ware {number}" for number in range(1, 501))
    profit = Parameter(name="profit", index=("w in WARES",), values=[number % 70 + 5 for number in range(500)])
    program = shown(KILN.model_copy(update={"sets": (Set(name="WARES", elements=wares),), "parameters": (profit,)}))
    elements = program["sets"][0]["elements"]
    assert elements[:2] == ["ware 1", "ware 2"] and len(elements) < 20
    assert elements[-1] == "... and 488 more, the last is ware 500"
    assert program["parameters"][0]["values"] == "500 values, not shown; an entry is changed by its index"

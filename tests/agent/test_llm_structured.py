import json
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.errors import LLMError
from fivefold.llm import LLM, RetryPolicy
from fivefold.llm.structured import fits_strict_mode, light_check, verify
from fivefold.llm.tolerant import read_json
from fivefold.settings import Settings
from tests.scripted_llm import Fault, ScriptedLLM, in_turn, refusing, status

ASK = [{"role": "system", "content": "be exact"}, {"role": "user", "content": "how many?"}]
QUICK = RetryPolicy(attempts=2, base_s=0.005)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"count": {"type": "integer"}, "unit": {"type": "string", "pattern": "^[a-z]+$"}},
    "required": ["count", "unit"],
    "additionalProperties": False,
}
GOOD = '{"count": 3, "unit": "kg"}'
READ = {"count": 3, "unit": "kg"}


def asked_with(server: ScriptedLLM) -> list[str]:
    return [request.get("response_format", {}).get("type", "text") for request in server.requests]


def settings_for(server: ScriptedLLM, folder: Path) -> Settings:
    return replace(Settings(), base_url=server.base_url, llm="x", cache_dir=folder)


async def test_the_schema_is_sent_as_given_and_strict_where_it_can_be(tmp_path: Path) -> None:
    loose = SCHEMA | {"required": ["count"]}
    with ScriptedLLM(lambda _: GOOD) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA)
            await llm.ask(ASK, schema=loose)
    assert (reply.parsed, reply.problem, reply.rung, reply.notes) == (READ, None, "json_schema", ())
    first, second = (request["response_format"]["json_schema"] for request in server.requests)
    assert first["schema"] == SCHEMA and first["strict"] is True
    assert second["schema"] == loose and "strict" not in second
    assert server.requests[0]["messages"] == ASK


@pytest.mark.parametrize(
    ("refused", "rung", "requests"),
    [(["json_schema"], "json_object", 2), (["json_schema", "json_object"], "text", 3)],
)
async def test_a_refused_rung_is_left_and_never_asked_again(
    tmp_path: Path, refused: list[str], rung: str, requests: int
) -> None:
    with ScriptedLLM(refusing(refused, lambda _: GOOD)) as server:
        settings = settings_for(server, tmp_path)
        async with LLM.connect(settings, cache=False) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA)
            assert len(server.requests) == requests
            await llm.ask(ASK, schema=SCHEMA)
        async with LLM.connect(settings, cache=False) as llm:
            other = await llm.ask(ASK, schema=SCHEMA | {"title": "another"})
    assert (reply.parsed, reply.rung, other.rung, other.notes) == (READ, rung, rung, ())
    assert len(reply.notes) == len(refused) and "is not supported" in reply.notes[0]
    assert asked_with(server)[requests - 1 :] == [rung] * 3
    last = server.requests[-1]["messages"][-1]["content"]
    assert last.startswith("how many?") and json.dumps(SCHEMA)[1:-1] in last


async def test_a_schema_that_the_grammar_cannot_take_does_not_cost_the_others_their_rung(tmp_path: Path) -> None:
    def picky(request: dict[str, Any]) -> Any:
        if "pattern" in json.dumps(request.get("response_format", {})):
            return status(400, "JSON schema conversion failed: Pattern must start with '^' and end with '$'")
        return GOOD

    plain = {"type": "object"}
    with ScriptedLLM(picky) as server:
        for _ in range(2):
            async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
                first, second = await llm.ask(ASK, schema=SCHEMA), await llm.ask(ASK, schema=plain)
                assert (first.rung, second.rung) == ("json_object", "json_schema")
    assert asked_with(server) == ["json_schema", "json_object", "json_schema", "json_object", "json_schema"]


async def test_a_400_without_reason_is_tried_below_and_raised_when_that_fails_too(tmp_path: Path) -> None:
    with ScriptedLLM(lambda r: GOOD if "response_format" not in r else 400) as server:
        async with LLM.connect(settings_for(server, tmp_path), cache=False, retry=QUICK) as llm:
            assert (await llm.ask(ASK, schema=SCHEMA)).rung == "text"
            assert (await llm.ask(ASK, schema=SCHEMA)).rung == "text"
            assert asked_with(server) == ["json_schema", "json_object", "text", "text"]
            server.rule = lambda _: 400
            with pytest.raises(LLMError, match="HTTP 400") as caught:
                await llm.ask(ASK, schema=SCHEMA | {"title": "t"})
    assert caught.value.kind == "bad_request" and "`json_schema` refused" in str(caught.value)


@pytest.mark.parametrize(
    ("words", "later"), [("json_schema is not supported", "text"), ("failed to parse grammar", "json_schema")]
)
async def test_a_500_about_the_schema_moves_down_too(tmp_path: Path, words: str, later: str) -> None:
    with ScriptedLLM(lambda r: status(500, words) if "response_format" in r else GOOD) as server:
        async with LLM.connect(settings_for(server, tmp_path), retry=QUICK) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA)
            assert (reply.parsed, reply.rung, reply.retries) == (READ, "text", ())
            server.rule = lambda _: GOOD
            assert (await llm.ask(ASK, schema=SCHEMA | {"title": "another"})).rung == later


async def test_an_endpoint_that_ignores_the_schema_is_asked_with_it_described(tmp_path: Path) -> None:
    def ignorant(request: dict[str, Any]) -> str:
        return GOOD if "JSON schema" in request["messages"][-1]["content"] else "Three kilograms, I think."

    with ScriptedLLM(ignorant) as server:
        for _ in range(2):
            async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
                reply = await llm.ask(ASK, schema=SCHEMA)
                assert reply.parsed == READ and reply.rung == "json_object"
    assert asked_with(server) == ["json_schema", "json_object", "json_object"]


async def test_one_reply_that_stops_early_does_not_cost_the_rung(tmp_path: Path) -> None:
    with ScriptedLLM(in_turn('{"count": 3, "unit": "kg"', GOOD)) as server:
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            early, whole = await llm.ask(ASK, schema=SCHEMA), await llm.ask(ASK, schema=SCHEMA)
    assert early.parsed == READ and early.problem and "stops before" in early.problem
    assert whole.rung == "json_schema" and whole.problem is None


async def test_what_two_calls_took_is_added_up_when_the_schema_was_ignored(tmp_path: Path) -> None:
    with ScriptedLLM(in_turn("no idea what", GOOD)) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA)
    assert (reply.usage.calls, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (2, 14, 7)
    assert "does not enforce it" in reply.notes[0]


async def test_text_that_cannot_be_read_is_data(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "I would rather talk about the weather.") as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA)
    assert reply.parsed is None and reply.problem and "no JSON that can be read: 'I would rather" in reply.problem


async def test_a_cut_reply_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    cut = Fault(kind="length", text='{"count": 3, "unit": "kg", "items": [1, 2')
    with ScriptedLLM(in_turn(cut, Fault(kind="length", text='{"coun'))) as server:
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            reply, nothing = await llm.ask(ASK, schema=SCHEMA), await llm.ask(ASK, schema=SCHEMA)
    assert reply.parsed == READ | {"items": [1]} and reply.finish_reason == "length"
    assert reply.problem and "cut at `max_tokens`" in reply.problem and reply.usage.calls == 1
    assert nothing.parsed is None and nothing.problem and "cut at `max_tokens`" in nothing.problem


async def test_a_list_is_never_asked_for_as_an_object(tmp_path: Path) -> None:
    listed = {"type": "array", "items": {"type": "integer"}}
    with ScriptedLLM(refusing(["json_schema"], lambda _: "[1, 2]")) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(ASK, schema=listed)
    assert reply.parsed == [1, 2] and asked_with(server) == ["json_schema", "text"]


async def test_the_top_rung_can_be_chosen(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: GOOD) as server:
        async with LLM.connect(settings_for(server, tmp_path), top_rung="text") as llm:
            assert (await llm.ask(ASK, schema=SCHEMA)).parsed == READ
    assert asked_with(server) == ["text"]


@pytest.mark.parametrize("kept", ["{", "[]", '{"NAME": 3}', '{"NAME": {"top": "gold", "schemas": {}, "refused": []}}'])
async def test_a_broken_or_old_ability_file_is_found_out_afresh(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "llm" / "abilities.json"
    path.parent.mkdir()
    with ScriptedLLM(lambda _: GOOD) as server:
        old = {"top": "text", "schemas": {}, "refused": [], "found_at": time.time() - 40 * 86400}
        for text in (kept.replace("NAME", f"{server.base_url} x"), json.dumps({f"{server.base_url} x": old})):
            path.write_text(text)
            async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
                assert (await llm.ask(ASK, schema=SCHEMA)).rung == "json_schema"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (GOOD, ""),
        (f"<think>maybe {{'count': 1}}?</think>\n{GOOD}", ""),
        (f"```json\n{GOOD}\n```", "code fence"),
        (f"```json\n{GOOD}", "code fence"),
        (f"Here you are [1]:\n```\n{GOOD}\n```\nHope it helps {{}}", "code fence"),
        (f"The answer is {GOOD}. All good?", "text around the JSON"),
        (f'First {{"count": 1}}, better {GOOD}', "text around the JSON"),
        ('{"count": 3, "unit": "kg",}', "trailing commas"),
        ("{'count': 3, 'unit': 'kg'}", "single quotes"),
        ("{count: 3, unit: 'kg'}", "keys without quotes"),
        ('{"count": 3\n "unit": "kg"}', "missing commas"),
        ('{"count": 3, // pieces\n "unit": "kg"}', "comments"),
        ('{"count": 3, "count": 3, "unit": "kg"}', "stands twice"),
        ('{"count": +3, "unit": "kg"}', "numbers written in another way"),
        ('{"count": 3, "unit": "kg"', "closing brackets"),
        ('{"count": 3, "unit": "kg', "closing brackets"),
        ('{"count": 3, "unit": "kg", "x', "closing brackets"),
        ('{"count": 3, "unit": "kg", "x":', "closing brackets"),
    ],
)
def test_slips_are_mended_and_told(text: str, note: str) -> None:
    verified = verify(text, SCHEMA, finish_reason="stop")
    assert verified.parsed is not None and {key: verified.parsed[key] for key in READ} == READ
    assert note in " ".join(verified.notes) if note else verified.notes == ()
    assert (verified.problem is None) == ("closing" not in note)


@pytest.mark.parametrize("end", ["12", "1.", "-", "1e", "tru", "Non"])
def test_a_value_that_the_cut_went_through_is_left_out(end: str) -> None:
    for text, value in ((f'{{"a": [1, {end}', {"a": [1]}), (f'{{"a": 1, "b": {end}', {"a": 1})):
        reading = read_json(text, lambda _: None)
        assert reading.value == value and reading.cut
    assert read_json('{"a": [1, true', lambda _: None).value == {"a": [1, True]}


def test_python_literals_and_odd_strings_are_read() -> None:
    text = "{'a': True, 'b': None, 'c': (1, 2.5e3, .5, 1_000), 'd': 'it\\'s \\u00e9 \\alpha\nnext', 'e': False}"
    reading = read_json(text, lambda _: None)
    expected = {"a": True, "b": None, "c": [1, 2500.0, 0.5, 1000], "d": "it's é \\alpha\nnext", "e": False}
    assert reading.value == expected and not reading.strict


@pytest.mark.parametrize(
    "text", ["", "no", "}{", "[" * 5000, "{" * 5000, '{"a" 1}', "{1 2}", "[1 2]", '"text"', "{a:b}"]
)
def test_what_is_no_json_is_not_made_into_one(text: str) -> None:
    assert verify(text, SCHEMA, finish_reason="stop").parsed is None


def test_large_and_hostile_texts_are_read_in_reasonable_time() -> None:
    begun = time.monotonic()
    for text in (
        "[{" * 100_000,
        "{'a': " * 30_000,
        "```" * 60_000,
        "{'a': 'b" * 30_000,
        "/*" * 100_000,
        "{ #" * 80_000,
    ):
        assert verify(text, SCHEMA, finish_reason="stop").parsed is None
    assert time.monotonic() - begun < 60


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.randoms(use_true_random=False))
def test_correct_json_is_read_the_same_by_the_tolerant_reader(value: dict[str, Any], chance: random.Random) -> None:
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
    assert read_json(text, lambda _: None).value == value
    assert read_json("x: " + text, lambda _: None).value == value
    cut = read_json("x: " + text[: chance.randrange(len(text)) + 1], lambda _: None)
    assert cut.value is None or isinstance(cut.value, dict)


def test_the_light_check_looks_at_type_and_required_keys() -> None:
    assert light_check(dict(READ), SCHEMA) is None
    assert "lacks the keys `unit`" in str(light_check({"count": 1}, SCHEMA))
    assert "is a JSON array, asked for was object" in str(light_check([], SCHEMA))
    by_reference = {"$ref": "#/$defs/Top", "$defs": {"Top": SCHEMA}}
    assert "`count`" in str(light_check({"unit": "kg"}, by_reference))
    assert light_check([], {"type": ["array", "object"]}) is None and light_check({}, {}) is None


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        (SCHEMA, True),
        (SCHEMA | {"additionalProperties": True}, False),
        (SCHEMA | {"required": ["count"]}, False),
        ({"type": "array", "items": SCHEMA}, False),
        ({"$ref": "#/$defs/T", "$defs": {"T": SCHEMA}}, True),
        ({"$ref": "#/$defs/T", "$defs": {"T": SCHEMA, "U": {"type": "object"}}}, False),
        (SCHEMA | {"properties": {"count": {"type": "object"}, "unit": {}}}, False),
        (SCHEMA | {"properties": {"count": {"default": 3}, "unit": {}}}, False),
        (
            SCHEMA | {"properties": {"default": {}, "items": {"anyOf": [SCHEMA]}}, "required": ["default", "items"]},
            True,
        ),
        (SCHEMA | {"properties": {"count": {"items": {"oneOf": []}}, "unit": {}}}, False),
    ],
)
def test_strict_is_sent_only_for_closed_schemas(schema: dict[str, Any], fits: bool) -> None:
    assert fits_strict_mode(schema) is fits

"""Replies are used whole or refused with a reason: none is dropped in silence, none writes what was not meant."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivefold_prompts.optimizer.attempt import Attempt, Result, Rules, attempt
from fivefold_prompts.optimizer.candidate import Parameter, candidate_id, faults
from fivefold_prompts.optimizer.edits import EditFault, LeakFault, Limits, apply
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.reply import Edit, Operation, ReplyFault, read_reply
from fivefold_prompts.optimizer.rollout import Answer, Cost

TEXT = """## system
You write formulations.
Define the decision variables by default.
Name units.
## user
{{problem}}
"""
PARAMETERS = {
    "formulate": Parameter(name="formulate", placeholders=("problem",)),
    "rounds": Parameter(name="rounds", kind="integer", low=0, high=5),
    "style": Parameter(name="style", kind="choice", choices=("short", "long")),
}
SEED = {"formulate": TEXT, "rounds": "2", "style": "short"}


def tagged(*edits: Edit) -> str:
    def block(edit: Edit) -> str:
        anchor = f"<anchor>{edit.anchor}</anchor>\n" if edit.anchor else ""
        text = f"<text>\n{edit.text}\n</text>\n" if edit.text else ""
        head = f"<parameter>{edit.parameter}</parameter>\n<operation>{edit.operation}</operation>\n"
        return f"<edit>\n{head}{anchor}{text}</edit>\n"

    return "<reasoning>Units were forgotten.</reasoning>\n<changes>\n" + "".join(map(block, edits)) + "</changes>"


def as_json(*edits: Edit) -> str:
    fields = [{"parameter": e.parameter, "operation": e.operation, "anchor": e.anchor, "text": e.text} for e in edits]
    return json.dumps({"reasoning": "r", "edits": fields})


GOOD = (
    Edit("formulate", "replace", "Name units.", "Name the unit of every quantity; define each by default.\nCheck it."),
    Edit("formulate", "insert_after", "You write", "Read the text twice."),
    Edit("rounds", "set_value", text="3"),
)
WANTED = {
    "formulate": TEXT.replace(
        "Name units.", "Name the unit of every quantity; define each by default.\nCheck it."
    ).replace("formulations.\n", "formulations.\nRead the text twice.\n"),
    "rounds": "3",
    "style": "short",
}


@pytest.mark.parametrize("write", [tagged, as_json])
@pytest.mark.parametrize("around", ["{}", "{}\n", "Sure!\n{}\nDone.", "```\n{}\n```", "<think>Hm <edit></think>{}"])
def test_good_replies_are_carried_out(write, around: str):
    if write is as_json and around.startswith("Sure"):
        pytest.skip("JSON stands alone or in a fence")
    edits = read_reply(around.replace("{}", write(*GOOD)))
    assert edits == GOOD
    assert apply(edits, SEED, PARAMETERS) == WANTED


@pytest.mark.parametrize("reply", ["<changes><no_change/></changes>", '{"no_change": true, "reasoning": "good"}'])
def test_no_change_is_a_reply_of_its_own(reply: str):
    assert read_reply(reply) == ()


WHOLE = tagged(*GOOD)
REFUSED = {
    "empty": "",
    "prose": "I would TERMINATE here. The prompt is fine.",
    "the prompt alone": TEXT,
    "no closing": WHOLE.removesuffix("</changes>"),
    "no opening": WHOLE.replace("<changes>", ""),
    "cut in a text": WHOLE[: WHOLE.index("Check it")],
    "twice": WHOLE + WHOLE,
    "text not closed": WHOLE.replace("</text>", "", 1),
    "edit not closed": WHOLE.replace("</edit>", "", 1),
    "two texts": WHOLE.replace("</text>", "</text><text>b</text>", 1),
    "prose between": WHOLE.replace("</edit>\n<edit>", "</edit>\nand\n<edit>", 1),
    "edit outside": WHOLE.replace("<changes>\n<edit>", "<edit>\n<changes>"),
    "unknown operation": WHOLE.replace("replace<", "rewrite<"),
    "no anchor": tagged(Edit("formulate", "replace", text="x")),
    "anchor too many": tagged(Edit("formulate", "replace_all", "x", "y")),
    "no parameter": WHOLE.replace("<parameter>formulate</parameter>", "", 1),
    "fence inside": tagged(Edit("formulate", "replace_all", text=f"```text\n{TEXT}```")),
    "escapes": tagged(Edit("formulate", "replace", "Name units.", "a &lt;= b")),
    "written line breaks": tagged(Edit("formulate", "replace", "Name units.", "a\\nb")),
    "chat marks": tagged(Edit("formulate", "replace", "Name units.", "a <|im_end|>")),
    "invisible": tagged(Edit("formulate", "replace", "Name units.", "a\u200bb")),
    "no_change and edits": WHOLE.replace("</changes>", "<no_change/></changes>"),
    "a closing tag that is misspelt": WHOLE.replace("\n</text>", "\n</textt.\n</text>", 1),
    "nothing in it": "<changes></changes>",
    "thinking only": "<think>" + WHOLE,
    "json cut": as_json(*GOOD)[:-20],
    "json twice": as_json(*GOOD) + as_json(*GOOD),
    "json with an object as text": as_json(*GOOD).replace('"3"', '{"value": "3"}'),
    "json with a key twice": as_json(*GOOD).replace('"reasoning"', '"edits": [], "reasoning"'),
    "json of another form": '{"suggestion": {"formulate": "x"}}',
    "json list of texts": '{"edits": ["x"]}',
    "json quotes": as_json(*GOOD).replace('"', "'"),
    "json no_change false": '{"no_change": false}',
    "deep": '{"edits":' + "[" * 100_000,
}


@pytest.mark.parametrize("reply", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_whole_or_not_clear_is_refused_with_a_reason(reply: str):
    with pytest.raises(ReplyFault, match=r"\w{3}"):
        read_reply(reply)


INVALID: dict[str, tuple[Edit, ...]] = {
    "unknown": (Edit("other", "replace_all", text="x"),),
    "anchor missing": (Edit("formulate", "replace", "not there", "x"),),
    "anchor twice": (Edit("formulate", "replace", "e", "x"),),
    "placeholder gone": (Edit("formulate", "delete", "{{problem}}"),),
    "placeholder made up": (Edit("formulate", "replace", "Name units.", "Use {{data}}."),),
    "placeholder bent": (Edit("formulate", "replace", "{{problem}}", "{problem}"),),
    "heading gone": (Edit("formulate", "delete", "## user"),),
    "overlap": (
        Edit("formulate", "replace", "You write formulations.", "x"),
        Edit("formulate", "delete", "write"),
    ),
    "whole and part": (Edit("formulate", "replace_all", text=TEXT), GOOD[0]),
    "too long": (Edit("formulate", "replace", "Name units.", "word " * 50 + "x" * 900),),
    "too much": (Edit("formulate", "replace", "Name units.", "new word " * 35),),
    "no integer": (Edit("rounds", "set_value", text="3.5"),),
    "out of range": (Edit("rounds", "set_value", text="50"),),
    "words for a number": (Edit("rounds", "set_value", text="three"),),
    "no choice": (Edit("style", "set_value", text="Short"),),
    "text for a number": (Edit("rounds", "replace_all", text="3"),),
    "number for a text": (Edit("formulate", "set_value", text="3"),),
    "nothing": (Edit("rounds", "set_value", text="2"),),
}


@pytest.mark.parametrize("edits", INVALID.values(), ids=INVALID.keys())
def test_edits_outside_the_rules_are_refused(edits: tuple[Edit, ...]):
    with pytest.raises(EditFault):
        apply(edits, SEED, PARAMETERS)


def test_deleting_a_line_takes_its_line_break():
    made = apply([Edit("formulate", "delete", "Name units.")], SEED, PARAMETERS)
    assert made["formulate"] == TEXT.replace("Name units.\n", "")


def test_limits_and_guard_hold():
    paste = "A bakery makes bread and cake from flour and sugar and sells both at the market each week"
    guard = Guard({"one": paste})
    with pytest.raises(LeakFault):
        apply([Edit("formulate", "replace", "Name units.", paste)], SEED, PARAMETERS, guard=guard)
    doubted = [Edit("formulate", "replace", "Name units.", "Say makes bread and cake from flour too.")]
    with pytest.raises(LeakFault):
        apply(doubted, SEED, PARAMETERS, guard=guard)
    assert apply(doubted, SEED, PARAMETERS, guard=guard, doubt_refuses=False)
    with pytest.raises(EditFault, match="words"):
        apply(GOOD, SEED, PARAMETERS, limits=Limits(words=1, mutation=0.01))


class Script:
    """Replies in a row; keeps what was asked."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.asked: list[Sequence[Mapping[str, str]]] = []

    def __call__(self, messages: Sequence[Mapping[str, str]], sample: int) -> Answer:
        self.asked.append(list(messages))
        return Answer(text=self.replies[len(self.asked) - 1], cost=Cost(tokens=10))


def tried(*replies: str, rules: Rules | None = None) -> tuple[Attempt, Script]:
    script = Script(*replies)
    question = [{"role": "user", "content": "q"}]
    return attempt(script, question, SEED, PARAMETERS, rules or Rules(), 0), script


def test_a_writer_is_told_the_exact_fault_and_may_mend_it_twice():
    done, script = tried("no", tagged(Edit("other", "replace_all", text="x")), WHOLE)
    assert (done.result, done.candidate, done.cost.tokens) == (Result.REPAIRED, WANTED, 30)
    assert "<changes>" in script.asked[1][-1]["content"]
    assert "there is no variable `other`" in script.asked[2][-1]["content"]
    assert all(asked[0]["content"] == "q" for asked in script.asked)


@pytest.mark.parametrize(
    ("replies", "result"),
    [
        ([WHOLE], Result.ACCEPTED),
        (["<changes><no_change/></changes>"], Result.NO_CHANGE),
        (["", "", ""], Result.UNPARSABLE),
        ([tagged(Edit("rounds", "set_value", text="9"))] * 3, Result.INVALID),
    ],
)
def test_every_end_has_its_name(replies: list[str], result: Result):
    done, script = tried(*replies)
    assert done.result is result
    assert len(script.asked) == len(replies)
    assert (done.candidate is not None) == (result is Result.ACCEPTED)
    assert done.reason or result in (Result.ACCEPTED, Result.NO_CHANGE)


def test_what_was_tried_is_not_tried_again():
    done, _ = tried(*[WHOLE] * 3, rules=Rules(tried={candidate_id(WANTED)}))
    assert done.result is Result.DUPLICATE


def test_faults_of_a_candidate_are_all_named():
    assert faults(list(PARAMETERS.values()), SEED) == []
    assert len(faults(list(PARAMETERS.values()), {"rounds": "7", "more": ""})) == 4


# --- thousands of mangled replies ------------------------------------------------------------------------

TOKENS = [
    "<text>",
    "</text>",
    "<edit>",
    "</edit>",
    "<changes>",
    "</changes>",
    "<anchor>",
    "</anchor>",
    "\n",
    "```",
    '"',
]
TOKENS += [
    "{",
    "}",
    "\\n",
    "&lt;",
    "<no_change/>",
    "</parameter>",
    "</operation>",
    "TERMINATE",
    " define ",
    "\x00",
    "{{",
]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A good reply, hurt in up to three places."""
    text = draw(st.sampled_from([WHOLE, as_json(*GOOD)]))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(["cut", "drop", "token", "double", "lose", "swap"])):
            case "cut":
                text = text[:place]
            case "drop":
                text = text[:place] + text[place + draw(st.integers(1, 40)) :]
            case "token":
                text = text[:place] + draw(st.sampled_from(TOKENS)) + text[place:]
            case "double":
                text = text[:place] + text[max(0, place - draw(st.integers(1, 60))) :]
            case "lose":
                text = text.replace(draw(st.sampled_from(TOKENS)), "", 1)
            case _:
                text = text[place:] + text[:place]
    return text


ENDS: Counter[str] = Counter()


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(mangled())
def test_mangled_replies_are_refused_or_say_what_is_written(reply: str):
    """Never silent, never corrupt: whatever is taken over stands in the reply, and the prompt keeps its form."""
    done, _ = tried(reply, reply, reply)
    ENDS[done.result] += 1
    if done.candidate is None:
        assert done.reason or done.result is Result.NO_CHANGE
        assert done.result is not Result.NO_CHANGE or "no_change" in reply
        return
    assert faults(list(PARAMETERS.values()), done.candidate) == []
    for edit in read_reply(reply):
        # In JSON a line break may stand as it is or as an escape, also both in one text.
        assert edit.text in reply or json.dumps(edit.text)[1:-1] in reply.replace("\n", "\\n")
    new = done.candidate["formulate"]
    assert not any(tag in new for tag in ("<text>", "</text", "text>", "<edit>", "</edit", "<changes>", "\x00"))
    assert new.count("```") % 2 == 0
    operations: set[Operation] = {edit.operation for edit in read_reply(reply)}
    assert operations and sum(edit.parameter == "formulate" for edit in read_reply(reply)) <= 3


def test_most_of_what_was_mangled_is_refused():
    assert sum(ENDS.values()) >= 1000
    print(dict(ENDS))

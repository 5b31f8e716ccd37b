"""The reply of a prompt's writer: edits between tags, read whole or refused with the reason, never half.

A reply that is cut off, wrapped, escaped or ambiguous is refused: a repair question quotes the reason. What comes
through holds the writer's own characters.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Operation = Literal["replace", "insert_after", "delete", "replace_all", "set_value"]
"""What an edit does; the first three name a place in the text by an `anchor`."""

FORMAT = """\
Reply in this form, with nothing between the edits:

<reasoning>why</reasoning>
<changes>
<edit>
<parameter>name of a variable</parameter>
<operation>replace</operation>
<anchor>a part of the present text, copied exactly, that is there only once</anchor>
<text>
what stands there instead
</text>
</edit>
</changes>

Operations: `replace` puts the text in place of the anchor; `insert_after` adds the text on new lines after the line
where the anchor ends; `delete` takes the anchor out and has no text; `replace_all` gives a whole new text and has no
anchor; `set_value` gives a number or a choice and has no anchor. Write the text as it is: no code fences around it,
no escapes. Where nothing should change, reply <changes><no_change/></changes>."""
"""How to reply, for the question."""

_TAGS = "changes|edit|parameter|operation|anchor|text|no_change|reasoning"
# Half a tag is one as well: `</text` before another, `text>` after a lost bracket, `unittext>` where a part got lost
# between; `<context>` is none.
_ANY_TAG = re.compile(
    rf"</\s*(?:{_TAGS})|<\s*(?:{_TAGS})\s*$|(?<![\w-])(?:{_TAGS})\s*/?>|(?<![<\w/-])\w[\w-]*(?:{_TAGS})>",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"\s*<(parameter|operation|anchor|text)>(.*?)</\1>", re.DOTALL)
_LONGEST = 200_000
_FIELDS: Mapping[Operation, frozenset[str]] = {
    "replace": frozenset({"anchor", "text"}),
    "insert_after": frozenset({"anchor", "text"}),
    "delete": frozenset({"anchor"}),
    "replace_all": frozenset({"text"}),
    "set_value": frozenset({"text"}),
}


class ReplyFault(Exception):
    """A reply cannot be read; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one parameter."""

    parameter: str
    operation: Operation
    anchor: str = ""
    text: str = ""


def read_reply(reply: str) -> tuple[Edit, ...]:
    """Return the edits of a reply; none means that nothing should change, and was said so.

    Raises:
        ReplyFault: the reply is not exactly of the form.
    """
    if len(reply) > _LONGEST:
        raise ReplyFault(f"the reply has {len(reply)} characters; write only the edits")
    text = reply.replace("\r\n", "\n")
    if text.lstrip().startswith("<think>"):
        _, closed, text = text.partition("</think>")
        if not closed:
            raise ReplyFault("the reply ended while still thinking; think less")
    if "<changes" not in text and "</changes" not in text and re.search(r"^\s*(?:```\w*\s*)?\{", text):
        return _from_json(text)
    return _from_tags(text)


def _from_tags(text: str) -> tuple[Edit, ...]:
    opened, closed = text.count("<changes>"), text.count("</changes>")
    if (opened, closed) != (1, 1):
        raise ReplyFault(
            f"there must be one <changes> and one </changes>, and there are {opened} and {closed};"
            " the reply may have been cut off"
        )
    body = text.partition("<changes>")[2].partition("</changes>")
    if not body[1]:
        raise ReplyFault("</changes> stands before <changes>")
    outside = text.partition("<changes>")[0] + body[2]
    if re.search(r"</?(?:edit|parameter|operation|anchor|text|no_change)\s*/?>", outside):
        raise ReplyFault("a part of an edit stands outside <changes>")
    rest = body[0].strip()
    if rest == "<no_change/>":
        return ()
    edits: list[Edit] = []
    while rest:
        edit, rest = _first_edit(rest, len(edits) + 1)
        edits.append(edit)
    if not edits:
        raise ReplyFault("<changes> is empty; where nothing should change, write <no_change/> in it")
    return tuple(edits)


def _first_edit(rest: str, number: int) -> tuple[Edit, str]:
    if not rest.startswith("<edit>"):
        raise ReplyFault(f"edit {number} does not begin with <edit> but with {rest[:40]!r}")
    rest = rest.removeprefix("<edit>")
    fields: dict[str, Any] = {}
    while found := _FIELD.match(rest):
        if found[1] in fields:
            raise ReplyFault(f"edit {number} has <{found[1]}> twice")
        if tag := _ANY_TAG.search(found[2]):
            raise ReplyFault(f"in edit {number}, <{found[1]}> holds {tag[0]}; a closing tag is missing or misplaced")
        fields[found[1]] = found[2]
        rest = rest[found.end() :]
    rest = rest.lstrip()
    if not rest.startswith("</edit>"):
        raise ReplyFault(f"edit {number} is not closed with </edit>; before that stands {rest[:40]!r}")
    fields = {name: _unwrapped(value) if name == "text" else value.strip("\n") for name, value in fields.items()}
    return _edit(fields, number), rest.removeprefix("</edit>").lstrip()


def _unwrapped(value: str) -> str:
    """Take off the line breaks that belong to the tags."""
    return value.removeprefix("\n").removesuffix("\n")


def _edit(fields: Mapping[str, object], number: int) -> Edit:
    if unknown := sorted(set(fields) - {"parameter", "operation", "anchor", "text"}):
        raise ReplyFault(f"edit {number} has the unknown field {unknown[0]!r}")
    for name, value in fields.items():
        if not isinstance(value, str):
            raise ReplyFault(f"in edit {number}, `{name}` is no text")
    operation = str(fields.get("operation", "")).strip()
    if operation not in get_args(Operation):
        raise ReplyFault(f"edit {number} has the operation {operation!r}; there are {', '.join(get_args(Operation))}")
    operation = cast("Operation", operation)
    if not (parameter := str(fields.get("parameter", "")).strip()):
        raise ReplyFault(f"edit {number} names no parameter")
    needed = _FIELDS[operation]
    for name in ("anchor", "text"):
        there = bool(str(fields.get(name, "")).strip())
        if there != (name in needed):
            raise ReplyFault(f"edit {number}: `{operation}` {'needs' if name in needed else 'takes no'} <{name}>")
    edit = Edit(parameter, operation, str(fields.get("anchor", "")), str(fields.get("text", "")))
    if operation == "set_value":
        edit = Edit(parameter, operation, "", edit.text.strip())
    if fault := text_fault(edit.text) or text_fault(edit.anchor):
        raise ReplyFault(f"edit {number}: {fault}")
    return edit


def text_fault(text: str) -> str | None:
    """Return why a text cannot be what its writer meant, or None."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in "\n\t":
            return f"it holds the invisible character U+{ord(sign):04X}"
    if tag := _ANY_TAG.search(text):
        return f"it holds {tag[0]}, which belongs to the form of the reply"
    if text.count("```") % 2:
        return "it opens a code fence and does not close it"
    if found := re.search(r"<\|[a-z_]+\|>|</s>|\[/?INST\]|</?think>", text):
        return f"it holds {found[0]!r}, which is a mark of the chat format"
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "the text is in a code fence; write it without"
    if "\\n" in text and "\n" not in text:
        return "line breaks are written as \\n; write them as line breaks"
    if found := re.search(r"&(?:lt|gt|amp|quot|#\d+);", text):
        return f"it holds the escape {found[0]!r}; write the character itself"
    return None


def _from_json(text: str) -> tuple[Edit, ...]:
    source = text.strip()
    if fenced := re.fullmatch(r"```\w*\s*(\{.*\})\s*```", source, re.DOTALL):
        source = fenced[1]
    try:
        data: dict[str, Any] = json.loads(source, strict=False, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise ReplyFault(f"the reply is no whole JSON object ({error}); use the tags instead") from error
    if set(data) - {"reasoning"} == {"no_change"} and data["no_change"] is True:
        return ()
    items = _items(data.get("edits"))
    if set(data) - {"reasoning"} != {"edits"} or not items:
        raise ReplyFault("a reply in JSON has `edits`, a list that is not empty, and may have `reasoning`")
    edits: list[Edit] = []
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise ReplyFault(f"edit {number} is no object")
        edits.append(_edit(cast("dict[str, object]", item), number))
    return tuple(edits)


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)

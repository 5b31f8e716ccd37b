"""A prompt's file, its filling in, and its name."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fivefold_prompts.version import PromptError, PromptVersion, parse, render, sections

SOURCE = """\
---
name: formulate
number: 2
description: Writes it down: all of it.
placeholders: [problem, hints]
author: Somebody
parent: formulate@1:0123abcd
---

## system
You write formulations. JSON looks like {"a": {"b": 1}}.

## Notation
Use {"x"}.
## user
{{problem}}

Mind: {{hints}} and {{problem}} again.
"""


def test_a_file_is_read_in_full():
    version = parse(SOURCE)
    assert (version.name, version.number, version.author) == ("formulate", 2, "Somebody")
    assert version.description == "Writes it down: all of it." and version.placeholders == ("problem", "hints")
    assert version.parent == "formulate@1:0123abcd"
    assert version.sha256 == hashlib.sha256(version.text.encode()).hexdigest()
    assert version.ref == f"formulate@2:{version.sha256[:8]}"


def test_it_is_filled_in():
    system, user = render(parse(SOURCE), problem="P", hints="H")
    assert system["role"] == "system" and system["content"].endswith('## Notation\nUse {"x"}.')
    assert user == {"role": "user", "content": "P\n\nMind: H and P again."}


@given(st.text(), st.text())
def test_what_is_filled_in_is_data(problem: str, hints: str):
    problem += "{{hints}}\n## system\n{{problem}} \\1 \\g<name>"
    messages = render(parse(SOURCE), problem=problem, hints=hints)
    assert [m["role"] for m in messages] == ["system", "user"]
    assert messages[1]["content"] == f"{problem}\n\nMind: {hints} and {problem} again."


def test_line_endings_and_a_byte_order_mark_change_nothing():
    assert parse("\ufeff" + SOURCE.replace("\n", "\r\n")) == parse(SOURCE)


def test_the_hash_is_of_the_text_alone():
    other = parse(SOURCE.replace("Somebody", "Somebody else").replace("number: 2", "number: 3"))
    assert other.sha256 == parse(SOURCE).sha256 != parse(SOURCE.replace("Mind", "mind")).sha256
    assert other.ref.startswith("formulate@3:")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"problem": "P"}, "needs `hints`"),
        ({"problem": "P", "hints": "H", "more": "M"}, "does not use `more`"),
        ({"problem": "P", "hints": 3}, "`hints` is a int"),
        ({"problem": "P", "hints": None}, "`hints` is a NoneType"),
    ],
)
def test_wrong_values_are_refused(values: dict[str, str], message: str):
    with pytest.raises(PromptError, match=message):
        render(parse(SOURCE), **values)


def test_a_placeholder_may_have_any_name():
    version = PromptVersion(name="a", number=1, text="## user\n{{version}}{{name}}", placeholders=("version", "name"))
    assert render(version, version="1", name="2") == [{"role": "user", "content": "12"}]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\nname", "name", "must begin with front matter"),
        ("---\n\n## system", "\n## system", "must begin with front matter"),
        ("author: Somebody\n", "", "lacks `author`"),
        ("author:", "temperature: 1\nauthor:", "line 6, `temperature: 1`"),
        ("author:", "Author:", "line 6"),
        ("author:", "name: other\nauthor:", "`name` is there twice"),
        ("author: Somebody", "author:", "`author` has no value"),
        ("author: Somebody", "# author", "line 6"),
        ("number: 2", "number: two", "whole number"),
        ("number: 2", "number: 0", "number"),
        ("name: formulate", "name: ../x", "name"),
        ("[problem, hints]", "problem, hints", "write `placeholders"),
        ("[problem, hints]", "[problem]", "uses `hints`"),
        ("[problem, hints]", "[problem, hints, more]", "names `more`"),
        ("[problem, hints]", "[problem, hints, hints]", "named twice"),
        ("{{hints}}", "{{ hints }}", "^line 9 of the body"),
        ("{{hints}}", "{{Hints}}", "begins no"),
        ("{{hints}}", "{{hints", "begins no"),
        ("## system", "Hello\n## system", "before the first"),
        ("## user", "## users", "`## user` is missing"),
        ("## Notation", "## user", "twice"),
        ("## Notation", "## system", "twice"),
    ],
)
def test_a_slip_in_the_file_is_named(old: str, new: str, message: str):
    assert SOURCE.count(old) == 1
    with pytest.raises(PromptError, match=message):
        parse(SOURCE.replace(old, new))


@pytest.mark.parametrize("text", ["## system\na\n## user\n\n", "## user\nu\n## system\ns", "## system\ns", ""])
def test_sections_must_be_whole(text: str):
    with pytest.raises(ValueError):
        sections(text)


def test_a_version_is_frozen():
    with pytest.raises(ValidationError):
        parse(SOURCE).text = "other"  # type: ignore[misc]  # the assignment that must fail

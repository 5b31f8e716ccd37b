"""Reading JSON that an LLM wrote by hand: fences, text around it, trailing commas, quotes, an end that is missing.

Every slip that was mended is told in a note, so that nothing is silently read as something else.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from fivefold.llm.reply import Parsed

MAX_CHARS = 262_144
"""Longest text that is searched for mendable JSON; beyond it only correct JSON is read."""
MAX_STARTS = 24
"""How many opening brackets are tried."""
MAX_DEPTH = 60
"""Deepest nesting that is read."""

_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.S)
_FENCE = re.compile(r"```[ \t]*([\w+-]*)[ \t]*\r?\n(.*?)(?:```|\Z)", re.S)
_BLANK = re.compile(r"(?:\s+|//[^\n]*|#[^\n]*|/\*.*?\*/)*", re.S)
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_TAIL = re.compile(r"[-+.\w]*\Z")
_PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None, "undefined": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read from a text."""

    value: Parsed | None
    """None where there is nothing to read."""
    strict: bool = False
    """Whether the text was correct JSON from its first to its last character."""
    cut: bool = False
    """Whether closing brackets at the end were missing."""
    notes: tuple[str, ...] = ()
    """Slips that were mended."""


class _EndError(Exception):
    """The text ends before or within a value that cannot be told from what is there."""


class _UnreadableError(Exception):
    """No JSON at this place, whatever is mended."""


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    cut: bool = False
    slips: dict[str, None] = field(default_factory=dict[str, None])

    def slip(self, what: str) -> None:
        self.slips[what] = None

    def peek(self) -> str:
        blank = _BLANK.match(self.text, self.at)
        if blank:
            if blank.group().strip():
                self.slip("comments")
            self.at = blank.end()
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Any:
        mark = self.peek()
        if depth > MAX_DEPTH:
            raise _UnreadableError
        if mark == "{":
            return self.record(depth)
        if mark in ("[", "("):
            return self.sequence(depth)
        if mark in ('"', "'"):
            return self.string(mark)
        tail = _TAIL.match(self.text, self.at)
        if tail and tail.group() not in _WORDS:
            # `12` at the very end may be the start of `125`: no value is better than a wrong one.
            self.at = len(self.text)
            raise _EndError
        number = _NUMBER.match(self.text, self.at)
        if number:
            return self.number(number)
        word = _WORD.match(self.text, self.at)
        if word and word.group() in _WORDS:
            self.at = word.end()
            if word.group() not in ("true", "false", "null"):
                self.slip("Python literals")
            return _WORDS[word.group()]
        raise _UnreadableError

    def number(self, found: re.Match[str]) -> int | float:
        self.at = found.end()
        written = found.group()
        try:
            return cast(int | float, json.loads(written))
        except ValueError:
            self.slip("numbers written in another way")
        plain = written.replace("_", "")
        try:
            return int(plain)
        except ValueError:
            pass
        try:
            return float(plain)
        except ValueError:
            raise _UnreadableError from None

    def string(self, quote: str) -> str:
        if quote == "'":
            self.slip("single quotes")
        self.at += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN[quote].match(self.text, self.at)
            if plain:
                parts.append(plain.group())
                self.at = plain.end()
            mark = self.text[self.at : self.at + 1]
            if not mark:
                self.cut = True
                return "".join(parts)
            self.at += 1
            if mark == quote:
                return "".join(parts)
            parts.append(self.escape())

    def escape(self) -> str:
        mark = self.text[self.at : self.at + 1]
        self.at += 1
        if mark == "u":
            code = re.match(r"[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?", self.text[self.at : self.at + 10])
            if code:
                self.at += code.end()
                try:
                    return cast(str, json.loads(f'"\\u{code.group()}"'))
                except ValueError:
                    return ""
        # A backslash before anything else is kept: LLMs write LaTeX into strings.
        return _ESCAPES.get(mark, mark if mark in "\"'\\/" else "\\" + mark)

    def sequence(self, depth: int) -> list[Any]:
        closing = "]" if self.text[self.at] == "[" else ")"
        if closing == ")":
            self.slip("round brackets for lists")
        self.at += 1
        items: list[Any] = []
        while True:
            mark = self.peek()
            if not mark:
                self.cut = True
                return items
            if mark == closing:
                self.at += 1
                return items
            try:
                items.append(self.value(depth + 1))
            except _EndError:
                self.cut = True
                return items
            self.separator(closing)

    def record(self, depth: int) -> dict[str, Any]:
        self.at += 1
        items: dict[str, Any] = {}
        while True:
            mark = self.peek()
            if not mark:
                self.cut = True
                return items
            if mark == "}":
                self.at += 1
                return items
            key = self.key(mark)
            if self.peek() != ":":
                if not self.peek():
                    self.cut = True
                    return items
                raise _UnreadableError
            self.at += 1
            if key in items:
                self.slip(f"key `{key[:40]}` stands twice, the last counts")
            try:
                items[key] = self.value(depth + 1)
            except _EndError:
                self.cut = True
                return items
            self.separator("}")

    def key(self, mark: str) -> str:
        if mark in ('"', "'"):
            return self.string(mark)
        word = _WORD.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
        if not word:
            raise _UnreadableError
        self.slip("keys without quotes")
        self.at = word.end()
        return word.group()

    def separator(self, closing: str) -> None:
        before = self.at
        mark = self.peek()
        if mark == ",":
            self.at += 1
            if self.peek() == closing:
                self.slip("trailing commas")
        elif mark and mark != closing:
            # Only after a line break: `1 2` on one line is more likely damage than two items.
            if "\n" not in self.text[before : self.at]:
                raise _UnreadableError
            self.slip("missing commas")


def _strict(text: str) -> Reading | None:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return found

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        value: Any = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list):
        return None
    notes = tuple(f"key `{name[:40]}` stands twice, the last counts" for name in dict.fromkeys(twice))
    return Reading(value=cast(Parsed, value), strict=True, notes=notes)


def _mended(text: str, start: int) -> tuple[Reading, int] | None:
    reader = _Reader(text, start)
    try:
        value = reader.value(0)
    except _UnreadableError:
        return None
    if reader.cut:
        reader.slip("closing brackets or quotes missing at the end")
    return Reading(value=cast(Parsed, value), cut=reader.cut, notes=tuple(reader.slips)), reader.at


def _within(text: str) -> list[Reading]:
    """Return what can be read from each outermost opening bracket on."""
    found: list[Reading] = []
    at = 0
    for _ in range(MAX_STARTS):
        opening = re.compile(r"[{\[]").search(text, at)
        if not opening:
            break
        reading = _mended(text, opening.start())
        if reading is None:
            at = opening.end()
        else:
            found.append(reading[0])
            at = reading[1]
    return found


def read_json(text: str, accept: Callable[[Parsed], str | None]) -> Reading:
    """Return the JSON object or list in a text, preferring one that `accept` has nothing against.

    Args:
        text: What the LLM wrote.
        accept: Returns what is wrong with a value, None where it will do.
    """
    bare = _THINKING.sub("", text.lstrip("\ufeff"), count=1).strip()
    whole = _strict(bare)
    if whole is not None:
        return whole
    if len(bare) > MAX_CHARS:
        return Reading(value=None)
    candidates: list[tuple[Reading, str]] = []
    for fence in _FENCE.finditer(bare):
        inside = fence.group(2).strip()
        exact = _strict(inside)
        candidates += [(reading, "code fence") for reading in ([exact] if exact else _within(inside))]
    lead = "" if bare[:1] in ("{", "[") else "text around the JSON"
    candidates += [(reading, lead) for reading in _within(bare)]
    # Whole values before cut ones, then in the order of the text; the largest where none is accepted.
    candidates.sort(key=lambda pair: pair[0].cut)
    for reading, around in candidates:
        if reading.value is not None and accept(reading.value) is None:
            return _with_note(reading, around)
    if not candidates:
        return Reading(value=None)
    return _with_note(*max(candidates, key=lambda pair: len(json.dumps(pair[0].value, default=str))))


def _with_note(reading: Reading, around: str) -> Reading:
    notes = ((around,) if around else ()) + reading.notes
    return Reading(value=reading.value, cut=reading.cut, notes=notes)

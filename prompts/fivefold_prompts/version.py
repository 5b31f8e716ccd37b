"""One numbered text of a prompt: read from its file, filled in, named for good.

A prompt's file is front matter and a body::

    ---
    name: formulate
    number: 1
    description: Writes the five elements of a problem.
    placeholders: [problem]
    author: The Fivefold developers
    ---
    ## system
    You write formulations.
    ## user
    {{problem}}

What is filled in is data: it is never looked through for placeholders or headings.
"""

import hashlib
import re
from typing import Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Role = Literal["system", "user"]
"""Who a part of a prompt speaks as."""


class Message(TypedDict):
    """One message to an LLM."""

    role: Role
    content: str


class PromptError(Exception):
    """A prompt cannot be read or filled in; the message says where and how to mend it."""


class PromptVersion(BaseModel):
    """A prompt's text under its number; it never changes, a new text gets a new number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """What the prompt is for; the name of its folder."""
    number: int = Field(ge=1)
    """Counts from 1."""
    text: str
    """The body: the sections `## system` and `## user` with their headings."""
    description: str = ""
    """One line for people."""
    placeholders: tuple[str, ...] = ()
    """What must be filled in; exactly what the text uses."""
    parent: str | None = None
    """The `ref` of the version that this one was made from."""
    author: str = ""
    """Who wrote it."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def ref(self) -> str:
        """Name for good: `name@number:` and the first eight digits of the hash."""
        return f"{self.name}@{self.number}:{self.sha256[:8]}"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        used = _placeholders(self.text)
        if len(set(self.placeholders)) != len(self.placeholders):
            raise ValueError("a placeholder is named twice in `placeholders`")
        if missing := used - set(self.placeholders):
            raise ValueError(f"the text uses {_names(missing)}, which `placeholders` does not name")
        if unused := set(self.placeholders) - used:
            raise ValueError(f"`placeholders` names {_names(unused)}, which the text does not use")
        sections(self.text)
        return self


def sections(text: str) -> dict[Role, str]:
    """Return the sections of a prompt's body by role.

    Raises:
        ValueError: a section is missing, empty or there twice, or something stands before the first.
    """
    before, *parts = re.split(r"^## (system|user)[ \t]*$", text, flags=re.MULTILINE)
    if before.strip():
        raise ValueError("text stands before the first `## system` or `## user` heading")
    found: dict[Role, str] = {}
    roles: dict[str, Role] = {"system": "system", "user": "user"}
    for heading, part in zip(parts[::2], parts[1::2], strict=True):
        role = roles[heading]
        if role in found:
            raise ValueError(f"the heading `## {role}` is there twice")
        if not part.strip():
            raise ValueError(f"the section `## {role}` is empty")
        found[role] = part.strip("\n")
    if "user" not in found:
        raise ValueError("the heading `## user` is missing")
    if list(found) == ["user", "system"]:
        raise ValueError("the section `## system` must come before `## user`")
    return found


def render(version: PromptVersion, /, **values: str) -> list[Message]:
    """Return the messages of a prompt with its placeholders filled in.

    Raises:
        PromptError: a value is missing, is not asked for, or is no text.
    """
    if missing := set(version.placeholders) - set(values):
        raise PromptError(f"{version.ref} needs {_names(missing)}; give each as a keyword argument.")
    if extra := set(values) - set(version.placeholders):
        raise PromptError(f"{version.ref} does not use {_names(extra)}; leave it out or use it in the text.")
    for name, value in values.items():
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] callers may be untyped
            raise PromptError(f"{version.ref}: `{name}` is a {type(value).__name__}; give it as text.")
    return [
        # One pass over the prompt's own text, so what is filled in is never looked through.
        {"role": role, "content": _PLACEHOLDER.sub(lambda found: values[found["name"]], text)}
        for role, text in sections(version.text).items()
    ]


def parse(source: str) -> PromptVersion:
    """Return the version that the text of a prompt's file holds.

    Raises:
        PromptError: the text is not of the form that this module describes.
    """
    lines = source.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        raise PromptError("the file must begin with front matter between two lines `---`.")
    end = lines.index("---", 1)
    matter = _front_matter(lines[1:end])
    try:
        return PromptVersion.model_validate({**matter, "text": "\n".join(lines[end + 1 :]).strip("\n") + "\n"})
    except ValidationError as error:
        slips = [": ".join([*map(str, slip["loc"]), slip["msg"]]) for slip in error.errors()]
        raise PromptError("; ".join(slips).replace("Value error, ", "")) from error


# `{{` always begins a placeholder; anything else that looks like one is a slip, found before a prompt is used.
_PLACEHOLDER = re.compile(r"\{\{(?P<name>[a-z][a-z0-9_]*)\}\}")
_KEYS = ("name", "number", "description", "placeholders", "author", "parent")
_OPTIONAL = ("parent",)


def _placeholders(text: str) -> set[str]:
    if "{{" in _PLACEHOLDER.sub("", text):
        place = _PLACEHOLDER.sub(lambda found: " " * len(found[0]), text).index("{{")
        line = text.count("\n", 0, place) + 1
        raise ValueError(f"line {line} of the body has `{{{{` that begins no `{{{{placeholder}}}}`")
    return {found["name"] for found in _PLACEHOLDER.finditer(text)}


def _front_matter(lines: list[str]) -> dict[str, object]:
    """Read `key: value` lines; the one list, `placeholders`, stands in brackets."""
    matter: dict[str, object] = {}
    for number, line in enumerate(lines, 2):
        key, colon, value = line.partition(":")
        value = value.strip()
        if not colon or key not in _KEYS:
            raise PromptError(f"line {number}, `{line}`: front matter has `key: value` with {_names(_KEYS)}.")
        if key in matter:
            raise PromptError(f"line {number}: `{key}` is there twice.")
        if not value:
            raise PromptError(f"line {number}: `{key}` has no value.")
        matter[key] = value
        if key == "number":
            if not value.isdecimal():
                raise PromptError(f"line {number}: `number` is {value!r}; write a whole number from 1.")
            matter[key] = int(value)
        if key == "placeholders":
            if not (value.startswith("[") and value.endswith("]")):
                raise PromptError(f"line {number}: write `placeholders: [one, two]`, or `[]` for none.")
            inner = value[1:-1].strip()
            matter[key] = tuple(name.strip() for name in inner.split(",")) if inner else ()
    if missing := [key for key in _KEYS if key not in matter and key not in _OPTIONAL]:
        raise PromptError(f"the front matter lacks {_names(missing)}.")
    return matter


def _names(names: "set[str] | list[str] | tuple[str, ...]") -> str:
    return ", ".join(f"`{name}`" for name in (sorted(names) if isinstance(names, set) else names))

"""One standard model: its five elements without data, and what a text sounds like that tells of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.markdown_read import from_markdown

FEWEST_NUMBERS = 10
"""What models ask of a text that name no number of their own."""
_FENCE = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StandardModel:
    """A formulation that lacks its data, and by which words it is known."""

    name: str
    """Its name, as in `maximum flow`."""
    when: str
    """What is decided, in a sentence."""
    formulation: Formulation
    """The five elements; sets without elements, parameters without values."""
    fewest: int
    """A text with fewer numbers is left to the LLM, which writes so little down well enough."""
    needs: tuple[re.Pattern[str], ...]
    """What a text must have, all of it."""
    never: tuple[re.Pattern[str], ...]
    """What a text must not have: it tells of something else, or of more."""
    rules: tuple[re.Pattern[str], ...]
    """How a text says what the model says already."""
    own: tuple[re.Pattern[str], ...]
    """Words that tell of a further rule elsewhere, and of the model's own here."""
    within: Mapping[str, str]
    """Sets of a single element, by the set that it is taken from."""
    mirrored: frozenset[str]
    """Parameters over pairs that are told one way alone where both are the same."""
    absent_is_zero: frozenset[str]
    """Parameters whose entries are zero where the text tells none."""
    once: frozenset[str]
    """Parameters over pairs that count once where both ways are told alike."""
    words: Mapping[str, re.Pattern[str]]
    """Words that what follows them is told of, by parameter, where several go over the same pairs."""
    larger: tuple[str, ...]
    """A set, and one that must not have more elements; empty for none."""
    idle: tuple[re.Pattern[str], ...]
    """What a text tells with numbers that the model does without."""
    assumed: str
    """What is assumed where whole numbers are taken and the text does not say so; empty where they are a matter of
    course."""
    split_where: re.Pattern[str] | None
    """What a text has whose whole numbers may be parts."""


@lru_cache(maxsize=1)
def library() -> tuple[StandardModel, ...]:
    """Return the standard models, by name."""
    folder = resources.files("fivefold.standard") / "library"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name)
    return tuple(_read(file.name.removesuffix(".md"), file.read_text("utf-8")) for file in files)


def _read(name: str, text: str) -> StandardModel:
    found = _FENCE.match(text)
    assert found is not None, f"{name} begins with +++"
    head = tomllib.loads(found[1])
    formulation, findings = from_markdown(text[found.end() :])
    assert formulation is not None and not findings, f"{name}: {[str(finding) for finding in findings]}"
    split = head.get("split_where")
    return StandardModel(
        name=name.replace("_", " "),
        when=head["when"],
        formulation=formulation,
        fewest=head.get("fewest", FEWEST_NUMBERS),
        needs=_patterns(head["needs"]),
        never=_patterns(head.get("never", ())),
        rules=_patterns(head["rules"]),
        own=_patterns(head.get("own", ())),
        within=MappingProxyType(head.get("within", {})),
        mirrored=frozenset(head.get("mirrored", ())),
        absent_is_zero=frozenset(head.get("absent_is_zero", ())),
        once=frozenset(head.get("once", ())),
        words=MappingProxyType({name: re.compile(word, re.IGNORECASE) for name, word in head.get("words", {}).items()}),
        larger=tuple(head.get("larger", ())),
        idle=_patterns(head.get("idle", ())),
        assumed=head.get("assumed", ""),
        split_where=re.compile(split, re.IGNORECASE) if split else None,
    )


def _patterns(texts: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text, re.IGNORECASE | re.DOTALL) for text in texts)

"""What may be changed, and a set of values for it; each value is checked by its own kind."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fivefold_prompts.version import PromptVersion

Candidate = Mapping[str, str]
"""Values by the name of their parameter; numbers, choices and switches as text."""


class Parameter(BaseModel):
    """One thing that may be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """As spans name it in `param_reads`."""
    kind: Literal["prompt", "text", "integer", "number", "choice", "switch"] = "prompt"
    """`prompt`: the body of a prompt with its headings; `text`: any text; the others are single values."""
    description: str = ""
    """What it is for, for whoever changes it."""
    placeholders: tuple[str, ...] = ()
    """What is filled in; exactly these stay in the text."""
    low: float | None = None
    """Smallest number allowed."""
    high: float | None = None
    """Largest number allowed."""
    choices: tuple[str, ...] = ()
    """What a choice may be."""
    longest: int = 20_000
    """Most characters of a text."""

    @property
    def textual(self) -> bool:
        """Whether parts of it can be edited."""
        return self.kind in ("prompt", "text")

    def fault(self, value: str) -> str | None:
        """Return why a value cannot be, or None."""
        if not self.textual:
            return self._scalar_fault(value)
        if len(value) > self.longest:
            return f"`{self.name}` would have {len(value)} characters; {self.longest} is the most"
        found = set(re.findall(r"\{\{([a-z][a-z0-9_]*)\}\}", value))
        if found != set(self.placeholders):
            missing = ", ".join(f"{{{{{name}}}}}" for name in sorted(set(self.placeholders) - found))
            extra = ", ".join(f"{{{{{name}}}}}" for name in sorted(found - set(self.placeholders)))
            told = [f"lacks {missing}"] * bool(missing) + [f"has {extra}, which nothing fills in"] * bool(extra)
            return f"`{self.name}` {' and '.join(told)}; keep every placeholder as it is"
        return self._prompt_fault(value) if self.kind == "prompt" else None

    def _prompt_fault(self, value: str) -> str | None:
        try:
            PromptVersion(name=self.name, number=1, text=value, placeholders=self.placeholders)
        except ValidationError as error:
            said = "; ".join(slip["msg"].removeprefix("Value error, ") for slip in error.errors())
            return f"`{self.name}` is no prompt: {said}"
        return None

    def _scalar_fault(self, value: str) -> str | None:
        if self.kind in ("choice", "switch"):
            allowed = self.choices if self.kind == "choice" else ("on", "off")
            return None if value in allowed else f"`{self.name}` must be one of {', '.join(allowed)}, not {value!r}"
        pattern = r"-?\d+" if self.kind == "integer" else r"-?\d+(\.\d+)?([eE][-+]?\d+)?"
        if len(value) > 30 or not re.fullmatch(pattern, value, re.ASCII):
            return f"`{self.name}` must be a plain {self.kind}, not {value[:40]!r}"
        if (self.low is not None and float(value) < self.low) or (self.high is not None and float(value) > self.high):
            return f"`{self.name}` must be between {self.low} and {self.high}, not {value}"
        return None


def candidate_id(candidate: Candidate) -> str:
    """Return the name for good of a set of values: SHA-256 of its canonical JSON."""
    return hashlib.sha256(json.dumps(dict(candidate), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def faults(parameters: Sequence[Parameter], candidate: Candidate) -> list[str]:
    """Return what is wrong with a set of values."""
    known = {parameter.name for parameter in parameters}
    found = [f"there is no parameter `{name}`" for name in sorted(set(candidate) - known)]
    found += [f"`{name}` has no value" for name in sorted(known - set(candidate))]
    told = (parameter.fault(candidate[parameter.name]) for parameter in parameters if parameter.name in candidate)
    return found + [fault for fault in told if fault is not None]

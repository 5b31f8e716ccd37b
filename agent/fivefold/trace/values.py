"""Values as text: the same for equal values, without secrets, and not too long."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, cast

from pydantic_core import to_json

VALUE_BYTES = 65_536
"""Most bytes kept of one value; a longer one loses its middle but keeps its hash."""

_SECRET = "[secret]"
_SECRET_SHAPES = re.compile(
    r"\b(?:sk|rk|pk)-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}"
    r"|\b(?:hf|gh[pousr]|github_pat|glpat|xox[abprs])[_-](?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|(?<=\bBearer )[A-Za-z0-9._~+/=-]{8,}"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)",
    re.IGNORECASE,
)
_MARKS = ("sk-", "rk-", "pk-", "hf_", "hf-", "ghp", "gho", "ghu", "ghs", "ghr", "github_pat", "glpat", "xox", "akia",
          "bearer ", "://")  # fmt: skip
"""One of these is in every text with such a secret, and they are found much quicker than the shapes."""
_SHORTEST_SECRET = 4


class Redactor:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {text for text in secrets if len(text) >= _SHORTEST_SECRET}
        known |= {json.dumps(text)[1:-1] for text in known}  # as it stands inside JSON
        ordered = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known is not None:
            text = self._known.sub(_SECRET, text)
        low = text.lower()
        return _SECRET_SHAPES.sub(_SECRET, text) if any(mark in low for mark in _MARKS) else text

    def data(self, value: Any) -> Any:
        """Return plain data with all its strings redacted; keys are names and stay."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {key: self.data(item) for key, item in cast("dict[str, Any]", value).items()}
            case list() | tuple():
                return [self.data(item) for item in cast("list[Any]", value)]
            case _:
                return value


def as_text(value: object) -> str:
    """Return the text of a value, the same for equal values; what cannot be told in JSON is told by its type."""
    if not isinstance(value, str):
        value = json.dumps(as_data(value), ensure_ascii=False, sort_keys=True)
    return value.encode("utf-8", "backslashreplace").decode()


def as_data(value: object) -> Any:
    """Return the value as JSON would give it back."""

    def name_of(other: object) -> str:
        return f"<{type(other).__name__}>"

    try:
        return json.loads(to_json(value, fallback=name_of))
    except ValueError:  # circles and lone surrogates; recording must not end the run
        return name_of(value)


def cut(text: str, sha256: str) -> tuple[str, int]:
    """Return what is kept of a text, and the size of the whole."""
    data = text.encode()
    if len(data) <= VALUE_BYTES:
        return text, len(data)
    half = VALUE_BYTES // 2
    head, tail = (part.decode("utf-8", "ignore") for part in (data[:half], data[-half:]))
    return f"{head}\n[... {len(data) - 2 * half} bytes of {sha256} left out ...]\n{tail}", len(data)


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

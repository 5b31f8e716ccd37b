"""How large an LLM is: from the files of its folder, or from its name where only that is known."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

_GIB = 2**30
_BYTES_A_WEIGHT = (
    (re.compile(r"awq|gptq|int4|w4a16|4bit|nf4|mxfp4|nvfp4", re.I), 0.62),
    (re.compile(r"fp8|int8|w8a8|8bit", re.I), 1.1),
)
"""Marks of quantization in a name, and bytes a weight with scales and the parts that stay 16-bit."""
_BILLIONS = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z0-9])", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of an LLM decides about memory."""

    weights_gib: float
    cache_kib: float
    """KiB of keys and values that one token takes."""
    heads: int | None = None
    """Attention heads; tensor parallelism cuts along them."""
    context: int | None = None
    """Longest text that it was made for, in tokens."""
    quantized: bool = False
    """Whether the weights are stored in fewer than 16 bits."""
    source: str
    """Where this is known from, in words."""


def shape_of(source: str) -> Shape | None:
    """Return the shape of an LLM given as a folder or as a name on the hub; None where nothing is known."""
    folder = Path(source)
    return shape_of_folder(folder) if folder.is_dir() else shape_of_name(source)


def shape_of_folder(folder: Path) -> Shape | None:
    """Return what `config.json` and the sizes of the weight files say."""
    try:
        read: Any = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(read, dict):
        return None
    whole = cast("dict[str, Any]", read)
    # LLMs that also see keep the language part in a section of its own.
    config = cast("dict[str, Any]", whole["text_config"]) if isinstance(whole.get("text_config"), dict) else whole
    size = sum(path.stat().st_size for ending in ("*.safetensors", "*.bin") for path in folder.glob(ending))
    heads = _whole(config.get("num_attention_heads"))
    layers, hidden = _whole(config.get("num_hidden_layers")), _whole(config.get("hidden_size"))
    kv_heads = _whole(config.get("num_key_value_heads")) or heads
    head_size = _whole(config.get("head_dim")) or (hidden // heads if hidden and heads else None)
    cache_kib = _guess_cache_kib(size / 2e9)
    if layers and kv_heads and head_size:
        # Keys and values, of two bytes each.
        cache_kib = 2 * 2 * layers * kv_heads * head_size / 1024
    return Shape(
        weights_gib=size / _GIB,
        cache_kib=cache_kib,
        heads=heads,
        context=_whole(config.get("max_position_embeddings")),
        quantized=isinstance(whole.get("quantization_config"), dict),
        source="its folder",
    )


def shape_of_name(name: str) -> Shape | None:
    """Return what a name such as `Qwen2.5-Coder-7B-Instruct-AWQ` says about the size; None where it says nothing."""
    found = _BILLIONS.search(name.replace("_", "-"))
    if found is None:
        return None
    experts = int(found.group(1) or 1)
    # Experts share their attention: eight of 7 billion are 47 billion, not 56.
    billions = float(found.group(2)) * (experts if experts == 1 else 0.84 * experts)
    bytes_a_weight = next((size for mark, size in _BYTES_A_WEIGHT if mark.search(name)), None)
    return Shape(
        weights_gib=billions * 1e9 * (bytes_a_weight or 2.0) / _GIB,
        cache_kib=_guess_cache_kib(float(found.group(2))),
        quantized=bytes_a_weight is not None,
        source="its name, roughly",
    )


def _guess_cache_kib(billions: float) -> float:
    """Return KiB a token as LLMs with grouped attention have it: 128 at 8 billion weights, growing with the root."""
    return float(128 * max(billions, 0.1) ** 0.5 / 8**0.5)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None

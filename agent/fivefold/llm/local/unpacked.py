"""Keeps GGUF weights unpacked for vLLM: made once, beside the data folder's other weights, and found again."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from fivefold.errors import LLMError, WeightsError
from fivefold.llm.local.lock import file_lock
from fivefold.llm.local.vllm import Installed
from fivefold.llm.local.weights import free_bytes

_NEEDS = ("gguf", "accelerate")
_GROWTH = 3.5
"""Size as 16-bit weights, in sizes of the 4-bit file."""
_LAST_LINES = 5


def unpacked_path(data_dir: Path, gguf: Path) -> Path:
    """Return the folder for the unpacked weights of a GGUF file."""
    return data_dir / "weights" / f"{gguf.stem}-bf16"


def unpack(data_dir: Path, gguf: Path, installed: Installed, say: Callable[[str], None]) -> Path:
    """Return the folder with the weights of `gguf` as vLLM reads them, making it where it is missing.

    Raises:
        WeightsError: There is no room on the disk, or the file cannot be read.
        LLMError: vLLM's environment lacks what reads GGUF.
    """
    folder = unpacked_path(data_dir, gguf)
    if (folder / "config.json").is_file():
        return folder
    with file_lock(folder.with_name(f"{folder.name}.lock")):
        if (folder / "config.json").is_file():
            return folder
        need = int(_GROWTH * gguf.stat().st_size)
        if free_bytes(folder.parent) < need:
            raise WeightsError(f"unpacking `{gguf.name}` for vLLM takes {need / 1e9:.1f} GB free in `{folder.parent}`")
        say(f"unpacking `{gguf.name}` for vLLM, {need / 1e9:.1f} GB, once; minutes ...")
        scratch = folder.with_name(f"{folder.name}.{os.getpid()}")
        try:
            _run(installed, gguf.resolve(), scratch)
            scratch.rename(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _run(installed: Installed, gguf: Path, folder: Path) -> None:
    # As a file: Fivefold is not installed in vLLM's environment.
    script = Path(__file__).with_name("unpack.py")
    command = [str(installed.python), str(script), str(gguf), str(folder)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    last = "\n".join(f"  {line}" for line in done.stderr.splitlines()[-_LAST_LINES:])
    if "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr:
        raise LLMError(
            f"reading GGUF takes `pip install {' '.join(_NEEDS)}` in the environment of `{installed.python}`\n{last}",
            kind="server",
        )
    raise WeightsError(f"`{gguf.name}` cannot be unpacked for vLLM\n{last}")

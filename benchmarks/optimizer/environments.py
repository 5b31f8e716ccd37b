"""Other prompt optimizers, each in a virtual environment of its own under a cache folder, and talks with them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).resolve().parent / "others"
PACKAGES: Mapping[str, tuple[str, ...]] = {
    # litellm 1.82.7 and 1.82.8 on PyPI stole credentials.
    "trace_opt": ("trace-opt==0.1.3.8", "litellm<1.82.7"),
    "gepa_search": ("gepa==0.1.4",),
}
# It is asked for and never imported, and brings half a gigabyte for graphics cards.
_LEFT_OUT = 'xgboost; sys_platform == "never"\n'


class MissingTool(Exception):
    """An environment cannot be made; the message says why."""


def default_cache() -> Path:
    """Return where environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fivefold-benchmarks"


def environment(name: str, cache: Path) -> Path:
    """Return the Python of a tool's environment, made on first use.

    Raises:
        MissingTool: there is no `uv`, or the packages cannot be installed.
    """
    python = cache / name / "bin" / "python"
    stamp = cache / name / "packages.txt"
    wanted = "\n".join(PACKAGES[name])
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise MissingTool("the environments of other tools are made with `uv`: pip install uv")
    cache.mkdir(parents=True, exist_ok=True)
    left_out = cache / "left_out.txt"
    left_out.write_text(_LEFT_OUT)
    make = [uv, "venv", "-q", "--clear", "--python", sys.executable, str(cache / name)]
    fill = [uv, "pip", "install", "-q", "--python", str(python), "--override", str(left_out), *PACKAGES[name]]
    for command in (make, fill):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingTool(f"{name} cannot be installed: {done.stderr[-400:]}")
    stamp.write_text(wanted)
    return python


class Other:
    """A running tool; it calls back while it works on a job."""

    def __init__(self, name: str, cache: Path) -> None:
        """Start it.

        Raises:
            MissingTool: its environment cannot be made.
        """
        python = environment(name, cache)
        self._log = (cache / f"{name}.log").open("w")
        self._process = subprocess.Popen(
            [str(python), str(FOLDER / f"{name}.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def work(self, job: Mapping[str, Any], answer: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, str]:
        """Return the candidate that comes of a job; `answer` answers the calls until then."""
        self._send(job)
        while True:
            line = self._read()
            if line["call"] == "done":
                return line["candidate"]
            self._send(answer(line))

    def _send(self, data: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(data) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the tool ended; see {self._log.name}")
        return json.loads(line)

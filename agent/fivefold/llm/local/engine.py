"""What starting a server takes to know about the program behind it; llama.cpp is the one that comes along."""

import importlib.util
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fivefold.errors import WeightsError
from fivefold.llm.local.record import DEFAULT_WEIGHTS
from fivefold.llm.local.weights import find


@dataclass(frozen=True, slots=True)
class Served:
    """Which LLM a server has."""

    llm: str
    """Name under which the server lists it."""
    source: str
    """File, folder or name on the hub that its weights come from."""


class Engine(Protocol):
    """A program that serves weights behind an OpenAI-compatible endpoint."""

    @property
    def name(self) -> str:
        """Its name in messages and in the state file."""
        ...

    @property
    def probe(self) -> str:
        """Path that is answered with 200 when the server is ready and the key is right, and with an error else."""
        ...

    @property
    def start_s(self) -> float:
        """How long loading the weights may take."""
        ...

    def missing(self) -> str | None:
        """Return how to install it where it is not installed, None where it is."""
        ...

    def locate(self, data_dir: Path, weights: Path | str | None) -> Served:
        """Return what is served for `weights`; None stands for those of the embedded LLM.

        Raises:
            WeightsError: They are not there, or this engine does not read them.
        """
        ...

    def command(self, served: Served, *, port: int, state_file: Path) -> list[str]:
        """Return the command that serves `served`; the token is read from `state_file`, never from here.

        The process writes its port and pid to `state_file` as soon as it answers, and ends by itself when
        that file goes or names another process.
        """
        ...

    def mend(self, log: str, exit_code: int | None) -> str | None:
        """Return what helps after a failed start, by what it wrote; None where that is not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaCpp:
    """llama.cpp through `xllamacpp`: CPU, GGUF weights, JSON Schema as a grammar."""

    slots: int = 2
    """Requests at once. More bring no throughput on a CPU; each costs prompt-cache hits and memory."""
    context: int = 8192
    """Tokens per slot."""
    threads: int | None = None
    """None: one a physical core."""
    idle_exit_s: float = 1800.0
    """Ends by itself after so long without a request; 0 never."""

    @property
    def name(self) -> str:
        """Return its name."""
        return "llama.cpp"

    @property
    def probe(self) -> str:
        """Return `/props`, which unlike `/health` wants the token."""
        return "/props"

    @property
    def start_s(self) -> float:
        """Return three minutes."""
        return 180.0

    def missing(self) -> str | None:
        """Return the mend where `xllamacpp` is not installed."""
        if importlib.util.find_spec("xllamacpp") is not None:
            return None
        return "the embedded LLM needs llama.cpp: `pip install 'fivefold[local]'`"

    def locate(self, data_dir: Path, weights: Path | str | None) -> Served:
        """Return a GGUF file: the user's own, or the pulled one."""
        found = find(data_dir, weights=None if weights is None else Path(weights))
        if found is None:
            raise WeightsError("the weights of the embedded LLM are not here yet; run `fivefold model pull`")
        llm = DEFAULT_WEIGHTS.llm if found.name == DEFAULT_WEIGHTS.file_name else found.stem
        return Served(llm=llm, source=str(found.resolve()))

    def command(self, served: Served, *, port: int, state_file: Path) -> list[str]:
        """Return the command of the server process."""
        command = [
            *(sys.executable, "-m", "fivefold.llm.local.serve"),
            *("--weights", served.source, "--port", str(port), "--state", str(state_file)),
            *("--slots", str(self.slots), "--context", str(self.context)),
            *("--idle-exit", str(self.idle_exit_s)),
        ]
        return command if self.threads is None else [*command, "--threads", str(self.threads)]

    def mend(self, log: str, exit_code: int | None) -> str | None:
        """Return what helps where instructions, memory or the OpenMP runtime are missing."""
        if exit_code == -int(signal.SIGILL):
            return (
                "this processor lacks instructions that the llama.cpp build uses; set `OPENAI_BASE_URL` to another LLM"
            )
        if exit_code == -9 or any(mark in log for mark in ("bad_alloc", "failed to allocate", "MemoryError")):
            return "there is not enough memory; it takes about 2.5 GB free"
        if "libgomp" in log:
            return "the OpenMP runtime is missing; install it, on Debian and Ubuntu with `apt-get install libgomp1`"
        return None

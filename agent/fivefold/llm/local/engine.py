"""What starting a server takes to know about the program behind it; llama.cpp is the one that comes along."""

import importlib.util
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fivefold.llm.local.state import ServerState


class Engine(Protocol):
    """A program that serves weights behind an OpenAI-compatible endpoint."""

    @property
    def name(self) -> str:
        """Its name in messages and in the state file."""
        ...

    def missing(self) -> str | None:
        """Return how to install it where it is not installed, None where it is."""
        ...

    def command(self, weights: Path, *, port: int, state_file: Path) -> list[str]:
        """Return the command that serves `weights`; the token is read from `state_file`, never from here.

        The process writes its port and pid to `state_file` as soon as it answers, and ends by itself when
        that file goes or names another process.
        """
        ...

    def ready(self, state: ServerState) -> bool:
        """Tell whether the server of `state` answers and takes its token."""
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

    def missing(self) -> str | None:
        """Return the mend where `xllamacpp` is not installed."""
        if importlib.util.find_spec("xllamacpp") is not None:
            return None
        return "the embedded LLM needs llama.cpp: `pip install 'fivefold[local]'`"

    def command(self, weights: Path, *, port: int, state_file: Path) -> list[str]:
        """Return the command of the server process."""
        command = [
            *(sys.executable, "-m", "fivefold.llm.local.serve"),
            *("--weights", str(weights), "--port", str(port), "--state", str(state_file)),
            *("--slots", str(self.slots), "--context", str(self.context)),
            *("--idle-exit", str(self.idle_exit_s)),
        ]
        return command if self.threads is None else [*command, "--threads", str(self.threads)]

    def ready(self, state: ServerState) -> bool:
        """Ask for `/props`, which unlike `/health` wants the token."""
        url = f"http://127.0.0.1:{state.port}/props"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {state.token}"})
        # A proxy of the environment must not see a request to this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10.0) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False

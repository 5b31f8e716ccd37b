"""`fivefold model start`: which engine, with which flags and why, and what it says while one waits."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.errors import CallerError

if TYPE_CHECKING:
    from fivefold.llm.local.engine import Served
    from fivefold.llm.local.hardware import Hardware
    from fivefold.llm.local.plan import Choice
    from fivefold.llm.local.server import RunningServer
    from fivefold.llm.local.vllm import Vllm
    from fivefold.settings import Settings

_LLAMA_SLOTS = 2
_LLAMA_CONTEXT = 8192
_LLAMA_IDLE_EXIT_S = 1800.0
_TELL_EVERY_S = 15.0
_STAGES = (
    ("Starting vLLM server", "almost there"),
    ("Capturing", "capturing graphs"),
    ("torch.compile", "compiling"),
    ("Loading weights took", "weights are loaded"),
    ("Loading safetensors", "loading weights"),
    ("Downloading", "fetching weights"),
    ("Initializing a V1 LLM engine", "starting the engine"),
)
"""What vLLM's log holds at a stage, latest first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `model start`."""
    parser.add_argument("--engine", choices=("llama.cpp", "vllm"), default="llama.cpp", help="default: llama.cpp")
    parser.add_argument(
        "--model",
        dest="source",
        metavar="NAME_OR_FOLDER",
        help="what vLLM serves: a name on the hub, a folder, or a GGUF file; default: the pulled weights",
    )
    parser.add_argument("--weights", type=Path, help="a GGUF file that llama.cpp serves instead of the pulled weights")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--slots", type=int, help="requests at once (llama.cpp: 2; vLLM: what the memory holds)")
    parser.add_argument("--context", type=int, help="tokens a request may take (llama.cpp: 8192; vLLM: by the machine)")
    parser.add_argument("--threads", type=int, help="default: one a physical core")
    parser.add_argument(
        "--idle-exit", type=float, metavar="SECONDS", help="llama.cpp ends when idle for so long (default: 1800)"
    )
    parser.add_argument("--show-key", action="store_true", help="print the key, for use as OPENAI_API_KEY")
    vllm = parser.add_argument_group("vLLM")
    vllm.add_argument(
        "--vllm-python", type=Path, metavar="PYTHON", help="default: FIVEFOLD_VLLM_PYTHON, or `vllm` on PATH"
    )
    vllm.add_argument("--dry-run", action="store_true", help="print the flags and why they are so; start nothing")
    vllm.add_argument("--gpus", type=int, help="use so many; with --dry-run also of a machine that is not this one")
    vllm.add_argument("--gpu-memory", type=float, metavar="GIB", help="with --dry-run: memory of each GPU")
    vllm.add_argument("--memory", type=float, metavar="GIB", help="with --dry-run: free memory beside the GPUs")
    vllm.add_argument("--tensor-parallel", type=int, metavar="N", help="GPUs that share one copy of the weights")
    vllm.add_argument(
        "--vllm-flag", action="append", default=[], metavar="FLAG", help="one more flag, as --vllm-flag=--seed=1"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Start what `args` ask for, or say how it would be started; return the exit code.

    Raises:
        FivefoldError: It could not be done; the message says the mend.
    """
    running = _start_vllm(args, settings) if args.engine == "vllm" else _start_llama(args, settings)
    if running is None:
        return 0
    print(f"{running.llm} at {running.base_url} (process {running.pid})")
    if args.show_key:
        print(f"OPENAI_BASE_URL={running.base_url}\nOPENAI_API_KEY={running.api_key}")
    return 0


def _start_llama(args: argparse.Namespace, settings: Settings) -> RunningServer:
    from fivefold.llm.local.engine import LlamaCpp
    from fivefold.llm.local.server import start

    if args.source or args.dry_run or args.gpus is not None:
        raise CallerError("`--model`, `--dry-run` and `--gpus` go with `--engine vllm`; llama.cpp takes `--weights`")
    engine = LlamaCpp(
        slots=args.slots or _LLAMA_SLOTS,
        context=args.context or _LLAMA_CONTEXT,
        threads=args.threads,
        idle_exit_s=_LLAMA_IDLE_EXIT_S if args.idle_exit is None else args.idle_exit,
    )
    return start(settings.data_dir, weights=args.weights, engine=engine, port=args.port)


def _start_vllm(args: argparse.Namespace, settings: Settings) -> RunningServer | None:
    from fivefold.errors import LLMError
    from fivefold.llm.local.hardware import look
    from fivefold.llm.local.plan import Wishes
    from fivefold.llm.local.server import start
    from fivefold.llm.local.vllm import Vllm, find_vllm

    described = args.gpu_memory is not None or args.memory is not None
    if described and not args.dry_run:
        raise CallerError("`--gpu-memory` and `--memory` describe another machine: they go with `--dry-run`")
    # The build that is here says nothing about a machine that is not.
    elsewhere = described or (args.dry_run and args.gpus is not None)
    engine = Vllm(
        hardware=_hardware(args, look()),
        installed=None if elsewhere else find_vllm(args.vllm_python or settings.vllm_python),
        wishes=Wishes(
            context=args.context, requests=args.slots, threads=args.threads, tensor_parallel=args.tensor_parallel
        ),
        more_flags=tuple(args.vllm_flag),
    )
    if args.dry_run:
        print("\n".join(explain(engine, _served(args, settings, engine))))
        return None
    mend = engine.missing()
    if mend is not None:
        raise LLMError(mend, kind="server")
    return start(
        settings.data_dir,
        weights=_source(args, settings, engine),
        engine=engine,
        port=args.port,
        progress=_Teller(settings.data_dir).tell,
    )


def _hardware(args: argparse.Namespace, here: Hardware) -> Hardware:
    from fivefold.llm.local.hardware import imagine

    if not args.dry_run and args.gpus is not None and args.gpus > len(here.gpus):
        raise CallerError(f"`--gpus {args.gpus}`, but this machine has {len(here.gpus)} (`fivefold doctor`)")
    return imagine(here, gpus=args.gpus, gpu_memory_gib=args.gpu_memory, memory_gib=args.memory)


def _source(args: argparse.Namespace, settings: Settings, engine: Vllm) -> str:
    """Return what vLLM is to serve, GGUF files unpacked."""
    from fivefold.llm.local.unpacked import unpack
    from fivefold.llm.local.weights import find

    given = args.source or args.weights
    if given is not None and Path(given).suffix != ".gguf":
        return str(given)
    gguf = find(settings.data_dir, weights=None if given is None else Path(given))
    if gguf is None:
        raise CallerError("say what to serve with `--model`, or fetch the embedded LLM with `fivefold model pull`")
    if engine.installed is None:
        raise CallerError("a GGUF file can only be unpacked where vLLM is installed")
    return str(unpack(settings.data_dir.resolve(), gguf, engine.installed, _say))


def _served(args: argparse.Namespace, settings: Settings, engine: Vllm) -> Served:
    """Return what would be served; nothing is unpacked for it."""
    from fivefold.llm.local.engine import Served
    from fivefold.llm.local.record import DEFAULT_WEIGHTS
    from fivefold.llm.local.unpacked import unpacked_path

    given = args.source or args.weights
    if given is not None and Path(given).suffix != ".gguf":
        return engine.locate(settings.data_dir, given)
    folder = unpacked_path(settings.data_dir, Path(given or DEFAULT_WEIGHTS.file_name))
    return Served(llm=folder.name, source=str(folder))


def explain(engine: Vllm, served: Served) -> list[str]:
    """Return the command that would serve `served`, a line a flag, each with its reason."""
    from fivefold.llm.local.plan import Choice
    from fivefold.llm.local.shape import shape_of

    shape = shape_of(served.source)
    plan = engine.plan(served)
    size = "of a size that its name does not tell"
    if shape is not None:
        size = f"{shape.weights_gib:.1f} GiB of weights, {shape.cache_kib:.0f} KiB of cache a token ({shape.source})"
    own = [Choice(flag, "", "your own") for flag in engine.more_flags]
    flags = [
        Choice("--host", "127.0.0.1", "nobody else's machine reaches it"),
        Choice("--served-model-name", served.llm, "the name that clients give"),
        *plan.flags,
        *own,
    ]
    key = Choice("VLLM_API_KEY", "...", "made at each start; kept in a file that only you can read")
    return [
        f"vLLM     {engine.installed.words() if engine.installed else 'not looked for, or not here'}",
        f"machine  {engine.hardware.words()}",
        f"LLM      {served.llm}: {size}",
        "",
        f"vllm serve {served.source}",
        *_table(flags, " "),
        "environment",
        *_table([*plan.environment, key], "="),
        "",
        "in one line:",
        shlex.join(["vllm", "serve", served.source, *engine.arguments(served)]),
    ]


def _table(choices: list[Choice], between: str) -> list[str]:
    shown = [f"{choice.name}{between}{choice.value}".rstrip() for choice in choices]
    width = min(48, max(map(len, shown)))
    return [f"  {text:<{width}}  {choice.why}" for text, choice in zip(shown, choices, strict=True)]


class _Teller:
    """Says how a start goes on, from time to time."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._next_s = 0.0

    def tell(self, waited_s: float) -> None:
        """Say a line if the last one is old enough."""
        if waited_s < self._next_s:
            return
        self._next_s = waited_s + _TELL_EVERY_S
        _say(f"starting vLLM: {waited_s:.0f} s, {stage(self._log())}")

    def _log(self) -> str:
        from fivefold.llm.local.state import log_path

        try:
            return log_path(self._data_dir).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def stage(log: str) -> str:
    """Return how far a starting vLLM is, by its log."""
    return next((words for mark, words in _STAGES if mark in log), "loading libraries")

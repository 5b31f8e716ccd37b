"""Chooses the flags of `vllm serve` for a machine and an LLM, each with its reason; one way for GPUs and processors."""

import math
from dataclasses import dataclass

from fivefold.errors import CallerError
from fivefold.llm.local.hardware import Hardware
from fivefold.llm.local.shape import Shape

_GPU_SHARE = 0.90
"""Part of a GPU's memory that vLLM may take; the rest is for the driver and peaks."""
_GPU_WORK_GIB = 2.0
"""Activations and captured graphs, on each GPU."""
_CPU_WORK_GIB = 4.0
"""Libraries and activations of the server's processes."""
_REQUEST_TOKENS = 3000
"""Question and answer of one step of the agent, generously."""
_CONTEXT = {"gpu": 16384, "cpu": 8192}
_MOST_REQUESTS = 256
_REQUESTS_A_CORE = 8
_CPU_CACHE_SHARE = 0.5
"""Part of the free memory beside the weights that keys and values may take."""
_SMALLEST_CACHE_GIB = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One flag or variable, and why it is so."""

    name: str
    value: str
    """Empty for a flag that takes none."""
    why: str

    def words(self) -> list[str]:
        """Return it as arguments of a command."""
        return [self.name, self.value] if self.value else [self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user settles; None leaves it to the plan."""

    context: int | None = None
    """Tokens that one request may take."""
    requests: int | None = None
    """Requests at once."""
    threads: int | None = None
    """Threads on a processor."""
    tensor_parallel: int | None = None
    """GPUs that share one copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to serve: flags of `vllm serve` and variables of its environment."""

    flags: tuple[Choice, ...]
    environment: tuple[Choice, ...]

    def arguments(self) -> list[str]:
        """Return the flags as arguments of a command."""
        return [word for choice in self.flags for word in choice.words()]


def make_plan(hardware: Hardware, shape: Shape | None, wishes: Wishes, *, offline: bool) -> Plan:
    """Return flags and environment.

    Args:
        hardware: Where it is to run; with GPUs they are used, without the processor.
        shape: Size of the LLM; None where nothing is known.
        wishes: What the user settles.
        offline: Whether the weights are on the disk, so that nothing needs to be fetched.

    Raises:
        CallerError: The LLM does not fit; the message says what would.
    """
    if hardware.gpus:
        flags, environment = _for_gpus(hardware, shape, wishes), list[Choice]()
    else:
        flags, environment = _for_processor(hardware, shape, wishes)
    flags += _ALWAYS
    environment += _QUIET
    if offline:
        environment.append(Choice("HF_HUB_OFFLINE", "1", "the weights are here: nothing is asked of the hub"))
    return Plan(flags=tuple(flags), environment=tuple(environment))


_ALWAYS = [
    Choice("--enable-prefix-caching", "", "the agent's questions begin alike: what was read once is not read again"),
    Choice(
        "--structured-outputs-config.backend",
        "auto",
        "xgrammar where it holds the schema, another one where not: a fixed one would refuse some schemas",
    ),
    Choice("--generation-config", "vllm", "temperature and penalties are the agent's, not those in the LLM's folder"),
]
_QUIET = [
    Choice("VLLM_NO_USAGE_STATS", "1", "nothing is reported to anybody"),
    Choice("DO_NOT_TRACK", "1", "the same"),
]


def _for_gpus(hardware: Hardware, shape: Shape | None, wishes: Wishes) -> list[Choice]:
    smallest = min(hardware.gpus, key=lambda gpu: gpu.memory_gib)
    share = _share(smallest.memory_gib, smallest.free_gib)
    room = share * smallest.memory_gib - _GPU_WORK_GIB
    together, why = _together(len(hardware.gpus), room, shape, wishes)
    copies = len(hardware.gpus) // together
    cache_gib = None if shape is None else together * room - shape.weights_gib
    context = _context("gpu", shape, cache_gib, wishes)
    flags = [Choice("--tensor-parallel-size", str(together), why)]
    if copies > 1:
        each = "each GPU gets" if together == 1 else f"each {together} GPUs get"
        reason = f"{each} a whole copy: {copies} copies answer more requests than one spread over all"
        flags.append(Choice("--data-parallel-size", str(copies), reason))
    return [
        *flags,
        _gpu_numbers(min(gpu.capability for gpu in hardware.gpus), shape),
        Choice("--gpu-memory-utilization", f"{share:.2f}", _share_words(smallest.memory_gib, smallest.free_gib)),
        context,
        _requests(
            shape, cache_gib, int(context.value), _MOST_REQUESTS, wishes, f"a GPU keeps up with {_MOST_REQUESTS}"
        ),
    ]


def _share(total_gib: float, free_gib: float) -> float:
    """Return the part of a GPU's memory to ask for; what others hold is not to be had."""
    share = min(_GPU_SHARE, math.floor(100 * (free_gib - 0.5) / total_gib) / 100)
    if share < 0.1:
        raise CallerError(
            f"the GPU has {free_gib:.1f} of {total_gib:.0f} GiB free: end what holds it, or use the processor "
            "with `--gpus 0`"
        )
    return share


def _share_words(total_gib: float, free_gib: float) -> str:
    if _share(total_gib, free_gib) < _GPU_SHARE:
        return f"others hold {total_gib - free_gib:.1f} of {total_gib:.0f} GiB"
    return "a tenth stays free for the driver and for peaks"


def _together(gpus: int, room: float, shape: Shape | None, wishes: Wishes) -> tuple[int, str]:
    """Return how many GPUs share one copy, and why: as few as hold the weights and four full requests."""
    if wishes.tensor_parallel is not None:
        if not 1 <= wishes.tensor_parallel <= gpus:
            raise CallerError(f"`--tensor-parallel {wishes.tensor_parallel}` on a machine with {gpus} GPU(s)")
        return wishes.tensor_parallel, "as asked for"
    fitting = [count for count in range(1, gpus + 1) if _divides(count, shape)]
    if shape is None:
        return fitting[-1], "the size of the LLM is not known: all GPUs that can share it do"
    context = wishes.context or min(_CONTEXT["gpu"], shape.context or _CONTEXT["gpu"])
    need = 4 * context * shape.cache_kib / 2**20
    weights = f"weights of {shape.weights_gib:.1f} GiB (from {shape.source})"
    for count in fitting:
        if count * room - shape.weights_gib >= need:
            which = "one GPU" if count == 1 else f"{count} GPUs together"
            return count, f"{weights} and the cache fit into {which}; more would only add talk between GPUs"
    if fitting[-1] * room - shape.weights_gib < _SMALLEST_CACHE_GIB:
        raise CallerError(
            f"{weights} do not fit into {fitting[-1]} GPU(s) with {room:.0f} GiB each for them: take a smaller LLM, "
            "a quantized one (AWQ, GPTQ, FP8), or more GPUs"
        )
    return fitting[-1], f"{weights} fit, with a smaller cache than four full requests take"


def _divides(count: int, shape: Shape | None) -> bool:
    """Return whether attention can be cut into so many parts; where heads are not known, powers of two can."""
    if shape is None or shape.heads is None:
        return count & (count - 1) == 0
    return shape.heads % count == 0


def _gpu_numbers(capability: float, shape: Shape | None) -> Choice:
    if shape is not None and shape.quantized:
        return Choice("--dtype", "auto", "as the quantized weights say")
    if capability >= 8.0:
        return Choice("--dtype", "bfloat16", f"compute capability {capability} has it")
    return Choice("--dtype", "float16", f"compute capability {capability} has no bfloat16 (that came with 8.0)")


def _for_processor(hardware: Hardware, shape: Shape | None, wishes: Wishes) -> tuple[list[Choice], list[Choice]]:
    weights = 0.0 if shape is None else shape.weights_gib
    room = hardware.free_gib - weights - _CPU_WORK_GIB
    if room < _SMALLEST_CACHE_GIB:
        raise CallerError(
            f"weights of {weights:.1f} GiB, {_CPU_WORK_GIB:.0f} for the server and {_SMALLEST_CACHE_GIB} for its "
            f"cache do not fit into {hardware.free_gib:.1f} GiB of free memory: take a smaller LLM, or llama.cpp "
            "with 4-bit weights (`fivefold model start`)"
        )
    cache = max(_SMALLEST_CACHE_GIB, math.floor(_CPU_CACHE_SHARE * room))
    most = _REQUESTS_A_CORE * hardware.cores
    if shape is not None:
        # More than the requests at once can fill would only be taken from others.
        full = (wishes.requests or most) * _REQUESTS_TO_KEEP * _REQUEST_TOKENS * shape.cache_kib / 2**20
        cache = max(_SMALLEST_CACHE_GIB, min(cache, math.ceil(full)))
    context = _context("cpu", shape, float(cache), wishes)
    nodes = hardware.numa_nodes if shape is not None and _divides(hardware.numa_nodes, shape) else 1
    why = "one group of cores" if nodes == 1 else f"{nodes} groups of cores, each beside its own memory"
    flags = [
        Choice("--tensor-parallel-size", str(wishes.tensor_parallel or nodes), why),
        _processor_numbers(hardware, shape),
        context,
        _requests(shape, float(cache), int(context.value), most, wishes, f"{_REQUESTS_A_CORE} a core"),
        Choice("--enforce-eager", "", "compiling takes minutes at each start and gains little on a processor"),
    ]
    return flags, [
        Choice("VLLM_CPU_KVCACHE_SPACE", str(cache), f"GiB for keys and values, of {hardware.free_gib:.0f} free"),
        *_threads(hardware, wishes),
    ]


_REQUESTS_TO_KEEP = 2
"""Times the requests at once whose keys and values are kept, so that prefixes of earlier ones are still there."""


def _processor_numbers(hardware: Hardware, shape: Shape | None) -> Choice:
    if shape is not None and shape.quantized:
        return Choice("--dtype", "auto", "as the quantized weights say")
    if hardware.bfloat16:
        return Choice("--dtype", "bfloat16", "the processor multiplies it in hardware")
    return Choice("--dtype", "bfloat16", "half the memory to read of float32, and reading is what takes the time")


def _threads(hardware: Hardware, wishes: Wishes) -> list[Choice]:
    # Spinning threads lose most of their speed as soon as anything else runs on the same cores.
    asleep = Choice("OMP_WAIT_POLICY", "passive", "waiting threads sleep, so that others on these cores are not slowed")
    if wishes.threads is None:
        why = "a thread on each physical core but one, which vLLM keeps for its scheduler"
        return [Choice("VLLM_CPU_OMP_THREADS_BIND", "auto", why), asleep]
    if not 1 <= wishes.threads <= hardware.cores:
        raise CallerError(f"`--threads {wishes.threads}` on a machine with {hardware.cores} core(s) for it")
    last = wishes.threads - 1
    return [Choice("VLLM_CPU_OMP_THREADS_BIND", f"0-{last}" if last else "0", "as asked for"), asleep]


def _context(kind: str, shape: Shape | None, cache_gib: float | None, wishes: Wishes) -> Choice:
    """Return the longest request: what the agent needs, no more than the LLM and the cache hold."""
    most, why = _CONTEXT[kind], "questions of the agent with their tables and answers stay below it"
    if wishes.context is not None:
        most, why = wishes.context, "as asked for"
    elif shape is not None and shape.context is not None and shape.context < most:
        most, why = shape.context, "the LLM was made for no more"
    if shape is not None and cache_gib is not None:
        holds = int(cache_gib * 2**20 / shape.cache_kib) // 256 * 256
        if holds < most:
            most, why = max(holds, 256), "the cache holds no more"
    return Choice("--max-model-len", str(most), why)


def _requests(
    shape: Shape | None, cache_gib: float | None, context: int, most: int, wishes: Wishes, limit: str
) -> Choice:
    """Return how many requests run at once: as many as the cache holds, up to `most`."""
    if wishes.requests is not None:
        return Choice("--max-num-seqs", str(wishes.requests), "as asked for")
    if shape is None or cache_gib is None:
        return Choice("--max-num-seqs", str(most), limit)
    held = int(cache_gib * 2**20 / (shape.cache_kib * min(context, _REQUEST_TOKENS)))
    if held < most:
        return Choice("--max-num-seqs", str(max(1, held)), f"the cache holds so many of {_REQUEST_TOKENS} tokens each")
    return Choice("--max-num-seqs", str(most), f"{limit}; the cache would hold {held}")

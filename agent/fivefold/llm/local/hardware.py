"""What a machine has that an LLM server can use: GPUs, processor, memory; looked at, or as a user describes it."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fivefold.errors import CallerError

_NVIDIA_SMI = ("nvidia-smi", "--query-gpu=name,memory.total,memory.free,compute_cap", "--format=csv,noheader,nounits")
_ABILITIES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
"""Marks in `/proc/cpuinfo` that decide how fast a processor multiplies matrices; the last two are ARM's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU."""

    name: str
    memory_gib: float
    free_gib: float
    """What no other process holds now."""
    capability: float
    """CUDA compute capability, e.g. 8.0 for an A100, 9.0 for an H100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A machine, as far as an LLM server cares."""

    gpus: tuple[Gpu, ...] = ()
    cores: int = 1
    """Physical cores that this process may use."""
    numa_nodes: int = 1
    """Groups of cores with memory of their own."""
    memory_gib: float = 0.0
    free_gib: float = 0.0
    """Memory that can still be had, a container's limit included."""
    abilities: frozenset[str] = frozenset()
    """What the processor can do, as `/proc/cpuinfo` calls it."""

    @property
    def bfloat16(self) -> bool:
        """Whether the processor multiplies 16-bit numbers in hardware."""
        return bool(self.abilities & {"avx512_bf16", "amx_bf16", "bf16"})

    def words(self) -> str:
        """Return the machine in one line."""
        return f"{gpu_words(self.gpus)}, {self.processor_words()}"

    def processor_words(self) -> str:
        """Return processor and memory in a few words."""
        marks = ", ".join(mark for mark in _ABILITIES if mark in self.abilities)
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}{f' ({marks})' if marks else ''}"
        return f"{cores}, {self.memory_gib:.0f} GiB of memory, {self.free_gib:.0f} free"


def gpu_words(gpus: tuple[Gpu, ...]) -> str:
    """Return the GPUs in a few words."""
    if not gpus:
        return "no GPU"
    names = sorted({f"{gpu.name} ({gpu.memory_gib:.0f} GiB, compute capability {gpu.capability})" for gpu in gpus})
    return f"{len(gpus)} x {' and '.join(names)}"


def look() -> Hardware:
    """Return what this machine has."""
    memory, free = _memory()
    return Hardware(
        gpus=find_gpus(),
        cores=physical_cores(),
        numa_nodes=max(1, len(list(Path("/sys/devices/system/node").glob("node[0-9]*")))),
        memory_gib=memory,
        free_gib=free,
        abilities=read_abilities(_text("/proc/cpuinfo")),
    )


def imagine(base: Hardware, *, gpus: int | None, gpu_memory_gib: float | None, memory_gib: float | None) -> Hardware:
    """Return another machine: `base` with what the user says about it.

    Raises:
        CallerError: There is no such machine.
    """
    if (gpus is not None and gpus < 0) or (gpu_memory_gib is not None and gpu_memory_gib <= 0):
        raise CallerError("`--gpus` must be 0 or more and `--gpu-memory` above 0")
    if memory_gib is not None:
        base = replace(base, memory_gib=memory_gib, free_gib=memory_gib)
    count = len(base.gpus) if gpus is None else gpus
    if gpu_memory_gib is None and count <= len(base.gpus):
        return replace(base, gpus=base.gpus[:count])
    room = 80.0 if gpu_memory_gib is None else gpu_memory_gib
    # bfloat16 came with compute capability 8.0; most GPUs in service have it.
    described = Gpu(name="described GPU", memory_gib=room, free_gib=room, capability=8.0)
    return replace(base, gpus=(described,) * count)


def find_gpus() -> tuple[Gpu, ...]:
    """Return the NVIDIA GPUs that the driver lists; none where there is no driver."""
    try:
        done = subprocess.run(_NVIDIA_SMI, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return read_gpus(done.stdout) if done.returncode == 0 else ()


def read_gpus(table: str) -> tuple[Gpu, ...]:
    """Return the GPUs of a table of `nvidia-smi`; lines that are none are left out."""
    found = list[Gpu]()
    for line in table.splitlines():
        parts = [part.strip() for part in line.split(",")]
        try:
            name, total, free, capability = parts
            gpu = Gpu(
                name=name,
                memory_gib=float(total) / 1024,
                free_gib=float(free) / 1024,
                capability=float(capability),
            )
        except ValueError:
            continue
        found.append(gpu)
    return tuple(found)


def read_abilities(cpuinfo: str) -> frozenset[str]:
    """Return which of the abilities that matter the first processor lists."""
    line = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(line.group(1).split() if line else ()) & frozenset(_ABILITIES)


def physical_cores() -> int:
    """Return how many physical cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        cores = set[str]()
        for cpu in os.sched_getaffinity(0):
            siblings = _text(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            cores.add(siblings.strip() or str(cpu))
        return max(1, len(cores))
    return os.cpu_count() or 1


def _memory() -> tuple[float, float]:
    """Return GiB in all and free, no more than a container may take."""
    amounts = read_meminfo(_text("/proc/meminfo"))
    total, free = amounts.get("MemTotal", 0.0), amounts.get("MemAvailable", 0.0)
    limit, used = _text("/sys/fs/cgroup/memory.max").strip(), _text("/sys/fs/cgroup/memory.current").strip()
    if limit.isdigit():
        allowed = int(limit) / 2**30
        total = min(total, allowed)
        free = min(free, allowed - int(used or 0) / 2**30)
    return total, max(0.0, free)


def read_meminfo(meminfo: str) -> Mapping[str, float]:
    """Return the amounts of `/proc/meminfo` in GiB."""
    return {name: int(amount) / 2**20 for name, amount in re.findall(r"^(\w+):\s+(\d+) kB$", meminfo, re.MULTILINE)}


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

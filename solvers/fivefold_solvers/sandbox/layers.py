"""The layers that hold a program, each of which can be left out to see what rests on it.

Leaving one out is for tests and benchmarks; `run` and `arun` always use all that the machine has.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers are put around a program."""

    namespaces: bool = True
    """Own users, mounts, processes, network, messages and host name; a read-only root; a file system per run."""
    landlock: bool = True
    """Rules for files, and with newer kernels for TCP and signals, that a process can only tighten."""
    seccomp: bool = True
    """An allow-list of system calls."""
    rlimits: bool = True
    """The kernel's limits for CPU time, memory, file size and open files."""
    environment: bool = True
    """An environment of our own instead of the caller's."""
    watch: bool = True
    """The caller's watch over time, output, threads, memory and disk."""


ALL = Layers()
WITHOUT_NAMESPACES = Layers(namespaces=False)

"""The zygotes of this process: started when first needed, shared by threads, renewed, ended with the process."""

import atexit
import contextlib
import os
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fivefold_solvers.program import Program
from fivefold_solvers.sandbox.environment import remove_folder, run_folder, sweep_folders
from fivefold_solvers.sandbox.errors import ChildGoneError, SandboxError, StartError, ZygoteGoneError
from fivefold_solvers.sandbox.jailed import run_newborn
from fivefold_solvers.sandbox.levels import Isolation, Level
from fivefold_solvers.sandbox.probing import LIMITS, judged, probe
from fivefold_solvers.sandbox.zygotes import Kind, Newborn, RefusedError, Zygote, start

CHILDREN = 1000
"""Children of one zygote, after which a fresh one takes its place."""
_FAMILIES = (
    ("ortools", re.compile(r"\bortools\b")),
    ("frames", re.compile(r"\bpandas\b")),
    ("ipopt", re.compile(r"\bcasadi\b")),
    ("nlp", re.compile(r"\bscip|\bpyscipopt\b", re.IGNORECASE)),
    ("pyomo", re.compile(r"\bpyomo\b|\bhighspy\b")),
)


def family_of(program: Program) -> str:
    """Return the family whose libraries a program's text names; a wrong guess only costs the import."""
    named = next((family for family, pattern in _FAMILIES if pattern.search(program.source)), None)
    return named or ("pyomo" if program.library == "pyomo" else "ortools")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Place:
    """Where the zygote of one kind stands, or why there is none."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    zygote: Zygote | None = None
    isolation: Isolation | None = None


_places: dict[Kind, _Place] = {}
_lock = threading.Lock()
slots = threading.BoundedSemaphore(cores())
"""Programs that run at once, all kinds together."""


def isolation_of(kind: Kind) -> Isolation:
    """Return how well children of a kind are held; starts its zygote where there is none."""
    place = _place(kind)
    with place.lock:
        if place.isolation is None:
            _renew(kind, place)
        assert place.isolation is not None
        return place.isolation


@contextlib.contextmanager
def child(
    kind: Kind, files: Sequence[tuple[str, int, int]] = (), *, spare: bool = True
) -> Generator[tuple[Newborn, Isolation]]:
    """Give a child of a kind, a spare one where there is one, and see to what comes after it.

    Raises:
        StartError: no zygote of this kind can be had.
    """
    place = _place(kind)
    with place.lock:
        zygote = place.zygote
        if zygote is None or zygote.doubted or zygote.spawned >= CHILDREN or not zygote.alive:
            zygote = _renew(kind, place)
        isolation = place.isolation
        assert isolation is not None
        if zygote is None:
            raise StartError(f"No program can be held as asked here: {'; '.join(isolation.missing)}.")
        zygote.active += 1
        newborn = _spare(zygote) if spare and not files else None
    folder = newborn.folder if newborn is not None else None
    try:
        if newborn is None:
            folder = _folder(zygote, files)
            newborn = zygote.spawn(folder, files)
        yield newborn, isolation
    except ChildGoneError:
        raise
    except ZygoteGoneError:
        zygote.doubted = True
        raise
    finally:
        if folder is not None:
            remove_folder(folder)
        _give_back(zygote, place, spare=spare)


def _spare(zygote: Zygote) -> Newborn | None:
    """Return a spare child that lives; others, which the host's memory keeper may have ended, are cleared away."""
    while zygote.spares:
        newborn = zygote.spares.pop()
        if newborn.alive():
            return newborn
        _clear(newborn)
    return None


def _clear(newborn: Newborn) -> None:
    newborn.discard()
    if newborn.folder is not None:
        remove_folder(newborn.folder)


def warm(kind: Kind) -> None:
    """Have a zygote and one spare child of a kind ready."""
    if isolation_of(kind).level.rank < Level.CONFINED.rank:
        return
    with child(kind) as (newborn, _):
        newborn.discard()


def doubt(kind: Kind) -> None:
    """Have the zygote of a kind replaced before its next child."""
    zygote = _place(kind).zygote
    if zygote is not None:
        zygote.doubted = True


def zygotes() -> list[Zygote]:
    """Return the zygotes that this process has."""
    with _lock:
        return [place.zygote for place in _places.values() if place.zygote is not None]


def close_all() -> None:
    """End every zygote of this process with all that they started."""
    with _lock:
        places = list(_places.values())
        _places.clear()
    for place in places:
        with place.lock:
            _drop(place)


def _place(kind: Kind) -> _Place:
    with _lock:
        return _places.setdefault(kind, _Place())


def _renew(kind: Kind, place: _Place) -> Zygote | None:
    """Start a zygote in the place of an old one, and test it; return None where this machine cannot have one."""
    _drop(place)
    sweep_folders()
    missing: tuple[str, ...] = ()
    layers = kind.layers
    zygote: Zygote | None = None
    while zygote is None:
        try:
            zygote = start(replace(kind, layers=layers))
        except RefusedError as refusal:
            layer, reason = refusal.args
            missing = (*missing, f"no {layer}: {reason}")
            if layer != "namespaces":
                place.isolation = Isolation(Level.LIMITED, missing)
                return None
            layers = replace(layers, namespaces=False)
    try:
        place.isolation = _tested(zygote, missing)
    except BaseException:
        zygote.close()
        raise
    place.zygote = zygote
    return zygote


def _tested(zygote: Zygote, missing: tuple[str, ...]) -> Isolation:
    with probe() as (program, host):
        folder = _folder(zygote, ())
        try:
            # Without its folder, so that the watch over disk use does not end the test of the quota.
            newborn = replace(zygote.spawn(folder), folder=None)
            result = run_newborn(newborn, program, LIMITS, zygote.kind.layers, None, None, "none")
        finally:
            if folder is not None:
                remove_folder(folder)
        return judged(result, host.saw(), missing)


def _folder(zygote: Zygote, files: Sequence[tuple[str, int, int]]) -> Path | None:
    return None if zygote.kind.layers.namespaces else run_folder(files)


def _give_back(zygote: Zygote, place: _Place, *, spare: bool) -> None:
    with place.lock:
        zygote.active -= 1
        if place.zygote is not zygote:
            if zygote.active == 0:
                zygote.close()
            return
        if zygote.doubted or not spare or len(zygote.spares) >= cores() or zygote.spawned >= CHILDREN:
            return
        # Locked down while nobody waits, for whoever comes next.
        folder = None
        try:
            folder = _folder(zygote, ())
            zygote.spares.append(zygote.spawn(folder))
        except (SandboxError, OSError):
            if folder is not None:
                remove_folder(folder)


def _drop(place: _Place) -> None:
    """Take the zygote out of its place; one that still has runs is closed by the last of them."""
    zygote, place.zygote = place.zygote, None
    if zygote is None:
        return
    for old in zygote.spares:
        _clear(old)
    zygote.spares.clear()
    if zygote.active == 0:
        zygote.close()


def _forget() -> None:
    """In a fork of this process: leave the zygotes to the parent, whose they are."""
    global _lock, slots
    _lock, slots = threading.Lock(), threading.BoundedSemaphore(cores())
    for place in _places.values():
        if place.zygote is not None:
            place.zygote.control.close()
            place.zygote.process.returncode = 0  # so that nobody waits for another process's child
    _places.clear()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

__all__ = ["CHILDREN", "child", "close_all", "cores", "doubt", "family_of", "isolation_of", "slots", "warm", "zygotes"]

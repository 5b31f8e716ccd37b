"""How well programs are held on this machine: four levels, found by trying and never by what is configured.

`strict`: no file, network, process or signal of the host can be reached, and every resource has a quota.
`confined`: the same, but the host's paths can be looked at (not read) and disk use is only polled.
`limited`: time, memory, output and a clean environment; **no security boundary**.
`none`: not even that.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well a program is held, from worst to best."""

    NONE = "none"
    LIMITED = "limited"
    CONFINED = "confined"
    STRICT = "strict"

    @property
    def rank(self) -> int:
        """Return its place from 0, none, to 3, strict."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Isolation:
    """What was found by trying."""

    level: Level
    """The best level whose every probe held."""
    missing: tuple[str, ...] = ()
    """What keeps the level from being better, each with its reason."""
    held: tuple[str, ...] = ()
    """Names of the probes that were stopped."""

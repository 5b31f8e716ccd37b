"""Where attempts are made: on this machine, or on the nodes of a Ray cluster. The record is the same."""

from fivefold_benchmarks.engines.engine import NODE, Engine, Load
from fivefold_benchmarks.engines.here import Here

__all__ = ["NODE", "Engine", "Here", "Load"]

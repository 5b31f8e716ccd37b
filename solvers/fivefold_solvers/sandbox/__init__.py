"""Running of solver programs that nobody has read: one confined child process per program.

`run` and `arun` are the whole face. What a program does, however bad, is data in the `ExecutionResult`;
only a machine that cannot run programs at all raises `SandboxError`.
"""

from fivefold_solvers.sandbox.errors import SandboxError
from fivefold_solvers.sandbox.runner import arun, run

__all__ = ["SandboxError", "arun", "run"]

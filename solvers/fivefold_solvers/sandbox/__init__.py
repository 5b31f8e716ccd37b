"""Running of solver programs that nobody has read: one confined child process per program.

`run` and `arun` are the whole face, `isolation` says how well programs are held here, `warm` loads ahead. What a
program does, however bad, is data in the `ExecutionResult`; only a machine that cannot run programs at all, or not
as well held as asked, raises `SandboxError`.
"""

from fivefold_solvers.sandbox.errors import DataError, IsolationError, SandboxError
from fivefold_solvers.sandbox.levels import Isolation, Level
from fivefold_solvers.sandbox.runner import arun, isolation, run, warm

__all__ = ["DataError", "Isolation", "IsolationError", "Level", "SandboxError", "arun", "isolation", "run", "warm"]

"""What the sandbox raises: only failures of the machine, never of the program.

::

    SandboxError
     ├── ScratchError       no scratch folder could be made or filled: disk full, no permission
     ├── StartError         the interpreter could not be started: missing, no memory, no processes left
     ├── DataError          a data file cannot be handed in: missing, no regular file, a bad name
     └── IsolationError     programs can be run here, but not held as well as the caller wants
"""


class SandboxError(Exception):
    """The machine cannot run programs; the message says why and how to mend it."""


class ScratchError(SandboxError):
    """The scratch folder of a run could not be made or filled."""


class StartError(SandboxError):
    """The child process could not be started."""


class DataError(SandboxError):
    """A data file cannot be handed to a program."""


class IsolationError(SandboxError):
    """Programs cannot be held as well here as the caller asked for."""


class ZygoteGoneError(StartError):
    """The parent of the programs ended while it was needed; a new one is started for the next run."""


class ChildGoneError(ZygoteGoneError):
    """A child was ended from outside before its program began; another one can take its place."""

"""What the sandbox raises: only failures of the machine, never of the program.

::

    SandboxError
     ├── ScratchError       no scratch folder could be made or filled: disk full, no permission
     └── StartError         the interpreter could not be started: missing, no memory, no processes left
"""


class SandboxError(Exception):
    """The machine cannot run programs; the message says why and how to mend it."""


class ScratchError(SandboxError):
    """The scratch folder of a run could not be made or filled."""


class StartError(SandboxError):
    """The child process could not be started."""

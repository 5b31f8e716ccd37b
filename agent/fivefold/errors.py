"""What `fivefold` raises; failures that belong to the problem are data in the `Outcome` and are not here.

::

    FivefoldError
     ├── CallerError          the caller erred: empty text, unknown option, unreadable file
     └── OutsideError         the outside world failed
          ├── LLMError        the LLM endpoint: down, refused, timed out, answered garbage
          └── WeightsError    the weights of the embedded LLM cannot be had
"""


class FivefoldError(Exception):
    """Base of all errors of this package; the message says what, where and how to mend it."""

    exit_code = 1
    """What the command line exits with."""


class CallerError(FivefoldError):
    """The caller gave something that cannot be worked with."""

    exit_code = 2


class OutsideError(FivefoldError):
    """Something outside this process failed."""

    exit_code = 3


class LLMError(OutsideError):
    """The LLM endpoint failed and retries did not help."""

    def __init__(self, message: str, *, kind: str = "unknown", status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        """`connection`, `timeout`, `auth`, `rate_limit`, `server`, `bad_request`, `garbage`, `truncated`."""
        self.status = status
        """HTTP status, None where there was none."""


class WeightsError(OutsideError):
    """The weights of the embedded LLM could not be fetched or do not have the pinned hash."""

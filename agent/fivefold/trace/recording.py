"""Recording a run: the face that steps use, and the buffer behind it."""

import contextlib
import contextvars
import logging
import platform
import threading
import time
import uuid
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fivefold.errors import CallerError, OutsideError
from fivefold.trace.spans import (
    Blob,
    ErrorFacts,
    ErrorFamily,
    Kind,
    LLMFacts,
    PromptRead,
    RunHeader,
    SolverFacts,
    Span,
    VerdictFacts,
)
from fivefold.trace.store import Trace, file_line
from fivefold.trace.values import Redactor, as_data, as_text, cut, sha256_of
from fivefold.version import own_version

_log = logging.getLogger(__name__)
_BEGINNING = b'{"type": "run"'


class OpenSpan:
    """What a step says about itself while its span is open."""

    __slots__ = ("_recorder", "span")

    def __init__(self, span: Span, recorder: "_Recorder | None") -> None:
        self.span = span
        """The record so far."""
        self._recorder = recorder

    def keep(self, value: object) -> str:
        """Keep a value and return its SHA-256; empty without a record."""
        return "" if self._recorder is None else self._recorder.keep(value)

    def reads(self, **values: object) -> None:
        """Say which values of the state were read."""
        self.span.state_reads |= {key: self.keep(value) for key, value in values.items()}

    def writes(self, **values: object) -> None:
        """Say which values of the state were written."""
        self.span.state_writes |= {key: self.keep(value) for key, value in values.items()}

    def prompt(self, name: str, number: int, sha256: str) -> None:
        """Say which prompt was used."""
        self.span.param_reads.append(PromptRead(name, number, sha256))

    def asked(self, messages: object, reply: object, facts: LLMFacts) -> None:
        """Say what was asked of the LLM and what came back."""
        self.span.llm = {**facts, "messages": self.keep(messages), "reply": self.keep(reply)}

    def solved(self, facts: SolverFacts) -> None:
        """Say what came of a solve."""
        self.span.solver = facts

    def judged(self, *verdicts: VerdictFacts) -> None:
        """Say what checks found."""
        self.span.verdicts += verdicts


@contextlib.contextmanager
def record(
    *,
    problem: str,
    seed: int | None = None,
    run_id: str | None = None,
    path: Path | None = None,
    secrets: Iterable[str] = (),
    versions: Mapping[str, str] | None = None,
) -> Generator[Trace]:
    """Record the spans of this context and of all tasks started in it; the trace fills as they end.

    Args:
        problem: The problem's text; only its hash is kept.
        seed: Seed of the run.
        run_id: Name of the run; made up unless given.
        path: File to which each span is appended as it ends; the same run goes on behind what is there.
        secrets: Texts that must not be kept, such as the API key.
        versions: Further versions for the header, e.g. of a solver.

    Raises:
        CallerError: `path` holds another run or no trace.
        OutsideError: `path` cannot be written.
    """
    header = RunHeader(
        run_id=run_id or uuid.uuid4().hex,
        problem=sha256_of(problem),
        seed=seed,
        versions={"fivefold": own_version(), "python": platform.python_version(), **(versions or {})},
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    recorder = _Recorder(Trace(header), Redactor(secrets))
    with contextlib.ExitStack() as stack:
        if path is not None:
            recorder.open(path)
            stack.callback(recorder.close)
        token = _place.set(_Place(recorder, None))
        stack.callback(_place.reset, token)
        yield recorder.trace


@contextlib.contextmanager
def span(node: str, *, kind: Kind) -> Generator[OpenSpan]:
    """Open a span in the span of this context; what is raised inside is noted and raised on."""
    place = _place.get()
    recorder = None if place is None else place.recorder
    if recorder is None:
        yield OpenSpan(Span(id=0, parent_id=None, node=node, visit=0, kind=kind), None)
        return
    opened = recorder.begin(node, kind, None if place is None else place.span_id)
    token = _place.set(_Place(recorder, opened.id))
    clock = time.perf_counter()
    try:
        yield OpenSpan(opened, recorder)
    except BaseException as error:
        opened.error = _error_facts(error)
        raise
    finally:
        _place.reset(token)
        opened.t1 = opened.t0 + max(0.0, time.perf_counter() - clock)
        recorder.end(opened)


class _Recorder:
    """The buffer of one run, and its file."""

    def __init__(self, trace: Trace, redactor: Redactor) -> None:
        self.trace = trace
        self._redactor = redactor
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._last_id = 0
        self._visits: dict[str, int] = {}

    def open(self, path: Path) -> None:
        """Go on with the run that the file holds, or begin the file."""
        try:
            if path.exists() and not path.is_file():
                raise CallerError(f"{str(path)!r} is no ordinary file. Name another one.")
            old = path.read_bytes() if path.exists() else b""
            whole = old.rfind(b"\n") + 1
            if not whole and not _BEGINNING.startswith(old[: len(_BEGINNING)]):
                raise CallerError(f"{str(path)!r} is no trace and is not overwritten. Name another file.")
            if whole:
                self._resume(Trace.read(path), path)
            self._file = path.open("r+b" if old else "wb", buffering=0)
            if whole < len(old):  # ext4 writes a file that was emptied to the disk at once when it is closed
                self._file.truncate(whole)
            self._file.seek(whole)
        except OSError as error:
            raise OutsideError(f"The trace {str(path)!r} cannot be written: {error}.") from error
        if not whole:
            self._append(file_line("run", self.trace.header))

    def _resume(self, before: Trace, path: Path) -> None:
        if (before.run_id, before.header.problem) != (self.trace.run_id, self.trace.header.problem):
            raise CallerError(f"{str(path)!r} holds another run, {before.run_id!r}. Name another file.")
        self.trace.header, self.trace.spans, self.trace.blobs = before.header, before.spans, before.blobs
        self._last_id = max((span.id for span in before.spans), default=0)
        for span in before.spans:
            self._visits[span.node] = max(self._visits.get(span.node, 0), span.visit)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def begin(self, node: str, kind: Kind, parent_id: int | None) -> Span:
        with self._lock:
            self._last_id += 1
            visit = self._visits[node] = self._visits.get(node, 0) + 1
            return Span(id=self._last_id, parent_id=parent_id, node=node, visit=visit, kind=kind, t0=time.time())

    def end(self, span: Span) -> None:
        span.llm = self._redactor.data(as_data(span.llm))
        span.solver = self._redactor.data(as_data(span.solver))
        span.error = self._redactor.data(as_data(span.error))
        span.verdicts = self._redactor.data(as_data(span.verdicts))
        with self._lock:
            self.trace.spans.append(span)
            self._append(file_line("span", span))

    def keep(self, value: object) -> str:
        text = self._redactor.text(as_text(value))
        sha256 = sha256_of(text)
        with self._lock:
            if sha256 not in self.trace.blobs:
                blob = self.trace.blobs[sha256] = Blob(sha256, *cut(text, sha256))
                self._append(file_line("blob", blob))
        return sha256

    def _append(self, line: bytes) -> None:
        """Write one line; a full disk costs the file, not the run."""
        if self._file is None:
            return
        try:
            self._file.write(line)
        except OSError as error:
            _log.warning("The trace file is given up, the run goes on: %s", error)
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a context stands: in which run and in which span."""

    recorder: _Recorder
    span_id: int | None


_place: contextvars.ContextVar[_Place | None] = contextvars.ContextVar("fivefold_trace", default=None)


def _error_facts(error: BaseException) -> ErrorFacts:
    names = {cls.__name__ for cls in type(error).__mro__}
    family: ErrorFamily
    if names & {"CancelledError", "KeyboardInterrupt", "GeneratorExit", "GraphBubbleUp"}:
        family = "interrupted"  # LangGraph pauses a run by raising; only `fivefold.graph` may import its classes
    elif isinstance(error, TimeoutError):
        family = "timeout"
    elif isinstance(error, OutsideError | OSError):
        family = "infra"
    else:
        family = "bug"
    return {"family": family, "type": type(error).__name__, "message": str(error)}

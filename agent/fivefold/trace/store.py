"""A whole trace: its file, and who read what from whom."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from fivefold.errors import CallerError
from fivefold.trace.spans import SCHEMA, Blob, DataGraph, PromptRead, RunHeader, Span
from fivefold.whole_file import write_whole


@dataclass(slots=True)
class Trace:
    """The record of one run."""

    header: RunHeader
    spans: list[Span] = field(default_factory=list[Span])
    """In the order in which they ended."""
    blobs: dict[str, Blob] = field(default_factory=dict[str, Blob])
    """Values by SHA-256."""

    @property
    def run_id(self) -> str:
        """Name of the run."""
        return self.header.run_id

    def value(self, sha256: str) -> str:
        """Return the text kept of a value."""
        return self.blobs[sha256].text

    def graph(self) -> DataGraph:
        """Return who read what from whom.

        A read belongs to the last span that ended before and wrote the same value under the same key.
        """
        graph: DataGraph = {"nodes": [], "edges": [], "inputs": []}
        writers: dict[tuple[str, str], int] = {}
        for span in self.spans:
            graph["nodes"].append({"id": span.id, "node": span.node, "visit": span.visit, "kind": span.kind})
            for key, sha256 in span.state_reads.items():
                source = writers.get((key, sha256))
                if source is None:
                    graph["inputs"].append({"target": span.id, "key": key, "sha256": sha256})
                else:
                    graph["edges"].append({"source": source, "target": span.id, "key": key, "sha256": sha256})
            for key, sha256 in span.state_writes.items():
                writers[key, sha256] = span.id
        return graph

    def write(self, path: Path) -> None:
        """Write the whole trace; a file that is there is replaced at once or not at all."""
        lines = [file_line("run", self.header)]
        lines += [file_line("blob", blob) for blob in self.blobs.values()]
        lines += [file_line("span", span) for span in self.spans]
        write_whole(path, b"".join(lines))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a trace back; a last line that a kill cut short is left out.

        Raises:
            CallerError: the file is missing, is no trace, or is of a newer format.
        """
        try:
            *lines, _ = path.read_bytes().split(b"\n")
        except OSError as error:
            raise CallerError(f"The trace {str(path)!r} cannot be read: {error}.") from error
        trace: Self | None = None
        for number, line in enumerate(lines, 1):
            try:
                if trace is None:
                    trace = cls(_header(json.loads(line)))
                else:
                    _take(trace, json.loads(line))
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                raise CallerError(f"{str(path)!r}, line {number} is no line of a trace: {error}.") from error
        if trace is None:
            raise CallerError(f"{str(path)!r} holds no trace: it has no header line.")
        return trace


def file_line(kind: str, item: RunHeader | Blob | Span) -> bytes:
    """Return one line of a trace's file."""
    return json.dumps({"type": kind, **dataclasses.asdict(item)}, ensure_ascii=False).encode() + b"\n"


def _header(line: dict[str, Any]) -> RunHeader:
    if line.pop("type") != "run":
        raise ValueError("the first line is not the header")
    if line.get("schema") != SCHEMA:
        raise ValueError(f"format {line.get('schema')!r} is not {SCHEMA}; read it with the version that wrote it")
    return RunHeader(**line)


def _take(trace: Trace, line: dict[str, Any]) -> None:
    match line.pop("type"):
        case "blob":
            blob = Blob(**line)
            trace.blobs[blob.sha256] = blob
        case "span":
            line["param_reads"] = [PromptRead(**read) for read in line["param_reads"]]
            trace.spans.append(Span(**line))
        case other:
            raise ValueError(f"unknown type {other!r}")

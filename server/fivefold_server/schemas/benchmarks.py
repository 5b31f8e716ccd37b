"""Runs of benchmarks over the wire."""

from __future__ import annotations

from fivefold_server.schemas.common import Sent


class PipelineRun(Sent):
    """What a pipeline came to in a run."""

    name: str
    """Its name."""
    attempts: int
    """Records so far."""
    right: int
    """How many the run's rule accepted."""
    ran: int
    """How many reported a value."""
    tokens: int
    """LLM tokens, questions and answers together."""
    wall_s: float
    """Seconds of all attempts together."""


class BenchRun(Sent):
    """A run of `fivefold bench`."""

    id: str
    """Its id."""
    file: str
    """The file that it is in, below the folder."""
    started: str
    """ISO 8601, UTC."""
    llm: str
    """Name of the LLM."""
    rule: str
    """The rule that said what is right."""
    version: str
    """Version of Fivefold."""
    commit: str
    """Git commit; empty where there was no checkout."""
    problems: int
    """How many problems it has."""
    samples: int
    """Attempts for each problem and pipeline."""
    wanted: int
    """Attempts of each pipeline when it is done."""
    pipelines: list[PipelineRun]
    """In the order of the configuration."""


class BenchReport(Sent):
    """A report that was written to the folder."""

    name: str
    """Its path below the folder."""
    runs: list[str]
    """Ids of the runs that it is about."""
    bytes: int
    """Its size."""


class Benchmarks(Sent):
    """What is in the folder of benchmarks."""

    folder: str | None
    """Where it is; None where the server was told of none."""
    runs: list[BenchRun]
    """The latest first."""
    reports: list[BenchReport]
    """By name."""
    faults: list[str]
    """Files that could not be read."""

"""What the server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fivefold_http_requests", "Answered requests", ["method", "route", "status"], registry=self.registry
        )
        self.request_s = Histogram(
            "fivefold_http_request_seconds", "Seconds to the end of an answer, streams left out", buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.ended = Counter("fivefold_runs", "Runs that ended", ["kind", "status"], registry=self.registry)
        self.run_s = Histogram("fivefold_run_seconds", "Seconds of a run", buckets=_SECONDS, registry=self.registry)
        self.step_s = Histogram(
            "fivefold_step_seconds", "Seconds of a step", ["step"], buckets=_SECONDS, registry=self.registry
        )
        self.running = Gauge("fivefold_runs_running", "Runs under way", registry=self.registry)
        self.waiting = Gauge("fivefold_runs_waiting", "Runs that wait", registry=self.registry)
        self.streams = Gauge("fivefold_streams", "Live streams and long polls", registry=self.registry)
        self.working = Gauge("fivefold_computations", "Computations under way or waiting", registry=self.registry)
        self.llm_tokens = Counter(
            "fivefold_llm_tokens", "LLM tokens of runs that ended", ["side"], registry=self.registry
        )
        self.llm_errors = Counter("fivefold_llm_errors", "Runs that the LLM endpoint failed", registry=self.registry)
        self.solver_s = Counter("fivefold_solver_seconds", "Seconds of solver programs", registry=self.registry)
        self.repairs = Counter("fivefold_repairs", "Repairs of formulations", registry=self.registry)

    def text(self) -> bytes:
        """Return all of it in the text format."""
        return generate_latest(self.registry)

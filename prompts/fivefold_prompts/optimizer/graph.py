"""The graph of one run, from its spans: which prompt could have caused what, and through which values.

Spans are plain mappings with the keys of a trace's `span` lines (see docs/trace.md), in the order in which they
ended. Every visit of a step is an operator, so that loops are unrolled and there is no circle; every value that one
visit wrote and a later one read is an edge; every prompt that a visit used is a parameter of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

INSIDE = ""
"""Key of the edge from a visit to the one that it ran in: no value of the state, but its work went into it."""


class Edge(NamedTuple):
    """A value that one visit left and a later one took."""

    source: int
    target: int
    key: str
    sha256: str


class Given(NamedTuple):
    """A value that a visit read and none had written."""

    target: int
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a step: an operator of the graph."""

    id: int
    node: str
    number: int
    """Counts how often this node has been entered, from 1."""
    kind: str
    parameters: tuple[tuple[str, str], ...]
    """Prompts used: name and SHA-256 of the text."""
    reads: tuple[tuple[str, str], ...]
    """Keys of the state with the hash of the value."""
    writes: tuple[tuple[str, str], ...]
    failed: bool
    """Whether it ended with an error; an interruption is none."""

    @property
    def name(self) -> str:
        """Name of the operator, as `formulate#2`."""
        return f"{self.node}#{self.number}"


@dataclass(frozen=True, slots=True)
class RunGraph:
    """One run, or a part of one; visits are in an order in which every edge leads forward."""

    visits: tuple[Visit, ...]
    edges: tuple[Edge, ...]
    given: tuple[Given, ...]

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Every prompt used, with the visits that used it."""
        users: dict[str, list[int]] = {}
        for visit in self.visits:
            for name in dict.fromkeys(name for name, _ in visit.parameters):
                users.setdefault(name, []).append(visit.id)
        return {name: tuple(ids) for name, ids in users.items()}

    def output(self) -> Visit | None:
        """Return the visit that feedback is about: the first failure that was never made good, or else the last."""
        last = {visit.node: visit for visit in self.visits}
        lasting = (visit for visit in self.visits if visit.failed and last[visit.node].failed)
        return next(lasting, self.visits[-1] if self.visits else None)


def run_graph(spans: Iterable[Mapping[str, Any]]) -> RunGraph:
    """Return the graph of one run.

    A read belongs to the last visit that had written the same value under the same key before the reader began.
    """
    visits: list[Visit] = []
    edges: list[Edge] = []
    given: list[Given] = []
    writers: dict[tuple[str, str], list[tuple[float, int]]] = {}
    inside: dict[int, list[int]] = {}
    for span in spans:
        visit = _visit(span)
        visits.append(visit)
        begun = span.get("t0", 0.0)
        for key, sha256 in visit.reads:
            source = _writer(writers.get((key, sha256), ()), begun)
            if source is None:
                given.append(Given(visit.id, key, sha256))
            else:
                edges.append(Edge(source, visit.id, key, sha256))
        edges += [Edge(child, visit.id, INSIDE, "") for child in inside.pop(visit.id, ())]
        if (outer := span.get("parent_id")) is not None:
            inside.setdefault(outer, []).append(visit.id)
        for item in visit.writes:
            writers.setdefault(item, []).append((span.get("t1", 0.0), visit.id))
    return RunGraph(tuple(visits), tuple(edges), tuple(given))


def minimal(graph: RunGraph) -> RunGraph:
    """Return what lies between the prompts and the output.

    Kept are the visits on a way from a use of a prompt to the output, and, as values only, what they took from
    visits outside: edges from those become `given`.
    """
    output = graph.output()
    if output is None:
        return graph
    after: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
        before.setdefault(edge.target, []).append(edge.source)
    users = [visit.id for visit in graph.visits if visit.parameters]
    kept = _reached(users, after) & _reached([output.id], before)
    edges = [edge for edge in graph.edges if edge.target in kept]
    borders = [Given(edge.target, edge.key, edge.sha256) for edge in edges if edge.source not in kept and edge.key]
    return RunGraph(
        tuple(visit for visit in graph.visits if visit.id in kept),
        tuple(edge for edge in edges if edge.source in kept),
        tuple([item for item in graph.given if item.target in kept] + borders),
    )


class Shape(NamedTuple):
    """Visits that are the same step of several runs: their code is shown once."""

    code: tuple[str, ...]
    """One line for each visit, as `formulation = formulate(problem; prompt formulate)`."""
    runs: tuple[int, ...]
    """Which runs of the batch went this way."""


def merged(graphs: Sequence[RunGraph]) -> tuple[Shape, ...]:
    """Return the ways that the runs of a batch took, each once, the most travelled first."""
    runs: dict[tuple[str, ...], list[int]] = {}
    for index, graph in enumerate(graphs):
        runs.setdefault(tuple(map(operation, graph.visits)), []).append(index)
    ordered = sorted(runs.items(), key=lambda item: (-len(item[1]), item[1]))
    return tuple(Shape(code, tuple(indices)) for code, indices in ordered)


def operation(visit: Visit) -> str:
    """Return a visit as one line of code."""
    takes = ", ".join(key for key, _ in visit.reads)
    uses = ", ".join(dict.fromkeys(name for name, _ in visit.parameters))
    leaves = ", ".join(key for key, _ in visit.writes) or "nothing"
    call = "; ".join(part for part in (takes, f"prompt {uses}" if uses else "") if part)
    return f"{leaves} = {visit.name}({call})" + ("  # failed" if visit.failed else "")


def _visit(span: Mapping[str, Any]) -> Visit:
    error: Mapping[str, Any] = span.get("error") or {}
    return Visit(
        id=span["id"],
        node=span["node"],
        number=span["visit"],
        kind=span.get("kind", "tool"),
        parameters=tuple((read["name"], read["sha256"]) for read in span.get("param_reads", ())),
        reads=tuple(span.get("state_reads", {}).items()),
        writes=tuple(span.get("state_writes", {}).items()),
        failed=bool(error) and error.get("family") != "interrupted",
    )


def _writer(writers: Sequence[tuple[float, int]], begun: float) -> int | None:
    for ended, writer in reversed(writers):
        if ended <= begun:
            return writer
    return None


def _reached(starts: Iterable[int], follow: Mapping[int, Sequence[int]]) -> set[int]:
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for other in follow.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached

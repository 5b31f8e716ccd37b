"""Accuracy by kind of problem as a reader can take it in: many kinds of few problems each are put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fivefold_benchmarks.report import NO_KIND, PipelineFacts
from fivefold_benchmarks.report_sets import Share, counted

MANY = 12
"""Kinds that a table shows however few problems they have."""
FEW = 5
"""Problems below which a kind is put together with others where there are too many kinds."""

Kinds = dict[str, dict[str, Share]]
"""Shares by kind and pipeline."""


def by_kind(pipelines: Sequence[PipelineFacts]) -> Kinds:
    """Return what each pipeline gets right of each kind, by name of the kind; nothing where no problem names its."""
    whole: defaultdict[str, dict[str, Share]] = defaultdict(dict)
    for one in pipelines:
        for group in one.by_kind:
            whole[group.name][one.name] = group.right
    if set(whole) == {NO_KIND}:
        return {}
    if len(whole) > MANY:
        return _put_together(whole)
    return {kind: whole[kind] for kind in sorted(whole)}


def _put_together(whole: Kinds) -> Kinds:
    kept: defaultdict[str, dict[str, Share]] = defaultdict(dict)
    for kind, shares in whole.items():
        own = kept[kind if max(share.n for share in shares.values()) >= FEW else _others(kind)]
        for pipeline, share in shares.items():
            before = own.get(pipeline, counted(0, 0))
            own[pipeline] = counted(before.count + share.count, before.n + share.n)
    return {kind: kept[kind] for kind in sorted(kept)}


def _others(kind: str) -> str:
    benchmark, colon, _ = kind.partition(": ")
    name = f"kinds of under {FEW} problems"
    return f"{benchmark}: {name}" if colon else name

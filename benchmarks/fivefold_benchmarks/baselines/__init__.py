"""The pipelines that Fivefold is compared with, at the same LLM and budget, after what their papers describe."""

from fivefold_benchmarks.baselines.attempt import Attempt, Bounds, Pipeline
from fivefold_benchmarks.baselines.direct import direct
from fivefold_benchmarks.baselines.experts import experts
from fivefold_benchmarks.baselines.five_text import five_text
from fivefold_benchmarks.baselines.staged import staged
from fivefold_benchmarks.baselines.thought import thought
from fivefold_benchmarks.baselines.vote import vote

__all__ = ["Attempt", "Bounds", "Pipeline", "direct", "experts", "five_text", "staged", "thought", "vote"]

"""The pipelines that Fivefold is compared with, at the same LLM: whole programs, and text elements then code."""

from fivefold_benchmarks.baselines.attempt import Attempt, Pipeline
from fivefold_benchmarks.baselines.direct import direct
from fivefold_benchmarks.baselines.five_text import five_text

__all__ = ["Attempt", "Pipeline", "direct", "five_text"]

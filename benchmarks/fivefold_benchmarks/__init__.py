"""Pipelines compared on public benchmark items."""

"""The facts of a run as Markdown."""

from __future__ import annotations

from fivefold_benchmarks.report import RunFacts
from fivefold_benchmarks.report_sections import Section, sections
from fivefold_benchmarks.tables import markdown


def to_markdown(facts: RunFacts) -> str:
    """Return the report of runs."""
    title = ", ".join(info.run_id for info in facts.infos)
    return "\n\n".join([f"# Run {title}", *map(_section, sections(facts))])


def _section(section: Section) -> str:
    tables = [markdown(table) for table in section.tables if table.rows]
    return "\n\n".join([f"## {section.title}", *section.lines, *tables])

"""A card of a formulation and its result: what it decides, on what it rests, how far it was checked."""

from __future__ import annotations

from fivefold.deliverables.material import Material, assumption_lines, checked_lines, facts
from fivefold_solvers.formulation.markdown import to_markdown


def to_card(material: Material) -> str:
    """Return the card as Markdown."""
    lines = [f"# {material.title or 'A decision problem'}", ""]
    lines += [f"- {word}: {said}" for word, said in facts(material)]
    lines += [f"- Version: {material.version}"] if material.version else []
    lines += ["", "## The problem", "", material.problem or "It was put in as a formulation."]
    if material.text:
        lines += ["", "## The answer", "", "```text", material.text, "```"]
    lines += ["", "## How far it was checked", "", *(f"- {line}" for line in checked_lines(material))]
    lines += ["", "## What it rests on", "", *(f"- {line}" for line in assumption_lines(material))]
    if material.formulation is not None:
        lines += ["", "## The formulation", "", _deeper(to_markdown(material.formulation))]
    lines += ["", f"Made {material.made}."]
    return "\n".join(lines) + "\n"


def _deeper(text: str) -> str:
    """Return Markdown with its headings two levels deeper."""
    return "\n".join(f"##{line}" if line.startswith("#") else line for line in text.splitlines())

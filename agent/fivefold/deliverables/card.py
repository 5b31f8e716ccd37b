"""A card of a formulation and its result: what it decides, on what it rests, how far it was checked."""

from __future__ import annotations

from fivefold.deliverables.material import Material, facts
from fivefold_solvers.formulation.markdown import to_markdown


def to_card(material: Material) -> str:
    """Return the card as Markdown."""
    lines = [f"# {material.title or 'A decision problem'}", ""]
    lines += [f"- {word}: {said}" for word, said in facts(material)]
    lines += [f"- Version: {material.version}"] if material.version else []
    lines += ["", "## The problem", "", material.problem or "It was put in as a formulation."]
    if material.text:
        lines += ["", "## The answer", "", "```text", material.text, "```"]
    lines += ["", "## How far it was checked", "", *_checked(material)]
    lines += ["", "## What it rests on", "", *_assumptions(material)]
    if material.formulation is not None:
        lines += ["", "## The formulation", "", _deeper(to_markdown(material.formulation))]
    lines += ["", f"Made {material.made}."]
    return "\n".join(lines) + "\n"


def _checked(material: Material) -> list[str]:
    lines: list[str] = []
    findings = material.checks.get("findings", [])
    lines += [f"- {finding['severity']}: {finding['text']}" for finding in findings]
    if material.verdict is not None:
        lines += [f"- {check['severity']}: {check['message']}" for check in material.verdict.get("checks", [])]
    if material.audit is not None:
        lines += [f"- falsified: {fault}" for fault in material.audit["faults"]]
        if material.audit["holds"]:
            lines.append("- objective and rows were recomputed without a solver: not falsified")
    lines.append("- that nothing is better is the solver's word")
    return lines


def _assumptions(material: Material) -> list[str]:
    formulation = material.formulation
    if formulation is None:
        return ["- a program that an LLM wrote by itself; nothing could be checked against a formulation"]
    made = [f"- {one.text}" + (f" ({one.reason})" if one.reason else "") for one in formulation.assumptions]
    for element in formulation.elements():
        if element.source is not None and element.source.kind != "stated":
            made.append(
                f"- `{element.name}` is {element.source.kind}: {element.source.reason or 'no reason was given'}"
            )
    return made or ["- no assumption was noted"]


def _deeper(text: str) -> str:
    """Return Markdown with its headings two levels deeper."""
    return "\n".join(f"##{line}" if line.startswith("#") else line for line in text.splitlines())

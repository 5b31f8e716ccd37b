"""One line for people about what a step just did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fivefold.standard.model import library


def told(step: str, state: Mapping[str, Any]) -> str:
    """Return what came of a step, from the state behind it."""
    candidate: Mapping[str, Any] = state.get("candidate") or {}
    match step:
        case "read":
            return f"{len(state['problem']['text'])} characters; asked for in {state['form']} form"
        case "revise" if state.get("edited") is not None:
            return _changes(candidate["formulation"], state["edited"])
        case "formulate" | "repair" | "revise":
            written = {**state["declared"], **state["written"]}
            sizes = [f"{len(written[part])} {part}" for part in ("variables", "constraints") if _sized(written, part)]
            said = ", ".join(sizes) or "nothing that can be read"
            standard = str(written.get("title", "")).lower()
            known = any(standard == kind.name for kind in library())
            return f"a standard model, {standard}: {said}" if known else said
        case "mend":
            by_rule = state.get("mended")
            return "; ".join(by_rule["why"]) if by_rule else "nothing that a rule could mend"
        case "clarify":
            return "a question" if state.get("pause") else "nothing to ask"
        case "approve":
            return "a person decides"
        case "check":
            return _findings(candidate)
        case "emit":
            program = candidate.get("program")
            if candidate.get("beside"):
                return "large data, solved as arrays"
            return f"{program['library']} program for {program['solver']}" if program else _findings(candidate)
        case "write_program":
            asked = state["options"]["free_program"]
            return f"a program of its own, {'as asked' if asked else 'because no formulation could be built'}"
        case "rederive":
            return "a program" if candidate.get("program") else "another formulation"
        case "run":
            result = candidate["result"]
            if result["exit"] != "ok":
                return f"the program ended with {result['exit']}"
            value = "" if result["objective"] is None else f", objective {result['objective']:.10g}"
            return f"{result['termination']}{value}"
        case "try_out":
            answered = sum(not one["unanswered"] for one in state["scenarios"])
            return f"{answered} of {len(state['scenarios'])} further questions answered"
        case "judge":
            verdict: Mapping[str, Any] = state.get("verdict") or {}
            grade = verdict.get("grade", "")
            stopped = f"; stopped: {state['stopped']}" if state.get("stopped") else ""
            return f"{grade}{stopped}"
        case _:
            return ""


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return how many elements differ between two formulations."""
    sections = ("sets", "parameters", "variables", "constraints")
    old, new = ({(part, one["name"]): one for part in sections for one in found[part]} for found in (before, after))
    count = sum(old.get(place) != new.get(place) for place in old.keys() | new.keys())
    count += before["objective"] != after["objective"]
    return f"{count or 'no'} element{'' if count == 1 else 's'} changed"


def _sized(written: Mapping[str, Any], part: str) -> bool:
    return isinstance(written.get(part), list)


def _findings(candidate: Mapping[str, Any]) -> str:
    severities = [finding["severity"] for finding in candidate.get("findings", [])]
    counts = [(severities.count(kind), kind) for kind in ("error", "warning", "note")]
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in counts if count) or "no findings"

"""An outcome as text for a terminal, as JSON, and as the files of `--out`."""

from __future__ import annotations

import json

from fivefold.deliverables.tabled import solution_csv
from fivefold.outcome import Outcome
from fivefold_solvers.data.mapping import show
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.latex import to_latex
from fivefold_solvers.formulation.markdown import to_markdown

SHOWN_DATA = 6_000
"""Characters of a formulation beyond which a terminal is not shown the data that came from files."""
_PATHS = {"emitted": "compiled from the checked formulation", "free": "written by the LLM itself"}


def outcome_text(outcome: Outcome) -> str:
    """Return what a person reads: the five elements, the program's kind, the answer and the verdict."""
    parts: list[str] = []
    if outcome.formulation is not None:
        parts.append(to_markdown(_without_long_data(outcome)).strip())
    if outcome.mapping is not None:
        parts.append(f"Data:\n\n{show(outcome.mapping)}")
    if outcome.program is not None:
        how = _PATHS[outcome.program.path]
        why = f"; {outcome.why.removeprefix(', ')}" if outcome.why else ""
        parts.append(
            f"Program: {outcome.program.library}, solver {outcome.program.solver}, {how}{why} (--out keeps it)"
        )
    parts.append(outcome.explanation)
    mended = [str(finding) for finding in outcome.findings if finding.severity is Severity.NOTE]
    if mended:
        parts.append("Read as meant:\n" + "\n".join(f"  - {line}" for line in mended[:10]))
    parts.append(_last_line(outcome))
    return "\n\n".join(parts)


def _without_long_data(outcome: Outcome) -> Formulation:
    """Return the formulation with data from files left out where it is long; the table below says where it is."""
    formulation, mapping = outcome.formulation, outcome.mapping
    assert formulation is not None
    if mapping is None or len(formulation.model_dump_json()) <= SHOWN_DATA:
        return formulation
    bound = {binding.element for binding in mapping.bindings}
    sets = tuple(one.model_copy(update={"elements": None}) if one.name in bound else one for one in formulation.sets)
    parameters = tuple(
        one.model_copy(update={"values": None}) if one.name in bound else one for one in formulation.parameters
    )
    return formulation.model_copy(update={"sets": sets, "parameters": parameters})


def _last_line(outcome: Outcome) -> str:
    usage = outcome.usage
    solved = outcome.result is not None and outcome.result.solved
    value = "no objective, a solution was found" if solved else "no optimal solution"
    if outcome.waiting is not None:
        value = "not solved yet: it waits for a reply"
    if outcome.objective is not None:
        value = f"objective {outcome.objective:.10g}"
        value += "" if solved else " (the best found so far; the solver cannot say that nothing is better)"
    if solved and outcome.result is not None and outcome.result.evidence == "printed":
        value += " (as the program printed it; nothing to check it against)"
    sure = outcome.verdict.confidence
    sure_text = "" if sure is None else f" ({100 * sure:.0f} % of answers like this were right)"
    sure_text += "" if outcome.verdict.accepted or not solved else "; not accepted at the risk that was asked for"
    stopped = f"; stopped early: {outcome.stopped}" if outcome.stopped else ""
    kept = f" ({usage.cached_calls} from the cache)" if usage.cached_calls else ""
    when = " when first asked" if usage.cached_calls else ""
    return (
        f"{value}; verdict: {outcome.verdict.grade}{sure_text}{stopped}\n"
        f"{usage.calls} LLM answers{kept}, {usage.prompt_tokens + usage.completion_tokens} tokens, "
        f"{usage.wall_s:.1f} s (LLM {usage.llm_s:.1f} s{when}, solver {usage.solver_s:.1f} s); run {outcome.run_id}"
    )


def outcome_json(outcome: Outcome) -> str:
    """Return the whole outcome as JSON; `Outcome.model_validate_json` reads it back."""
    return json.dumps(outcome.model_dump(mode="json"), indent=2, ensure_ascii=False)


def files_of(outcome: Outcome) -> dict[str, str]:
    """Return the files of `--out` by name; the trace is written while the run goes."""
    from fivefold.deliverables.made import of_outcome  # what draws and recomputes is slow to import
    from fivefold.deliverables.page import to_html

    files = {"outcome.json": outcome_json(outcome), "explanation.txt": outcome_text(outcome) + "\n"}
    if outcome.formulation is not None:
        files["formulation.md"] = to_markdown(outcome.formulation)
        files["formulation.tex"] = to_latex(outcome.formulation)
        plain = outcome.formulation.model_dump(mode="json")
        files["formulation.json"] = json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    if outcome.mapping is not None:
        files["mapping.json"] = outcome.mapping.model_dump_json(indent=2) + "\n"
    if outcome.program is not None:
        files["program.py"] = outcome.program.source
    if outcome.result is not None:
        plain = outcome.result.model_dump(mode="json")
        files["result.json"] = json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    if outcome.values:
        files["solution.csv"] = solution_csv(outcome.formulation, outcome.values)
    files["report.html"] = to_html(of_outcome(outcome))
    return files

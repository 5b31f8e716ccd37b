"""Step `check`: read what the LLM wrote, check it against itself and against the words of the problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from fivefold.checks import check_shape, check_text
from fivefold.checks.numbers import check_numbers
from fivefold.computing import computed
from fivefold.data.attached import complete, hints_in, is_open, without_hints
from fivefold.nodes.formulate import whole
from fivefold.nodes.run_arrays import arrays_beside
from fivefold.nodes.sources import with_sources
from fivefold.problem import Problem
from fivefold.reading.free_variables import with_free_variables
from fivefold.state import Candidate, Json, Reply, State
from fivefold.tools import Tools
from fivefold.verdict import penalty_of
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.formulation.check import check as check_formulation
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.entries import with_tables
from fivefold_solvers.formulation.existing import mend_entries
from fivefold_solvers.formulation.finding import Finding, error, errors, note
from fivefold_solvers.formulation.read import read


class CheckSets(TypedDict):
    """What this step sets."""

    candidate: Candidate
    mended: None
    mends_tried: bool


class _Looked(NamedTuple):
    """A written formulation, with its data, as far as it could be read."""

    formulation: Formulation | None
    findings: list[Finding]
    mapping: Json | None = None
    beside: bool = False


async def check(state: State, tools: Tools) -> CheckSets:
    """Return the candidate with everything that was mended, refused or doubted."""
    problem = Problem.model_validate(state["problem"])
    reply = Reply(declared=state.get("declared", {}), written=state.get("written", {}))
    edited, by_rule = state.get("edited"), state.get("mended")
    if by_rule is not None:
        looked = _mended(by_rule, problem)
    elif edited is not None:
        given = Formulation.model_validate(edited)
        looked = await computed(_completed, given, [], hints_in(whole(reply)), problem, tools)
        reply = Reply(declared={}, written=edited)
    elif not reply["written"]:
        what = "the LLM wrote no formulation that can be read"
        looked = _Looked(None, [error("no-formulation", "", what, "write the five elements as JSON")])
    elif tools.tables:
        looked = await computed(_with_data, reply, problem, tools)
    else:
        looked = _plain(whole(reply), problem)
    candidate = Candidate(
        reply=reply,
        formulation=None if looked.formulation is None else looked.formulation.model_dump(mode="json"),
        mapping=looked.mapping,
        beside=looked.beside,
        findings=[finding.model_dump(mode="json") for finding in looked.findings],
        penalty=penalty_of(looked.findings),
        program=None,
        result=None,
        round=state.get("round", 0),
    )
    if by_rule is not None:
        candidate["mended"] = by_rule["why"]
    return {"candidate": candidate, "mended": None, "mends_tried": by_rule is not None}


def standing_candidate(formulation: Formulation) -> Candidate:
    """Return a formulation as the candidate that a run begins with, to change it."""
    return Candidate(
        reply=Reply(declared={}, written={}),
        formulation=formulation.model_dump(mode="json"),
        findings=[],
        penalty=0.0,
        program=None,
        result=None,
        round=0,
    )


def _plain(written: Json, problem: Problem) -> _Looked:
    formulation, notes = read(with_tables(with_free_variables(written, problem.text)))
    if formulation is None:
        return _Looked(None, list(notes))
    formulation, more = _with_its_entries(formulation)
    formulation = with_sources(formulation, problem.text)
    return _Looked(formulation, [*notes, *more, *_itself(formulation), *_words(formulation, problem)])


def _with_its_entries(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return a formulation without the entries that it does not have, where it can be built then and not before."""
    if not check_formulation(formulation).errors:
        return formulation, []
    mended, notes = mend_entries(formulation)
    return (mended, notes) if notes and not check_formulation(mended).errors else (formulation, [])


def _mended(by_rule: Json, problem: Problem) -> _Looked:
    """Look at what was edited by rule; every edit is told."""
    formulation = Formulation.model_validate(by_rule["formulation"])
    told = [note("mended", "", why) for why in by_rule["why"]]
    return _Looked(formulation, [*told, *_itself(formulation), *_words(formulation, problem)])


def _words(formulation: Formulation, problem: Problem) -> list[Finding]:
    """Return what a formulation says against the words of its problem.

    Once the numbers of tables stand in it, as after a change, the words need not explain them.
    """
    found = check_text(formulation, problem.checked, quoted=problem.text)
    if not problem.data and not problem.pasted:
        return found
    tables = [one.model_copy(update={"values": None}) if one.index else one for one in formulation.parameters]
    own = check_numbers(formulation.model_copy(update={"parameters": tuple(tables)}), problem.checked)
    return [one for one in found if one.code != "number-unexplained" or one in own]


def _itself(formulation: Formulation) -> list[Finding]:
    """Return what a formulation says against itself."""
    checked = check_formulation(formulation)
    return [*checked.findings, *check_shape(checked)]


def _with_data(reply: Reply, problem: Problem, tools: Tools) -> _Looked:
    """Put the tables' data into what was written; the words of the problem say nothing about numbers in tables."""
    written = whole(reply)
    hints = hints_in(written)
    formulation, notes = read(with_tables(without_hints(written, hints)))
    if formulation is None:
        return _Looked(None, list(notes))
    return _completed(with_sources(formulation, problem.text), notes, hints, problem, tools)


def _completed(
    formulation: Formulation, notes: Sequence[Finding], hints: dict[str, str], problem: Problem, tools: Tools
) -> _Looked:
    """Return a formulation with the data that it leaves open."""
    found = [*notes, *_words(formulation, problem)]
    if not is_open(formulation):
        return _Looked(formulation, [*found, *_itself(formulation)])
    completed = complete(formulation, tools.tables, hints)
    found += completed.findings
    mapping = completed.mapping.model_dump(mode="json")
    if errors(completed.findings):
        return _Looked(formulation, found, mapping)
    if completed.columns is None:
        return _Looked(completed.formulation, [*found, *_itself(completed.formulation)], mapping)
    try:
        arrays_beside(formulation, completed.mapping, tools)
    except BuildError as fault:
        found += fault.findings
    except NotVectorised as fault:
        found.append(error("data-too-large", "", f"there is too much data for this form: {fault.reason}"))
    return _Looked(formulation, found, mapping, beside=True)

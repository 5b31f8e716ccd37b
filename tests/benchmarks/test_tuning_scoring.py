"""How far a run got, how a wrong answer is told, and how cases and corrections are dealt out."""

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.errors import CallerError
from fivefold.options import Options
from fivefold.outcome import Outcome
from fivefold.problem import Problem
from fivefold.prompts import prompts_chosen, sets_folder, with_prompts_by_id
from fivefold.settings import Settings
from fivefold.verdict import CheckResult, Grade, Verdict
from fivefold_benchmarks.case import Case
from fivefold_benchmarks.tuning.bounds import RunBounds
from fivefold_benchmarks.tuning.corrections import case_of, read_corrections, remarks
from fivefold_benchmarks.tuning.scoring import comparison_of, stage_of
from fivefold_benchmarks.tuning.tasks import TUNED, deal, key_of, parameters, start_of, usable
from fivefold_prompts.optimizer.feedback import feedback
from fivefold_prompts.optimizer.rollout import Comparison, Rollout, Stage
from fivefold_prompts.sets import PromptSet, PromptSets, shipped
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Severity
from fivefold_solvers.formulation.read import read
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination
from tests.benchmarks.tuning_shop import cases, question

CASE = Case(id="1", benchmark="b", question="q", answer=100.0, expected="optimal")
PROGRAM = Program(source="", library="pyomo", solver="highs", path="emitted")


def formulation(boards: str = "<= 140", domain: str = "integer", **changes: Any) -> Formulation:
    data: dict[str, Any] = {
        "variables": [
            {"name": "trains", "domain": domain, "lower": 0},
            {"name": "boats", "domain": domain, "lower": 0},
        ],
        "objective": {"sense": "maximize", "expression": "7*trains + 5*boats"},
        "constraints": [
            {"name": "hours", "expression": "2*trains + 3*boats <= 120"},
            {"name": "boards", "expression": f"4*trains + boats {boards}"},
        ],
        **changes,
    }
    found, _ = read(data)
    assert found is not None
    return found


def outcome(
    objective: float | None,
    *,
    grade: Grade = Grade.CONSISTENT,
    exit: Exit = Exit.OK,
    termination: Termination = Termination.OPTIMAL,
    doubt: str = "",
) -> Outcome:
    checks = (CheckResult(check=doubt, passed=False, severity=Severity.WARNING, message="no"),) if doubt else ()
    return Outcome(
        run_id="r",
        problem=Problem(text="q"),
        formulation=formulation(),
        program=PROGRAM,
        result=ExecutionResult(
            exit=exit,
            termination=termination,
            solution_status=SolutionStatus.NONE if objective is None else SolutionStatus.OPTIMAL,
            objective=objective,
        ),
        verdict=Verdict(grade=grade, checks=checks),
    )


@pytest.mark.parametrize(
    ("made", "stage"),
    [
        (outcome(100.0, grade=Grade.REFUTED), Stage.RIGHT),
        (outcome(100.001, grade=Grade.SUSPICIOUS), Stage.RIGHT),
        (outcome(90.0, grade=Grade.REFUTED), Stage.REFUTED),
        (outcome(90.0, grade=Grade.SUSPICIOUS), Stage.SUSPICIOUS),
        (outcome(90.0), Stage.CONSISTENT),
        (outcome(90.0, grade=Grade.CONFIRMED), Stage.CONSISTENT),
        (outcome(None, termination=Termination.INFEASIBLE, grade=Grade.UNSOLVED), Stage.NO_OPTIMUM),
        (outcome(None, exit=Exit.CRASHED, termination=Termination.UNKNOWN, grade=Grade.UNSOLVED), Stage.CRASHED),
        (outcome(90.0).model_copy(update={"result": None}), Stage.ERRORS),
        (outcome(90.0).model_copy(update={"result": None, "formulation": None, "program": None}), Stage.UNREADABLE),
    ],
)
def test_the_rung_of_a_run(made: Outcome, stage: Stage):
    assert stage_of(made, CASE, "labels") is stage


def test_who_says_that_there_is_no_optimum_is_right_where_there_is_none():
    nothing = outcome(None, termination=Termination.INFEASIBLE, grade=Grade.UNSOLVED)
    assert (
        stage_of(nothing, CASE.model_copy(update={"answer": None, "expected": "infeasible"}), "labels") is Stage.RIGHT
    )


def test_without_labels_the_verdict_says_what_is_right():
    unknown = Case(id="1", benchmark="b", question="q")
    assert stage_of(outcome(90.0), unknown, "verdict") is Stage.RIGHT
    assert stage_of(outcome(90.0, grade=Grade.SUSPICIOUS), unknown, "verdict") is Stage.SUSPICIOUS
    assert stage_of(outcome(90.0), unknown, "verdict", derivations=3) is Stage.CONSISTENT
    assert stage_of(outcome(90.0, grade=Grade.CONFIRMED), unknown, "verdict", derivations=3) is Stage.RIGHT
    told = feedback(Rollout(stage=Stage.RIGHT, judged="verdict"))
    assert "No check found fault" in told and "right" not in told


@pytest.mark.parametrize(
    ("value", "doubt", "said"),
    [
        (110.0, "", "better"),
        (90.0, "", "worse"),
        (90.0, "sense", None),
        (1000.0, "", "magnitude"),
        (9.0, "", "magnitude"),
        (0.0, "", "magnitude"),
        (100.0, "", None),
        (None, "", None),
    ],
)
def test_a_wrong_answer_is_told_in_one_of_three_words(value: float | None, doubt: str, said: Comparison | None):
    assert comparison_of(outcome(value, doubt=doubt), CASE) == said


# --- cases


def test_cases_are_dealt_out_whole_and_by_number():
    named = usable(cases(24), labels=True)
    parts = deal(named, seed=3, counts=[4, 6, 9])
    assert [len(part) for part in (parts.train, parts.search, parts.gate)] == [4, 6, 9]
    assert len({*parts.train, *parts.search, *parts.gate}) == 19
    assert (
        parts == deal(dict(reversed(named.items())), seed=3, counts=[4, 6, 9]) != deal(named, seed=4, counts=[4, 6, 9])
    )
    everything = deal(named, seed=3)
    assert len(everything.train) > len(everything.gate) > len(everything.search) > 0


def test_what_people_corrected_is_learned_from_and_its_like_does_not_score():
    corrected = Case(id="c", benchmark="corrections", question=question(5), answer=1, expected="optimal")
    named = usable([*cases(12), corrected], labels=True)
    parts = deal(named, seed=1, corrected=frozenset({"corrections/c"}))
    assert "corrections/c" in parts.train
    assert "shops/shop-5" not in {*parts.train, *parts.search, *parts.gate}


def test_too_few_cases_and_unlabelled_ones_are_refused():
    with pytest.raises(CallerError, match="too few"):
        deal(usable(cases(2), labels=True), seed=0)
    unlabelled = [Case(id="1", benchmark="b", question="q")]
    with pytest.raises(CallerError, match="--score verdict"):
        usable(unlabelled, labels=True)
    assert list(usable(unlabelled, labels=False)) == [key_of(unlabelled[0])] == ["b/1"]
    with pytest.raises(CallerError, match="unique"):
        usable([CASE, CASE], labels=True)


def test_all_prompts_that_may_change_are_shipped_and_what_else_a_set_holds_stays():
    assert [parameter.name for parameter in parameters(TUNED)] == list(TUNED)
    with pytest.raises(CallerError, match="no prompt baseline_direct"):
        parameters(["baseline_direct"])
    bounds = RunBounds(rounds=1)
    start, beside = start_of(shipped(), ["declare"], bounds)
    assert list(start) == ["declare"] and beside == {}
    own = PromptSet(values={"constrain": "## user\nOther rows.\n", "samples": "3"})
    start, beside = start_of(own, ["declare", "rounds"], bounds)
    assert start == {"declare": shipped().values["declare"], "rounds": "1"} and beside == own.values
    assert start_of(own, ["samples"], bounds)[0] == {"samples": "3"}
    assert [parameter.kind for parameter in parameters(["rounds", "form"])] == ["integer", "choice"]


def test_a_run_takes_the_settings_of_its_set_along(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    sets = PromptSets(sets_folder(settings))
    kept = PromptSet(values={"constrain": "## user\nOther rows.\n", "rounds": "0", "form": "indexed"})
    sets.tag("mine", sets.put(kept))
    options = with_prompts_by_id(Options(rounds=3, seed=5, prompts="mine"), settings)
    assert (options.rounds, options.form, options.seed, options.prompts) == (0, "indexed", 5, kept.id)
    assert list(prompts_chosen(options, settings)) == ["constrain"]
    assert with_prompts_by_id(Options(prompts="shipped"), settings) == Options()
    sets.tag("odd", sets.put(PromptSet(values={"rounds": "many"})))
    for name in ("odd", "nowhere"):
        with pytest.raises(CallerError, match="option `prompts`"):
            with_prompts_by_id(Options(prompts=name), settings)


# --- corrections


def test_an_edit_is_told_of_the_step_and_prompt_that_wrote_it_without_its_numbers():
    told = remarks(formulation(boards=">= 140"), formulation(domain="continuous"))
    assert any("`formulate`" in one and "prompt `constrain`" in one for one in told)
    assert any("prompt `declare`" in one for one in told)
    said = feedback(Rollout(stage=Stage.CONSISTENT, remarks=told))
    assert "A person corrected" in said and "140" not in said and "#" in said
    assert "A person" not in feedback(Rollout(stage=Stage.RIGHT, remarks=told))
    assert remarks(formulation(), formulation()) == ()


def write_folder(folder: Path, before: Formulation, after: Formulation) -> None:
    folder.mkdir(parents=True)
    (folder / "problem.txt").write_text("Make trains and boats.")
    (folder / "before.json").write_text(before.model_dump_json())
    (folder / "after.json").write_text(after.model_dump_json())


def test_corrections_come_from_a_file_or_a_folder(tmp_path: Path):
    before, after = formulation(boards=">= 140"), formulation()
    write_folder(tmp_path / "mine" / "shop" / "first", before, after)
    (one,) = read_corrections(tmp_path / "mine")
    assert (one.id, one.before, one.after) == ("correction-shop/first", before, after)
    row = {"problem": one.problem, "before": before.model_dump(mode="json"), "after": after.model_dump_json()}
    (tmp_path / "mine.jsonl").write_text(json.dumps(row) + "\n\n" + json.dumps({**row, "id": "two"}) + "\n")
    first, second = read_corrections(tmp_path / "mine.jsonl")
    assert (first.id, second.id) == ("correction-1", "two") and first.after == second.after == after
    case = case_of(first)
    assert (case.answer, case.expected, case.question) == (310.0, "optimal", one.problem)


def test_what_is_no_correction_is_refused(tmp_path: Path):
    file = tmp_path / "c.jsonl"
    for text, said in (
        ("", "no corrections"),
        ("x", "no JSON"),
        ('{"problem": "p", "before": {}}', "`before`, `after`"),
    ):
        file.write_text(text)
        with pytest.raises(CallerError, match=said):
            read_corrections(file)
    write_folder(tmp_path / "f", formulation(), formulation())
    (tmp_path / "f" / "after.json").unlink()
    with pytest.raises(CallerError, match=r"lacks `after\.json`"):
        read_corrections(tmp_path / "f")
    with pytest.raises(CallerError, match="cannot read"):
        read_corrections(tmp_path / "none.jsonl")
    impossible = formulation(constraints=[{"name": "no", "expression": "trains <= -1"}])
    write_folder(tmp_path / "g", formulation(), impossible)
    with pytest.raises(CallerError, match="no optimum"):
        case_of(read_corrections(tmp_path / "g")[0])

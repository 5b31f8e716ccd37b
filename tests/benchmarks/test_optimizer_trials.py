"""The experiments on the prompt optimizer measure what they say: the best there is, the writer's forms, the budget."""

import random
import sys
from pathlib import Path

import pytest

from fivefold_prompts.optimizer.budget import Caps
from fivefold_prompts.optimizer.question import Example, question
from fivefold_prompts.optimizer.reply import ReplyFault, read_reply
from fivefold_prompts.optimizer.rollout import Stage

FOLDER = Path(__file__).parents[2] / "benchmarks" / "optimizer"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch):
    """Scripts import the files beside them; their names are theirs alone only here."""
    names = [path.stem for path in FOLDER.glob("*.py")]
    before = {name: sys.modules.pop(name, None) for name in names}
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def test_the_best_there_is_can_be_reached_and_the_start_is_worse():
    import landscapes as lands

    for name, land in lands.LANDSCAPES.items():
        start = lands.accuracy(land, lands.START)
        assert start <= lands.optimum(name) <= 1
        assert (start < lands.optimum(name)) == (not land.hopeless)
    whole = lands.with_clauses([lands.good(topic) for topic in lands.TOPICS], [])
    assert lands.accuracy(lands.LANDSCAPES["a"], whole) == 1
    assert lands.accuracy(lands.LANDSCAPES["c"], whole) < 0.5 < lands.accuracy(lands.LANDSCAPES["f"], lands.START) + 0.3
    assert lands.problem_text("train0001-0") != lands.problem_text("train0002-0")


def test_noise_turns_one_run_in_ten_and_the_same_run_ends_the_same_way():
    import landscapes as lands

    land = lands.LANDSCAPES["d"]
    ends = [lands.evaluate(land, lands.START, case, 5) for case in lands.cases("fresh", 400)]
    right = sum(run.right for run in ends) / 400
    share = lands.accuracy(land, lands.START, 400)
    assert abs(right - (0.9 * share + 0.1 * (1 - share))) < 0.06
    assert ends == [lands.evaluate(land, lands.START, case, 5) for case in lands.cases("fresh", 400)]


def test_the_writer_answers_every_tool_in_its_form():
    import landscapes as lands
    import writer

    case = "train0001-0"
    run = lands.evaluate(lands.LANDSCAPES["a"], lands.START, "train0003-0", 1)
    shown = run if run.stage is Stage.REFUTED else lands.evaluate(lands.LANDSCAPES["g"], lands.START, case, 1)
    asked = question(lands.START, lands.PARAMETERS, [Example(case, "type 0", shown)]).messages[0]["content"]
    assert writer.current_texts(asked) == lands.START
    read = 0
    for sample in range(40):
        reply = writer.write(asked, 1, sample)
        assert reply == writer.write(asked, 1, sample)
        try:
            read += bool(read_reply(reply))
        except ReplyFault:
            continue
    assert read >= 25
    gepa = f"Instructions:\n```\n{lands.START['code']}```\n ratios are missing\nwithin ``` blocks."
    assert any("```" in writer.write(gepa, 1, sample) for sample in range(5))
    trace = (
        'Now you see problem instance:\n"suggestion"\n#Variables\n'
        f"(str) code0={lands.START['code']}(str) formulate0={lands.START['formulate']}\n#Constraints\n"
        "#Feedback\nratios are missing"
    )
    assert set(writer.current_texts(trace)) == {"code0", "formulate0"}


def test_a_tool_gets_no_more_than_the_budget():
    import contest
    import landscapes as lands

    meter = contest.Meter(lands.LANDSCAPES["a"], 1, Caps(rollouts=5, tokens=100_000))
    call = {"call": "evaluate", "candidate": lands.START, "part": "train", "cases": lands.cases("train", 4)}
    runs = meter.answer(call)["runs"]
    assert len(runs) == 4 and all(0 <= run["score"] <= 1 and "12345" not in str(run) for run in runs)
    assert meter.answer(call) == {"over": True}
    assert meter.rollouts == 5
    assert meter.answer({"call": "best", "candidate": lands.START}) == {} and len(meter.path) == 1


def test_our_own_search_pays_its_gate_out_of_the_same_budget():
    import contest
    import landscapes as lands

    from fivefold_prompts.optimizer.proposers import optoprime

    run = contest.ours(lands.LANDSCAPES["a"], 1, Caps(rollouts=400, tokens=400_000), optoprime)
    assert run.rollouts <= 400 and run.tokens <= 400_000
    assert lands.accuracy(lands.LANDSCAPES["a"], run.shipped) >= lands.accuracy(lands.LANDSCAPES["a"], lands.START)
    assert run.path and run.path[0][0] == contest.SIZES["search"]


def test_results_are_kept_and_made_into_tables(tmp_path: Path):
    import skill

    names = ["none", skill.OURS]
    made = skill.run_all(tmp_path, tmp_path, "a", [5], 260, names)
    assert made == skill.run_all(tmp_path, tmp_path, "a", [5], 260, names)
    told = skill.tables(made, "a")
    assert "| start |" in told and "| fivefold minus |" in told and "| none |" in told
    low, high = skill.bootstrap([0.1, 0.2, 0.3])
    assert 0.1 <= low < 0.2 < high <= 0.3


def test_ways_to_copy_and_thirty_clean_prompts():
    import attacks
    import trials

    assert len(attacks.PROBLEM_WAYS) + len(attacks.answer_ways()) == 50
    jars = {
        "text": "A dairy fills plastic jars and glass jars. How many jars of glass?",
        "formulation": {
            "variables": [{"name": "jars"}],
            "constraints": [{"expression": "plastic <= 2*glass"}, {"expression": "x >= 3"}],
        },
    }
    written = {name: attack(jars, random.Random(1)) for name, attack in attacks.ROW_WAYS.items()}
    assert "plastic <= 2*glass" in written["a row of its formulation"] and not written["all rows of its formulation"]
    assert "plastic_jars <= 2 * glass_jars" in written["a row with long names, `rye_loaves`"]
    assert "plasticJars <= 2 * glassJars" in written["a row with long names, `ryeLoaves`"]
    assert len(set(attacks.CLEAN)) == 30
    assert attacks.in_words(48_735) == "forty-eight thousand seven hundred thirty-five"
    assert set(trials.TRIALS) == {"e0", "e1", "e2", "e5", "e6", "e7"}
    assert "0 |" in trials.attributions()

"""The gate promotes what is better and hardly ever what is not; near-duplicates never stand on both sides."""

import math
import random

import pytest

from fivefold_prompts.optimizer.gate import GateRules, admit, mcnemar, mcnemar_mid, noise_floor
from fivefold_prompts.optimizer.ledger import draw, shuffled
from fivefold_prompts.optimizer.pool import Pool, member, wilson_upper
from fivefold_prompts.optimizer.rollout import Cost, Rollout, Stage
from fivefold_prompts.optimizer.splits import groups, split


def runs(right: list[bool], tokens: int = 100) -> dict[str, Rollout]:
    stages = [Stage.RIGHT if good else Stage.CONSISTENT for good in right]
    return {f"c{i:03}": Rollout(stage=stage, cost=Cost(rollouts=1, tokens=tokens)) for i, stage in enumerate(stages)}


@pytest.mark.parametrize(("won", "lost", "p"), [(0, 0, 1.0), (5, 0, 1 / 32), (8, 2, 56 / 1024), (3, 3, 42 / 64)])
def test_mcnemar_is_the_tail_of_fair_coins(won: int, lost: int, p: float):
    assert mcnemar(won, lost) == pytest.approx(p)
    assert mcnemar_mid(won, lost) == pytest.approx(p - math.comb(won + lost, won) / 2 ** (won + lost + 1))


def test_mcnemar_has_room_for_thousands_of_cases() -> None:
    assert mcnemar(1100, 1100) == pytest.approx(0.5, abs=0.02)
    assert 0 < mcnemar(2000, 1800) < 0.001
    assert mcnemar_mid(2000, 1800) < mcnemar(2000, 1800)


def test_equal_prompts_are_promoted_at_most_one_time_in_twenty():
    """E0: the same noisy system against itself, 1,000 times."""
    draws = random.Random(11)
    promoted = 0
    for _ in range(1000):
        chance = [draws.choice([0.05, 0.5, 0.95]) for _ in range(60)]
        first, second = ([draws.random() < p for p in chance] for _ in range(2))
        promoted += admit(runs(first), runs(second), {}).promoted
    print(f"{promoted / 1000:.3f} of equal pairs promoted")
    assert promoted / 1000 <= 0.05


def test_equal_prompts_are_promoted_no_more_often_where_a_type_may_get_worse():
    draws = random.Random(12)
    types = {f"c{i:03}": str(i % 3) for i in range(60)}
    promoted = 0
    for _ in range(1000):
        first, second = ([draws.random() < 0.5 for _ in range(60)] for _ in range(2))
        promoted += admit(runs(first), runs(second), types, GateRules(type_cases=None)).promoted
    assert promoted / 1000 <= 0.05


def test_a_real_gain_is_promoted():
    admission = admit(runs([True] * 20 + [False] * 40), runs([True] * 32 + [False] * 28), {})
    assert admission.promoted and (admission.won, admission.lost) == (12, 0)
    assert admission.interval[0] > 0


def test_a_type_that_gets_worse_dearer_runs_and_noise_speak_against():
    before = runs([False] * 60 + [True] * 20)
    after = runs([True] * 60 + [True] * 10 + [False] * 10)
    types = {case: "LP" if i < 60 else "MILP" for i, case in enumerate(sorted(before))}
    assert "type 'MILP'" in admit(before, after, types).reasons[0]
    assert admit(before, after, {}).promoted
    traded = admit(before, after, types, GateRules(type_cases=None))
    assert traded.promoted and "type 'MILP'" in traded.traded[0]
    dear = {case: run.model_copy(update={"cost": Cost(tokens=126)}) for case, run in after.items()}
    assert "tokens" in admit(before, dear, {}).reasons[0]
    assert "equal runs" in " ".join(admit(runs([False] * 60), runs([True] * 6 + [False] * 54), {}, noise=0.4).reasons)
    assert not admit(runs([False] * 60), runs([True] * 5 + [False] * 55), {}, GateRules(looks=2)).promoted
    with pytest.raises(ValueError, match="same cases"):
        admit(runs([True]), runs([True, False]), {})


def test_noise_is_what_differs_between_equal_runs():
    assert noise_floor(runs([True, False, True, False]), runs([True, True, True, False])) == 0.25
    assert noise_floor({}, {}) == 0


# --- near-duplicates -------------------------------------------------------------------------------------


def problems() -> dict[str, str]:
    draws = random.Random(8)
    made = {}
    for number in range(90):
        words = " ".join("".join(draws.choices("abcdefghij", k=6)) for _ in range(14))
        for sibling in range(3):
            made[f"{number % 5}-{number}-{sibling}"] = (
                f"A firm {words} at {10 * sibling + 3} a unit and {sibling}.5 an hour."
            )
    return made


def test_siblings_stay_together_and_every_part_gets_its_share():
    made = problems()
    parts = split(made, {case: case[0] for case in made}, seed=4)
    where = {case: name for name, cases in parts.items() for case in cases}
    assert set(where) == set(made)
    for case in made:
        assert where[case] == where[case[:-1] + "0"]
    shares = {name: len(cases) / len(made) for name, cases in parts.items()}
    assert shares == pytest.approx({"train": 0.35, "search": 0.2, "gate": 0.3, "test": 0.15}, abs=0.08)
    assert parts == split(dict(reversed(made.items())), {case: case[0] for case in made}, seed=4)
    assert parts != split(made, {case: case[0] for case in made}, seed=5)


def test_numbers_do_not_make_two_problems_of_one():
    one = "A farm of 40 acres grows corn and wheat and earns 12.5 for each acre of corn."
    other = "A farm of 95 acres grows corn and wheat and earns 3 for each acre of corn."
    assert groups({"a": one, "b": other, "c": "A ship carries cars."}) == [["a", "b"], ["c"]]


# --- pool and draws --------------------------------------------------------------------------------------


def pooled(size: int, *rights: list[bool]) -> Pool:
    types = {f"c{i:03}": "LP" if i < 20 else "MILP" for i in range(40)}
    pool = Pool(size)
    for number, right in enumerate(rights):
        pool.add(member(f"m{number}", {"p": "x" * number}, None, number, runs(right), types))
    return pool


def test_the_best_at_each_type_is_on_the_front_and_the_best_of_all_always_breeds():
    pool = pooled(
        9,
        [False] * 40,
        [True] * 20 + [False] * 20,
        [False] * 20 + [True] * 20,
        [True] * 15 + [False] * 5 + [True] * 15 + [False] * 5,
    )
    front = {kind: {one.id for one in members} for kind, members in pool.front().items()}
    assert "m1" in front["LP"] and "m2" in front["MILP"] and "m0" not in front["LP"] | front["MILP"]
    assert pool.best().id == "m3"
    bred = [pool.breeder(1, step).id for step in range(400)]
    assert bred.count("m3") > 160 and set(bred) == {"m0", "m1", "m2", "m3"}


def test_a_full_pool_keeps_the_first_and_the_best():
    draws = random.Random(3)
    rights = [[draws.random() < 0.1 + number / 60 for _ in range(40)] for number in range(30)]
    pool = pooled(5, *rights)
    assert len(pool.members) == 5 and pool.members[0].id == "m0"
    scores = [sum(right) for right in rights]
    assert pool.best().id == f"m{scores.index(max(scores))}"


def test_an_interval_holds_its_share():
    assert all(wilson_upper(k, 20) + 1e-9 >= k / 20 for k in range(21))


def test_draws_depend_on_their_names_only():
    assert draw(1, "a", 2) == draw(1, "a", 2) != draw(2, "a", 2)
    assert draw(1, "a", 12) != draw(1, "a1", 2)
    values = [draw(5, i) for i in range(4000)]
    assert all(0 <= value < 1 for value in values)
    assert abs(sum(values) / 4000 - 0.5) < 0.02
    assert sorted(shuffled(range(50), 1, "x")) == list(range(50)) != shuffled(range(50), 1, "x")

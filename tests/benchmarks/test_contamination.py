"""Benchmark problems found inside prompts: long runs of words, and nothing found that is not there."""

from hypothesis import given
from hypothesis import strategies as st

from fivefold_benchmarks.case import Case
from fivefold_benchmarks.contamination import RUN, leaks, shown_elsewhere, words_of

TEXT = (
    "A mill grinds 40 sacks of wheat in 3 hours, each sold at 2.5 EUR; seven people work there. "
    "How many sacks should be ground in a week of 60 hours to earn most?"
)
WORDS = st.lists(st.sampled_from(["mill", "grinds", "sacks", "of", "wheat", "in", "three", "hours"]), max_size=40)


def case(text: str, name: str = "m-1") -> Case:
    return Case(id=name, benchmark="mills", question=text)


def test_a_repeated_problem_is_found_in_other_dress() -> None:
    whole = "Example:\n" + TEXT.upper().replace(";", " --").replace(",", "\n")
    part = " ".join(words_of(TEXT)[5 : 5 + RUN])
    [found] = leaks([case(TEXT)], {"prompt": whole})
    assert (found.case, found.benchmark, found.where, found.share) == ("m-1", "mills", "prompt", 1.0)
    [found] = leaks([case(TEXT)], {"clean": "Nothing of it.", "memory": f"Before. {part} after."})
    assert found.where == "memory" and found.words == part and 0 < found.share < 0.1
    assert leaks([case(TEXT)], {"memory": " ".join(words_of(TEXT)[5 : 4 + RUN])}) == []
    assert len(leaks([case(TEXT)], {"memory": " ".join(words_of(TEXT)[5 : 4 + RUN])}, run=RUN - 1)) == 1


def test_short_problems_count_as_a_whole_or_not_at_all() -> None:
    short = "Minimise x over all x above 3"
    assert [leak.share for leak in leaks([case(short)], {"a": f"Say: {short}!", "b": "Minimise x over all x"})] == [1.0]
    assert leaks([case("Two plus two?"), case("", "m-2")], {"a": "Two plus two?"}) == []
    assert leaks([], {"a": TEXT}) == [] and leaks([case(TEXT)], {}) == []


@given(WORDS, WORDS, st.integers(1, 8))
def test_found_exactly_where_a_run_of_words_is_shared(problem: list[str], text: list[str], run: int) -> None:
    found = leaks([case(" ".join(problem))], {"text": ", ".join(text)}, run=run)
    length = min(run, len(problem))
    shared = any(
        problem[place : place + length] == text[other : other + length]
        for place in range(len(problem) - length + 1)
        for other in range(len(text) - length + 1)
    )
    assert bool(found) == (shared and length >= min(run, 6) and length > 0)


def test_a_problem_that_was_shown_with_another_one_is_found() -> None:
    other = "A baker fills 30 crates with rolls each morning, " + " ".join(words_of(TEXT)[:RUN])
    cases = {"mill": case(TEXT, "mill"), "baker": case(other, "baker")}
    assert shown_elsewhere(cases, [("mill", f"Solve: {TEXT}"), ("baker", f"Solve: {other}")]) == {}
    asked = [("baker", f"For example: {TEXT.upper()} Solve: {other}"), ("mill", "nothing"), ("mill", TEXT)]
    assert shown_elsewhere(cases, asked) == {"mill": 1}

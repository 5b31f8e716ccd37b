"""What is read off a problem's text without an LLM, and which texts are refused."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fivefold.errors import CallerError
from fivefold.problem import (
    MAX_CHARACTERS,
    Problem,
    has_numbers,
    looks_like_decision,
    quantities,
    sentence_at,
    word_values,
    words_for,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12 boats and 7 oars", [12, 7]),
        ("$1,250.75, 3,000,000 and 40", [1250.75, 3000000, 40]),
        ("2.5 and .5 and 0.25.", [2.5, 0.5, 0.25]),
        ("3 million, 2.5 thousand, 1 billion", [3e6, 2500, 1e9]),
        ("1.5 mıllion", [1.5e6]),
        ("[5,10,15] and 1,2", [5, 10, 15, 1, 2]),
        ("5-10 hours, a 10-hour day", [5, 10, 10]),
        ("x1, A2 and v1.2.3", []),
        ("model T4, 7kg, (8)", [7, 8]),
        ("9.", [9]),
        ("no digits", []),
    ],
)
def test_numbers_in_digits(text: str, values: list[float]) -> None:
    assert [quantity.value for quantity in quantities(text)] == values


def test_percentages_keep_their_number_and_say_so() -> None:
    found = quantities("20% of 30 percent, 40 per cent, 5 \\% and 60")
    assert [(q.value, q.percent) for q in found] == [(20, True), (30, True), (40, True), (5, True), (60, False)]
    assert [q.written for q in found] == ["20%", "30 percent", "40 per cent", "5 \\%", "60"]


@given(st.text() | st.lists(st.sampled_from(["1", "9" * 400, ",", ".", "/", "%", " millıon", " ", "٣"])).map("".join))
@example("8 thouſand")
def test_quantities_stand_where_they_say(text: str) -> None:
    for quantity in quantities(text):
        assert text[quantity.start :].startswith(quantity.written) and quantity.value >= 0


def test_number_words() -> None:
    assert word_values("Twice as many; half of sixteen, or ninety-one") == {2, 0.5, 16, 90, 1, 91}
    assert word_values("Someone often weighs tenpins") == set()
    assert {"two", "twice", "both"} <= set(words_for(2)) and words_for(2.5) == []


@pytest.mark.parametrize(
    ("text", "mark", "sentence"),
    [
        ("First one. A pot takes 2.5 hours! Last.", "2.5", "A pot takes 2.5 hours!"),
        ("Data:\n- oak 4\n- elm 6\n", "4", "- oak 4"),
        ("It has limits: 5 a day; 7 a week.", "7", "7 a week."),
        ("It has limits: 5 a day; 7 a week.", "5", "5 a day;"),
        ("no end 8", "8", "no end 8"),
        ("9 leads.", "9", "9 leads."),
    ],
)
def test_the_sentence_of_a_place(text: str, mark: str, sentence: str) -> None:
    assert sentence_at(text, text.index(mark)) == sentence


@given(st.text(alphabet="ab1.!? \n;:", max_size=40), st.data())
def test_a_sentence_is_a_piece_of_its_text(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    assert sentence_at(text, place) in text


def test_the_sentences_of_a_long_text_are_looked_for_once() -> None:
    text = "Yard 7 took 41 crates. " * 4000
    begun = time.monotonic()
    assert {sentence_at(text, match.start()) for match in re.finditer("41", text)} == {"Yard 7 took 41 crates."}
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "text",
    [
        "How many tents should be pitched?",
        "Maximise the yield.",
        "Find the cheapest way home.",
        "Each guard works 5 days; which shifts?",
        "Schedule the jobs.",
        "Costs must stay within the budget.",
        "Three drivers share six tours; make the longest working time as short as possible.",
    ],
)
def test_texts_that_ask_for_a_decision(text: str) -> None:
    assert looks_like_decision(text)


@pytest.mark.parametrize("text", ["The sky was blue over the hills.", "Hello there, good morning to you.", ""])
def test_texts_that_ask_for_none(text: str) -> None:
    assert not looks_like_decision(text)


def test_numbers_in_digits_or_words() -> None:
    assert has_numbers("5 cats") and has_numbers("three cats") and not has_numbers("one cat and a half")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n", "is empty"),
        ("x" * (MAX_CHARACTERS + 1), "100,001 characters"),
        ("cut \ud800 in half and so on", "is not text"),
        ("a zero \0 in the middle of it", "is not text"),
        ("\x01\x02\x03 what is this text now", "is not text"),
        ("make some", "too short"),
        ("averylongsinglewordalone", "too short"),
    ],
)
def test_what_is_no_problem_is_refused_with_the_mend(text: str, words: str) -> None:
    with pytest.raises(CallerError, match=words):
        Problem.from_text(text)


def test_a_problem_is_cleaned_and_named() -> None:
    problem = Problem.from_text("\ufeff\r\nHow many tents\r\nshould be pitched?\n", id="tents")
    assert problem.text == "How many tents\nshould be pitched?" and problem.id == "tents"
    assert len(problem.sha256) == 64 and problem.sha256 == Problem.from_text(problem.text).sha256


def test_text_copied_out_of_json_gets_its_line_breaks() -> None:
    problem = Problem.from_text(
        r"A dairy fills two kinds of cups.\n\n- Milk: 3 l a cup\r\n- Curd: 2 l a cup\nWhat is best?\n"
    )
    assert problem.text == "A dairy fills two kinds of cups.\n\n- Milk: 3 l a cup\n- Curd: 2 l a cup\nWhat is best?"


@pytest.mark.parametrize(
    "text",
    [
        r"Maximize the profit of two cups with a \neq b and \nu of them, at most 40.",
        "Two cups are to be filled at least cost;\nthe log shows a `\\n- ` where a line ended.",
    ],
)
def test_backslash_that_is_no_line_break_stays(text: str) -> None:
    assert Problem.from_text(text).text == text

"""Sets of prompts are kept by content; tags move and come back; what is exported comes back the same."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.sets import PromptSet, PromptSets, shipped, versions_of, word_diff
from fivefold_prompts.store import load
from fivefold_prompts.version import PromptError

OLD = PromptSet(values={"formulate": "## user\nBe careful.\n{{problem}}\n", "rounds": "2"}, author="people")
NEW = PromptSet(values={**OLD.values, "rounds": "3"}, parent=OLD.id, admission={"p": 0.01})


@pytest.fixture
def sets(tmp_path: Path) -> PromptSets:
    return PromptSets(tmp_path / "own")


def test_a_set_is_found_by_id_by_its_beginning_and_by_tag(sets: PromptSets):
    id = sets.put(OLD)
    sets.put(NEW)
    sets.tag("in-use", id)
    assert sets.get(id) == sets.get(id[:8]) == sets.get("in-use") == OLD
    assert sets.ids() == sorted([OLD.id, NEW.id])
    assert id == candidate_id(OLD.values)


def test_the_same_values_are_kept_once_and_as_they_were(sets: PromptSets):
    sets.put(OLD)
    sets.put(OLD.model_copy(update={"author": "another"}))
    assert sets.get(OLD.id).author == "people"


def test_what_is_measured_later_is_added_once(sets: PromptSets):
    first = NEW.model_copy(update={"measured": "ten cases", "scores": {"search": 0.5}, "reason": "promoted"})
    later = first.model_copy(update={"measured": "others", "scores": {"search": 0.4}, "admission": {"p": 0.4}})
    for kept in (first, later, first, later):
        sets.put(kept)
    assert sets.get(NEW.id) == first
    assert [one.measured for one in sets.measurements(NEW.id)] == ["ten cases", "others"]
    assert sets.measurements(NEW.id)[-1].admission == {"p": 0.4}


def test_why_a_tag_moved_is_kept(sets: PromptSets):
    sets.tag("in-use", sets.put(OLD), "first")
    sets.tag("in-use", sets.put(NEW), "p = 0.01")
    sets.rollback("in-use", "too slow")
    assert [move.get("why") for move in sets.history("in-use")] == ["first", "p = 0.01", "too slow"]
    with pytest.raises(PromptError, match=r"no prompt set 'nosuch'\. There are: shipped, "):
        sets.get("nosuch")
    with pytest.raises(PromptError, match="beginning of an id"):
        sets.tag("abcdef12", OLD.id)
    with pytest.raises(PromptError, match="no tag"):
        sets.tag("shipped", OLD.id)


def test_the_shipped_set_is_there_by_name_and_compared_in_what_the_other_has(sets: PromptSets):
    sets.put(own := PromptSet(values={"constrain": shipped().values["constrain"] + "Be exact.\n"}))
    assert sets.get("shipped") == shipped() and sets.ids() == [own.id]
    assert sets.diff("shipped", own.id).count("+++") == 1
    assert "{+Be exact.\n+}" in sets.diff("shipped", own.id, words=True)
    sets.tag("mine", "shipped")
    assert sets.get("mine").values == shipped().values


def test_a_set_gives_versions_that_follow_the_shipped_ones():
    text = shipped().values["declare"]
    found = versions_of(PromptSet(values={"declare": text + "More.\n", "constrain": shipped().values["constrain"]}))
    assert (found["declare"].number, found["declare"].parent) == (load("declare").number + 1, load("declare").ref)
    assert found["constrain"] == load("constrain")
    for values, said in (({"nothing": "## user\nx\n"}, "no prompt"), ({"declare": "## user\nx\n"}, "placeholders")):
        with pytest.raises(PromptError, match=said):
            versions_of(PromptSet(values=values))


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_word_diff_holds_both_texts(before: str, after: str):
    plain = before.translate(str.maketrans("", "", "[]{}+-")), after.translate(str.maketrans("", "", "[]{}+-"))
    told = word_diff(*plain)
    assert re.sub(r"\{\+.*?\+\}", "", told, flags=re.DOTALL).replace("[-", "").replace("-]", "") == plain[0]
    assert re.sub(r"\[-.*?-\]", "", told, flags=re.DOTALL).replace("{+", "").replace("+}", "") == plain[1]


def test_a_tag_moves_and_comes_back(sets: PromptSets):
    for kept in (OLD, NEW):
        sets.tag("in-use", sets.put(kept))
    assert sets.tags() == {"in-use": NEW.id}
    assert sets.rollback("in-use") == OLD.id
    assert sets.get("in-use") == OLD
    assert sets.rollback("in-use") == NEW.id
    with pytest.raises(PromptError, match="nowhere else"):
        sets.rollback("unknown")


def test_a_move_that_was_cut_short_is_no_move(sets: PromptSets, tmp_path: Path):
    sets.tag("in-use", sets.put(OLD))
    with (tmp_path / "own" / "tags.jsonl").open("a") as file:
        file.write('{"tag": "in-use", "id": "12')
    assert sets.get("in-use") == OLD
    sets.tag("in-use", sets.put(NEW))
    assert sets.get("in-use") == NEW


def test_what_two_sets_differ_in(sets: PromptSets):
    sets.put(OLD)
    sets.put(NEW)
    told = sets.diff(OLD.id[:8], NEW.id[:8])
    assert "-2\n+3" in told and "careful" not in told


def test_an_export_comes_back_the_same_and_changed_it_is_another(sets: PromptSets, tmp_path: Path):
    sets.put(NEW)
    sets.export(NEW.id, tmp_path / "out")
    other = PromptSets(tmp_path / "elsewhere")
    assert other.take(tmp_path / "out") == NEW.id
    assert other.get(NEW.id) == NEW
    (tmp_path / "out" / "rounds.md").write_text("4")
    changed = other.get(other.take(tmp_path / "out", author="me"))
    assert changed.id not in (NEW.id, OLD.id)
    assert (changed.parent, changed.admission, changed.author) == (NEW.id, {}, "me")
    with pytest.raises(PromptError, match="not empty"):
        sets.export(NEW.id, tmp_path / "out")
    with pytest.raises(PromptError, match="no set"):
        other.take(tmp_path)


def test_what_is_not_there_or_was_changed_is_said(sets: PromptSets, tmp_path: Path):
    with pytest.raises(PromptError, match="There are: shipped"):
        sets.get("in-use")
    sets.put(OLD)
    with pytest.raises(PromptError, match="no tag"):
        sets.tag("In Use", OLD.id)
    file = tmp_path / "own" / "sets" / f"{OLD.id}.json"
    file.write_text(file.read_text().replace("careful", "quick"))
    with pytest.raises(PromptError, match="was changed"):
        sets.get(OLD.id)


@pytest.mark.parametrize("values", [{}, {"../x": "y"}, {"A": "y"}])
def test_names_stay_inside_the_folder(values: dict[str, str]):
    with pytest.raises(ValueError, match="small letters"):
        PromptSet(values=values)

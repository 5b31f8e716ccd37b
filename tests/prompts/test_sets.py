"""Sets of prompts are kept by content; tags move and come back; what is exported comes back the same."""

from pathlib import Path

import pytest

from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.sets import PromptSet, PromptSets
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
    assert other.take(tmp_path / "out", author="me") not in (NEW.id, OLD.id)
    with pytest.raises(PromptError, match="not empty"):
        sets.export(NEW.id, tmp_path / "out")
    with pytest.raises(PromptError, match="no set"):
        other.take(tmp_path)


def test_what_is_not_there_or_was_changed_is_said(sets: PromptSets, tmp_path: Path):
    with pytest.raises(PromptError, match="There are: none"):
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

"""The library of prompts: what is packaged is whole, and a folder of one's own is read alike."""

from pathlib import Path

import pytest

from fivefold_prompts.store import load, names, versions
from fivefold_prompts.version import PromptError, render


def write(library: Path, name: str, number: int, text: str = "Say {{word}}.", /, **changes: str) -> Path:
    matter = {
        "name": name,
        "number": str(number),
        "description": "d",
        "placeholders": "[word]" if "{{word}}" in text else "[]",
        "author": "a",
        **changes,
    }
    file = library / name / f"v{number:03}.md"
    file.parent.mkdir(exist_ok=True)
    lines = [f"{key}: {value}" for key, value in matter.items()]
    file.write_text("\n".join(["---", *lines, "---", "## user", text, ""]), "utf-8")
    return file


def test_everything_in_the_package_is_well_formed():
    """Numbers match file names and have no gap, placeholders match the text: `versions` refuses all else."""
    for version in versions():
        assert load(version.name, version.number) == version
        assert version.description and version.author
        assert render(version, **{name: f"<{name}>" for name in version.placeholders})
    assert {version.name for version in versions()} == set(names())


def test_the_latest_is_loaded_unless_one_is_named(tmp_path: Path):
    for number in range(1, 12):
        write(tmp_path, "greet", number, f"Say {{{{word}}}} {number} times.")
    assert load("greet", library=tmp_path).number == 11
    assert "2 times" in load("greet", 2, library=tmp_path).text
    assert [v.number for v in versions(tmp_path)] == list(range(1, 12))


def test_prompts_come_by_name(tmp_path: Path):
    for name in ("repair", "explain"):
        write(tmp_path, name, 1)
    (tmp_path / "README.md").write_text("about")
    assert names(tmp_path) == ["explain", "repair"]
    assert [v.name for v in versions(tmp_path)] == ["explain", "repair"]
    assert names(tmp_path / "missing") == [] and list(versions(tmp_path / "missing")) == []


def test_what_is_not_there_is_said(tmp_path: Path):
    write(tmp_path, "greet", 1)
    with pytest.raises(PromptError, match=r"no prompt 'other'\. There are: greet"):
        load("other", library=tmp_path)
    with pytest.raises(PromptError, match=r"no version 7\. There are: 1"):
        load("greet", 7, library=tmp_path)
    with pytest.raises(PromptError, match="no prompt"):
        load("../greet", library=tmp_path / "greet")


def test_a_gap_is_refused(tmp_path: Path):
    write(tmp_path, "greet", 1)
    write(tmp_path, "greet", 3)
    with pytest.raises(PromptError, match="without a gap"):
        list(versions(tmp_path))


def test_a_file_must_be_what_its_place_says(tmp_path: Path):
    write(tmp_path, "greet", 1, number="2")
    with pytest.raises(PromptError, match=r"library/greet/v001\.md says it is 'greet' number 2"):
        load("greet", library=tmp_path)
    write(tmp_path, "greet", 1, name="other")
    with pytest.raises(PromptError, match="says it is 'other'"):
        load("greet", library=tmp_path)


def test_slips_name_their_file(tmp_path: Path):
    write(tmp_path, "greet", 1).write_bytes(b"\xff")
    with pytest.raises(PromptError, match=r"library/greet/v001\.md: "):
        load("greet", library=tmp_path)
    write(tmp_path, "greet", 1)
    (tmp_path / "greet" / "v2.md").write_text("")
    with pytest.raises(PromptError, match=r"greet/v2\.md` is no prompt"):
        load("greet", library=tmp_path)

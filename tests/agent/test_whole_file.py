"""What a command writes replaces a plain file at once, and nothing that is no plain file."""

import os
import stat
from pathlib import Path

import pytest

from fivefold.whole_file import write_whole


def test_a_plain_file_is_replaced_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    place.write_text("old")
    write_whole(place, b"new")
    assert place.read_text() == "new" and os.listdir(tmp_path) == ["plan.json"]


def test_a_pipe_stays_a_pipe_and_gets_the_content(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)
    try:
        write_whole(pipe, b"a plan")
        assert os.read(reader, 100) == b"a plan"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and os.listdir(tmp_path) == ["pipe"]


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "plan.json", tmp_path / "plan.json"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_text() == "new"


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(folder, b"new")
    assert folder.is_dir() and os.listdir(tmp_path) == ["folder"]

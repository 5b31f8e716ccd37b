"""The parts of the sandbox that have algebra of their own: what is kept of a stream, and the environment."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fivefold_solvers.result import RESULT_PREFIX
from fivefold_solvers.sandbox.capture import LINE_BYTES, Capture
from fivefold_solvers.sandbox.environment import KEPT_VARIABLES, child_environment, remove_folder

TEXT = st.text(st.sampled_from("ab\ncé€"), max_size=60)


@given(st.lists(TEXT, max_size=8), st.integers(0, 200))
def test_what_is_kept_is_head_and_tail(pieces: list[str], keep: int):
    whole = "".join(pieces).encode()
    lines: list[str] = []
    capture = Capture("stdout", keep, lines.append)
    for piece in pieces:
        capture.feed(piece.encode())
    capture.finish()
    assert capture.total == len(whole)
    text = capture.text()
    if len(whole) <= keep:
        assert text == whole.decode()
    else:
        head, tail = whole[: (keep + 1) // 2], whole[len(whole) - keep // 2 :]
        assert text.startswith(head.decode("utf-8", "replace")) and text.endswith(tail.decode("utf-8", "replace"))
        assert f"{len(whole) - keep} bytes left out" in text
    expected = whole.decode().split("\n")
    assert lines == (expected if expected[-1] else expected[:-1])


@given(st.lists(st.integers(1, 40), max_size=20))
def test_a_result_line_is_found_however_it_is_cut(cuts: list[int]):
    line = (RESULT_PREFIX + "{}").encode()
    data = b"log\n" + line + b"\n" + b"x" * 100 + b"\n" + line
    capture = Capture("stdout", 10)
    for cut in cuts:
        capture.feed(data[:cut])
        data = data[cut:]
    capture.feed(data)
    capture.finish()
    assert list(capture.reports) == [line, line]


def test_a_listener_gets_no_endless_line():
    lines: list[str] = []
    capture = Capture("stdout", 10, lines.append)
    capture.feed(b"x" * (LINE_BYTES * 2) + b"\r\nnext\r\n")
    assert [len(line) for line in lines] == [LINE_BYTES, 4]


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(KEPT_VARIABLES), st.text(max_size=8)))
def test_only_named_variables_get_through(base: dict[str, str]):
    scratch = Path("/scratch")
    own = child_environment({}, scratch)
    environment = child_environment(base, scratch)
    assert {name: value for name, value in environment.items() if name not in own} == {
        name: base[name] for name in KEPT_VARIABLES if name in base
    }
    assert own["HOME"] == own["TMPDIR"] == "/scratch"


def test_a_locked_folder_is_removed(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "link").symlink_to(outside)
    (folder / "a").chmod(0)
    folder.chmod(0)
    remove_folder(folder)
    assert not folder.exists() and outside.stat().st_mode & 0o777 == 0o750

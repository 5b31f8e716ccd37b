"""Downloads benchmark files to the cache: whole or not at all, and never another content under the same address.

Most files have no published checksum. Theirs is recorded when they first come (`hashes.json` beside them); a file
whose content differs from the record later is refused, whether it changed on the disk or at its source.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fivefold.errors import CallerError, OutsideError
from fivefold.llm.local.lock import file_lock
from fivefold_benchmarks.registry import GITHUB, Benchmark, Source, benchmark

_BLOCK = 64 << 10
_TRIES = 3
_LARGEST = 256 << 20
"""Bytes; no benchmark file comes near."""
_NO_DATA = {
    b"<!doctype html": "a web page, maybe to log in at,",
    b"<html": "a web page, maybe to log in at,",
    b"version https://git-lfs": "Git's note of a large file",
}
"""How answers begin that are no data, and what they are."""
_BROKEN = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file in the cache."""

    path: Path
    sha256: str
    url: str
    is_new: bool
    """Whether it was downloaded by this call."""
    is_first: bool
    """Whether its checksum was recorded just now because none is published."""


def fetch(
    name: str | Benchmark,
    cache_dir: Path,
    *,
    mirror: str = GITHUB,
    first_only: bool = False,
    timeout_s: float = 30.0,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Fetched]:
    """Download what is missing of a benchmark and return its files, checked.

    Args:
        name: Name in the registry, or an entry of the caller's own.
        cache_dir: Files go to `benchmarks/` under it.
        mirror: What stands before owner, repository, commit and file.
        first_only: Only the version with the texts and published answers, not the labels of others.
        timeout_s: Longest silence of the server.
        tell: Called with the address of each file before it is downloaded.

    Raises:
        CallerError: there is no such benchmark, or it wants a login.
        OutsideError: no network, the server refuses, or a file is not the one it was.
    """
    entry = benchmark(name) if isinstance(name, str) else name
    if entry.needs_login:
        raise CallerError(
            f"{entry.name} wants a login: accept its terms at {entry.needs_login}, download it there and give its "
            f"rows with `--data` (JSON lines with `id`, `question`, `answer`)"
        )
    fetched: list[Fetched] = []
    try:
        with file_lock(cache_dir / "benchmarks" / entry.name / ".lock"):
            for source in entry.sources[:1] if first_only else entry.sources:
                fetched += [
                    _fetch_file(source, path, _Place(entry.name, cache_dir, path), mirror, timeout_s, tell)
                    for path in source.paths
                ]
    except OSError as fault:
        raise OutsideError(f"the cache `{cache_dir}` cannot be written: {fault}; set FIVEFOLD_CACHE_DIR") from fault
    return fetched


def cached(entry: Benchmark, cache_dir: Path) -> Iterator[tuple[Source, list[Path]]]:
    """Yield each version with its files in the cache, checked against the record; labels never fetched stay out.

    Raises:
        CallerError: a file is missing; says how to fetch it.
        OutsideError: a file changed on the disk.
    """
    for source in entry.sources:
        places = [_Place(entry.name, cache_dir, path) for path in source.paths]
        was_there = any(place.file.is_file() or place.recorded() for place in places)
        if source is not entry.sources[0] and not was_there:
            continue
        for place in places:
            if not place.file.is_file():
                raise CallerError(
                    f"{entry.name} is not in the cache ({place.file} is missing): "
                    f"run `fivefold bench fetch {entry.name}`, or give its rows with `--data`"
                )
            _check(place, source, _sha256(place.file), "on the disk")
        yield source, [place.file for place in places]


class _Place:
    """Where a file lies and what is on record of it."""

    def __init__(self, name: str, cache_dir: Path, path: str) -> None:
        self.path = path
        folder = cache_dir / "benchmarks" / name
        self.file = folder / path
        self.partial = self.file.with_name(self.file.name + ".partial")
        self.record = folder / "hashes.json"

    def recorded(self) -> str | None:
        """Return the checksum that the file had when it first came."""
        if not self.record.is_file():
            return None
        try:
            return str(json.loads(self.record.read_text("utf-8"))[self.path])
        except KeyError:
            return None
        except ValueError:
            raise OutsideError(
                f"the record of checksums `{self.record}` is damaged; delete `{self.record.parent}` and fetch again"
            ) from None

    def write_down(self, sha256: str) -> None:
        """Record the checksum of a file that came for the first time."""
        known: dict[str, str] = json.loads(self.record.read_text("utf-8")) if self.record.is_file() else {}
        new = self.record.with_suffix(".new")
        new.write_text(json.dumps({**known, self.path: sha256}, indent=1, sort_keys=True), "utf-8")
        new.replace(self.record)


def _fetch_file(
    source: Source, path: str, place: _Place, mirror: str, timeout_s: float, tell: Callable[[str], None]
) -> Fetched:
    url = mirror.rstrip("/") + "/" + path
    if place.file.is_file():
        sha256 = _sha256(place.file)
        _check(place, source, sha256, "on the disk")
        return Fetched(place.file, sha256, url, is_new=False, is_first=False)
    tell(url)
    place.partial.parent.mkdir(parents=True, exist_ok=True)
    _download(url, place.partial, timeout_s)
    _refuse_what_is_no_data(place.partial, url)
    sha256 = _sha256(place.partial)
    is_first = source.sha256 is None and place.recorded() is None
    try:
        _check(place, source, sha256, f"at {url}")
    except OutsideError:
        place.partial.unlink()
        raise
    if is_first:
        place.write_down(sha256)
    place.partial.replace(place.file)
    return Fetched(place.file, sha256, url, is_new=True, is_first=is_first)


def _refuse_what_is_no_data(partial: Path, url: str) -> None:
    """Refuse what stands for a file: a page to log in at, or the note that Git keeps of a large file."""
    with partial.open("rb") as file:
        start = file.read(100).lstrip().lower()
    what = next((said for sign, said in _NO_DATA.items() if start.startswith(sign)), None)
    if what is None:
        return
    partial.unlink()
    raise OutsideError(
        f"{url} answered with {what} instead of the file; download it yourself and give its rows with `--data`, or "
        "give another address with `--mirror`"
    )


def _check(place: _Place, source: Source, found: str, where: str) -> None:
    """Refuse a content that is not the published or recorded one."""
    wanted = source.sha256 or place.recorded()
    if wanted is None or wanted == found:
        return
    since = "as published" if source.sha256 else f"when it first came, in `{place.record}`"
    raise OutsideError(
        f"`{place.path}` changed {where}: SHA-256 {found}, but {wanted} {since}. Numbers from it would not compare "
        f"with earlier ones. If you want the new content, delete `{place.record.parent}` and fetch again; "
        f"if only the file on the disk is damaged, delete it"
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _download(url: str, partial: Path, timeout_s: float) -> None:
    """Bring the file to `partial`, going on where the last try broke off."""
    fruitless = 0
    while True:
        have = partial.stat().st_size if partial.is_file() else 0
        try:
            _append(url, partial, have, timeout_s)
            return
        except urllib.error.HTTPError as fault:
            fault.close()
            if fault.code == 416 and have:
                partial.unlink()  # more than there is: the rest of another file
                continue
            raise OutsideError(_refusal(url, fault.code)) from None
        except _BROKEN as fault:
            gained = partial.is_file() and partial.stat().st_size > have
            fruitless = 0 if gained else fruitless + 1
            if fruitless >= _TRIES or (have == 0 and not gained):
                reason = fault.reason if isinstance(fault, urllib.error.URLError) else fault
                raise OutsideError(
                    f"cannot reach {url} ({reason or type(fault).__name__}); what came so far is kept. With a network, "
                    f"run it again; without one, give rows with `--data`, or another address with `--mirror`"
                ) from None
            time.sleep(0.2 * fruitless)


def _append(url: str, partial: Path, have: int, timeout_s: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "fivefold", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        resumed = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        done = have if resumed else 0
        announced = answer.headers.get("Content-Length")
        whole = None if announced is None else done + int(announced)
        with partial.open("r+b" if resumed else "wb") as file:
            file.seek(done)
            while block := answer.read(_BLOCK):
                done += file.write(block)
                if done > _LARGEST:
                    raise OutsideError(f"{url} is larger than any benchmark file ({_LARGEST:,} bytes)")
    if whole is not None and done < whole:
        raise http.client.IncompleteRead(b"", whole - done)  # a broken connection, not a short file


def _refusal(url: str, code: int) -> str:
    if code in (401, 403):
        return f"{url} answered {code}: it wants a login; download it yourself and give its rows with `--data`"
    if code == 404:
        return (
            f"{url} is not there any more (404); give another address with `--mirror`, or rows with `--data`; "
            "where these are the labels of others, `--first-only` leaves them out"
        )
    return f"{url} answered {code}; try again later"

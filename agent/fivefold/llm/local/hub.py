"""Fetches the weights from the hub over HTTP, going on where an earlier try stopped."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from fivefold.llm.local.record import OnProgress, PullProgress, SourceUnreachableError, WeightsRecord

_BLOCK = 256 << 10
_TRIES = 3
"""Connections in a row that may fail without bringing a byte."""
_BROKEN = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError)
"""What a broken network raises; other OSErrors are those of writing the file."""


def fetch_from_hub(partial: Path, record: WeightsRecord, tell: OnProgress, *, timeout_s: float) -> None:
    """Append to `partial` what it lacks.

    Raises:
        SourceUnreachableError: The hub cannot be reached, refuses, or keeps breaking off.
    """
    fruitless = 0
    while True:
        have = partial.stat().st_size if partial.is_file() else 0
        if have == record.size:
            return
        if have > record.size:
            partial.unlink()
            have = 0
        try:
            _fetch_rest(partial, have, record, tell, timeout_s)
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceUnreachableError(f"the hub answered {error.code} for {record.hub_url}") from error
        except _BROKEN as error:
            now = partial.stat().st_size if partial.is_file() else 0
            fruitless = 0 if now > have else fruitless + 1
            # No answer at all before the first byte is no network; only a broken download is worth a retry.
            if now == 0 or fruitless >= _TRIES:
                reason = error.reason if isinstance(error, urllib.error.URLError) else error
                raise SourceUnreachableError(f"the hub cannot be reached ({reason or type(error).__name__})") from error
            time.sleep(0.2 * fruitless)


def _fetch_rest(partial: Path, have: int, record: WeightsRecord, tell: OnProgress, timeout_s: float) -> None:
    request = urllib.request.Request(record.hub_url, headers={"User-Agent": "fivefold"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        resumed = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not resumed:
            have = 0
        with partial.open("r+b" if resumed else "wb") as file:
            file.seek(have)
            done = _copy(answer, file, have, record, tell)
    if done < record.size:
        raise http.client.IncompleteRead(b"", record.size - done)


def _copy(answer: IO[bytes], file: IO[bytes], done: int, record: WeightsRecord, tell: OnProgress) -> int:
    while block := answer.read(_BLOCK):
        file.write(block)
        done += len(block)
        tell(PullProgress("hub", done, record.size))
        if done > record.size:
            # Another file than the pinned one; the hash will say so, the rest need not be fetched.
            break
    return done

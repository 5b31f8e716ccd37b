"""What people changed in the workspace: read from a server that runs, through the interface that its pages use."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fivefold.errors import CallerError, OutsideError
from fivefold.settings import Settings

_PAGE = 100
_TIMEOUT_S = 60.0
_MOST_BYTES = 64 << 20


def corrections(args: argparse.Namespace, settings: Settings) -> int:
    """Do `fivefold prompts corrections`: write what people changed as a file for `--corrections`.

    Raises:
        CallerError: there is nothing, the server refuses, or a file cannot be read or written.
        OutsideError: the server does not answer.
    """
    try:
        token = args.token_file.read_text("utf-8").strip() if args.token_file is not None else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise CallerError(f"cannot read the token in `{args.token_file}`: {fault}") from None
    found = corrections_in(Workspace(args.server, token), approved=args.approved)
    for line in found.left_out:
        print(f"left out: {line}", file=sys.stderr)
    if not found.rows:
        raise CallerError("nobody changed a formulation that the agent wrote" + " and approved it" * args.approved)
    try:
        args.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.rows), "utf-8")
    except OSError as fault:
        raise CallerError(f"cannot write `{args.out}`: {fault}") from None
    print(f"{len(found.rows)} written; `fivefold prompts optimize --corrections {args.out}` learns from them")
    return 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """A server and who asks it."""

    address: str
    token: str = ""
    """Empty where the server has no login."""

    def get(self, path: str) -> Any:
        """Return what the server says.

        Raises:
            CallerError: the address is none, or the server refuses.
            OutsideError: it does not answer.
        """
        url = f"{self.address.rstrip('/')}/api/v1{path}"
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise CallerError(f"`{self.address}` is no address of a server; one is http://127.0.0.1:8765")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        # No proxy leads back to this machine.
        near = urllib.parse.urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
        opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if near else []))
        try:
            with opener.open(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT_S) as answer:
                return json.loads(answer.read(_MOST_BYTES))
        except urllib.error.HTTPError as fault:
            mend = "; give its token with `--token-file`" if fault.code in (401, 403) else ""
            raise CallerError(f"the server at {self.address} refuses {path} ({fault.code}){mend}") from None
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise OutsideError(f"there is no Fivefold server at {self.address}: {fault}") from None


@dataclass(frozen=True, slots=True)
class Found:
    """The corrections in a workspace."""

    rows: tuple[Mapping[str, Any], ...]
    """As `read_corrections` takes them: `id`, `problem`, `before`, `after`."""
    left_out: tuple[str, ...]
    """Why an edited problem gives none, a line each."""


def corrections_in(workspace: Workspace, *, approved: bool = False) -> Found:
    """Return what people changed in formulations that the agent wrote, one correction a problem.

    The latest version of a person is what is meant, and the version of the agent that it came from is what was wrong.
    Where something was said in between, the problem is another one then, so there is nothing to learn from.

    Args:
        workspace: the server.
        approved: take only versions that somebody approved.

    Raises:
        CallerError: the server refuses.
        OutsideError: it does not answer.
    """
    rows: list[Mapping[str, Any]] = []
    left_out: list[str] = []
    for problem in _problems(workspace):
        heads = {head["version"]: head for head in workspace.get(f"/problems/{problem}/formulations")}
        pair = _corrected(heads, approved=approved)
        if pair is None:
            continue
        before, after = pair
        said = [one for one in workspace.get(f"/problems/{problem}/messages") if one["role"] == "user"]
        if any(before["created"] < one["created"] <= after["created"] for one in said):
            left_out.append(f"{problem}: more was said between versions {before['version']} and {after['version']}")
            continue
        text = "\n\n".join(one["text"] for one in said if one["created"] <= before["created"])
        if not text.strip():
            left_out.append(f"{problem}: nothing was said before version {before['version']}")
            continue
        whole = [workspace.get(f"/problems/{problem}/formulations/{one['version']}") for one in pair]
        rows.append(
            {
                "id": f"{problem}-{after['version']}",
                "problem": text,
                "before": whole[0]["formulation"],
                "after": whole[1]["formulation"],
            }
        )
    return Found(tuple(rows), tuple(left_out))


def _problems(workspace: Workspace) -> Iterator[str]:
    offset, total = 0, 1
    while offset < total:
        page = workspace.get(f"/problems?offset={offset}&limit={_PAGE}")
        total = page["total"]
        yield from (problem["id"] for problem in page["problems"])
        offset += _PAGE


def _corrected(heads: Mapping[int, Any], *, approved: bool) -> tuple[Any, Any] | None:
    """Return the agent's version and the latest that a person made of it.

    None: there is none that can be run, or the person went back to what the agent wrote.
    """
    fitting = [one for one in heads.values() if one["author"] == "user" and one["ok"]]
    after = max((one for one in fitting if one["approved"] is not None or not approved), key=_number, default=None)
    before = after
    while before is not None and before["author"] == "user":
        before = heads.get(before["parent"])
    if after is None or before is None:
        return None
    since = [one for one in heads.values() if one["version"] >= after["version"]]
    return None if any(one["sha256"] == before["sha256"] for one in since) else (before, after)


def _number(head: Mapping[str, Any]) -> int:
    return int(head["version"])

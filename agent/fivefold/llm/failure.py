"""What went wrong with one request to the endpoint, as data, and the error that people get to read.

Failures are values until the last attempt is over, so that no exception of the SDK, which holds the request
and with it the key, is ever chained to ours.
"""

import email.utils
import math
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from fivefold.errors import LLMError

SHOWN_CHARS = 400
"""Longest excerpt of an endpoint's own words in a message."""
SECRET_CHARS = 12
"""A key shorter than this is an ordinary word that local servers are given, and texts may hold it."""

_CONTEXT = re.compile(
    r"context[ _](length|window|size)|maximum context|exceed_context|prompt is too long|too many tokens", re.I
)
_UNKNOWN_LLM = re.compile(
    r"model_not_found|(model|llm)\b.{0,200}?(not found|not exist|does not exist|unknown|not available)"
    r"|(unknown|invalid|no such) model",
    re.I | re.S,
)
_REFUSED = r"unsupported|not supported|unrecogni[sz]ed|unknown|unexpected|not permitted|does not support|extra"
_FORMAT = "response_format|json_schema|json_object"
_FORMAT_REFUSED = re.compile(
    rf"({_FORMAT}).{{0,200}}?(type|unavailable|{_REFUSED})|({_REFUSED}).{{0,80}}?({_FORMAT})", re.I | re.S
)
_GRAMMAR_FAILED = re.compile(r"grammar|schema conversion", re.I)
_SCHEMA_REFUSED = re.compile(r"schema|grammar|pattern|regex", re.I)
_SAYS_NOTHING = frozenset({"Connection error.", "All connection attempts failed"})
"""Words of the layers between, left out where a layer below says what happened."""
_INVALID_SCHEMA = re.compile(r"invalid schema|pattern|grammar|regex", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one request brought no reply."""

    kind: str
    """As in `errors.LLMError.kind`; also `context_length` and `unknown_llm`."""
    detail: str
    """What happened, secrets removed."""
    status: int | None = None
    """HTTP status, None where there was none."""
    retryable: bool = False
    """Whether the same request may do better later."""
    retry_after: float | None = None
    """Seconds that the endpoint asks to wait, None where it does not say."""


def scrub(text: str, key: str | None) -> str:
    """Return a message to people without the key."""
    return text.replace(key, "***") if key and len(key) >= 4 else text


def without_key(text: str, key: str | None) -> str:
    """Return a text for or from the LLM without the key; short ones are stand-ins such as `none` or `test`."""
    return text.replace(key, "***") if key and len(key) >= SECRET_CHARS else text


def excerpt(text: str, key: str | None) -> str:
    """Return the start of an endpoint's words on one line, without the key."""
    line = " ".join(scrub(text, key).split())
    return line if len(line) <= SHOWN_CHARS else line[:SHOWN_CHARS] + "…"


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` (number or date) or `retry-after-ms` asks for."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            date = email.utils.parsedate_tz(value)
            if date is None:
                continue
            seconds = email.utils.mktime_tz(date) - time.time()
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def of_status(status: int, words: str, *, key: str | None, headers: Mapping[str, str]) -> Failure:
    """Return the failure that an HTTP status and the endpoint's words amount to."""
    said = f"HTTP {status}: {excerpt(words, key) or 'without a word'}"
    if status in (401, 403):
        return Failure(kind="auth", detail=said, status=status)
    if _CONTEXT.search(words) and (status in (400, 413, 422) or status >= 500):
        return Failure(kind="context_length", detail=said, status=status)
    if status == 404 or (status in (400, 422) and _UNKNOWN_LLM.search(words)):
        return Failure(kind="unknown_llm", detail=said, status=status)
    if status == 429:
        # A spent quota does not come back by waiting, whatever the status suggests.
        hopeless = "insufficient_quota" in words
        return Failure(
            kind="rate_limit",
            detail=said,
            status=status,
            retryable=not hopeless,
            retry_after=retry_after_of(headers),
        )
    if status in (408, 409, 425) or status >= 500:
        kind = "timeout" if status == 408 else "server"
        # Some servers fail with 500 on a schema they cannot take; asking again gives the same.
        about_format = _FORMAT_REFUSED.search(words) or _GRAMMAR_FAILED.search(words)
        retryable = status != 501 and not about_format
        return Failure(kind=kind, detail=said, status=status, retryable=retryable, retry_after=retry_after_of(headers))
    return Failure(kind="bad_request", detail=said, status=status)


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        if isinstance(current, BaseExceptionGroup):
            found += cast(Sequence[BaseException], current.exceptions)
        current = current.__cause__ or current.__context__
    return found


def of_exception(error: Exception, *, key: str | None, timeout_s: float) -> Failure | None:
    """Return what an exception of the SDK or its transport means; None for one that is not theirs."""
    import openai

    if isinstance(error, openai.APIStatusError):
        body = cast(Any, error.body)
        words: Any = body
        if isinstance(body, dict):
            fields = cast(dict[str, Any], body)
            words = " ".join(str(fields[name]) for name in ("message", "detail", "code") if fields.get(name)) or fields
        return of_status(error.status_code, str(words or error.message), key=key, headers=error.response.headers)
    # The SDK's transport is httpx in some versions and httpx2 in others: told apart by class name.
    ancestry = {base.__name__ for base in type(error).__mro__}
    if isinstance(error, TimeoutError | openai.APITimeoutError) or "TimeoutException" in ancestry:
        return Failure(kind="timeout", detail=f"no reply within {timeout_s:.3g} s", retryable=True)
    if not (isinstance(error, openai.APIConnectionError) or "RequestError" in ancestry):
        return None
    chain = _chain(error)
    said = list(dict.fromkeys(str(link) for link in chain if str(link)))
    words = excerpt("; ".join([one for one in said if one not in _SAYS_NOTHING] or said), key)
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return Failure(kind="connection", detail=f"TLS failed: {words}")
    if any(isinstance(link, socket.gaierror) for link in chain):
        return Failure(kind="connection", detail=f"the host name cannot be resolved: {words}", retryable=True)
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return Failure(kind="connection", detail=f"connection refused: {words}", retryable=True)
    if any("Protocol" in type(link).__name__ or "ReadError" in type(link).__name__ for link in chain):
        return Failure(kind="truncated", detail=f"the reply broke off: {words}", retryable=True)
    return Failure(kind="connection", detail=f"connection failed: {words}", retryable=True)


def refused_option(failure: Failure, options: Sequence[str]) -> str | None:
    """Return which of the request's options the endpoint says it does not take, None where it names none."""
    if failure.status not in (400, 422):
        return None
    for option in options:
        named = re.search(rf"\b{option}\b", failure.detail)
        if named and re.search(_REFUSED, failure.detail, re.I):
            return option
    return None


def refused_rung(failure: Failure) -> Literal["endpoint", "schema"] | None:
    """Return how far a refusal of structured output goes, None where the failure is about something else.

    A bare 400 with no reason counts against this schema only: asking without it shows whether it was that.
    """
    if failure.kind not in ("bad_request", "server") or failure.retryable or failure.status is None:
        return None
    if _FORMAT_REFUSED.search(failure.detail) and not _INVALID_SCHEMA.search(failure.detail):
        return "endpoint"
    if _SCHEMA_REFUSED.search(failure.detail) or failure.status in (400, 422):
        return "schema"
    return None


_MEND = {
    "connection": "see that the endpoint is running and that `base_url` has the right host and port",
    "timeout": "see that the endpoint is not overloaded, or raise `timeout_s`",
    "auth": "check the key (`OPENAI_API_KEY`)",
    "rate_limit": "wait, lower `concurrency`, or see to the account's quota",
    "server": "see the endpoint's own log",
    "bad_request": "see that the endpoint takes OpenAI chat completions; `base_url` usually ends in `/v1`",
    "garbage": "see that `base_url` is an OpenAI-compatible endpoint; it usually ends in `/v1`",
    "truncated": "see the endpoint's log and any proxy between",
    "context_length": "shorten the question, lower `max_tokens`, or serve the LLM with a longer context",
    "unknown_llm": "name one that the endpoint lists (`FIVEFOLD_LLM`)",
}


def to_error(failure: Failure, *, base_url: str, trail: Sequence[str] = (), hint: str = "") -> LLMError:
    """Return the error that says what failed, where, what was tried before and how to mend it."""
    # That the same happened at each attempt is in their number.
    what = failure.detail.partition(" (after ")[0]
    told = [line for line in trail if not (line.startswith("attempt ") and what in line)]
    before = "".join(f"\n  {line}" for line in told)
    message = f"LLM endpoint {base_url}: {failure.detail}{hint}; {_MEND[failure.kind]}"
    return LLMError(message + (f"\n  before that:{before}" if before else ""), kind=failure.kind, status=failure.status)

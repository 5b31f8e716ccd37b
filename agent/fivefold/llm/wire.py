"""One request to an OpenAI-compatible endpoint and one reply or `Failure`; the only user of the OpenAI SDK."""

import asyncio
import importlib
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from fivefold.errors import CallerError
from fivefold.llm.failure import Failure, excerpt, of_exception, of_status
from fivefold.llm.repetition import LOOKED_AT, REPETITION, circles

if TYPE_CHECKING:
    from openai import AsyncOpenAI

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Largest accepted reply, and largest accepted text of a streamed one."""
MAX_STREAM_BYTES = 64 * 1024 * 1024
"""Largest accepted stream: every token comes wrapped in some hundred bytes."""
CONNECT_S = 10.0
"""Seconds for reaching the endpoint, part of an attempt's time."""
LOOK_EVERY = 64
"""Characters of a structured reply between two looks for repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A reply as the endpoint gave it."""

    text: str
    """The answer."""
    finish_reason: str
    """As the endpoint says; `stop` where it says nothing."""
    prompt_tokens: int | None = None
    """None where the endpoint does not count."""
    completion_tokens: int | None = None
    """None where the endpoint does not count."""
    notes: tuple[str, ...] = ()
    """What was odd about it."""


class _ListenerError(Exception):
    """Carries an exception of the caller's `on_text` past the handling of transport faults."""

    def __init__(self, original: Exception) -> None:
        super().__init__()
        self.original = original


class _TooLargeError(Exception):
    """The reply is larger than we accept."""


def check_base_url(base_url: str) -> str:
    """Return the URL without a trailing slash; refuse one that is no endpoint or carries secrets."""
    text = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise CallerError("`base_url` is no http(s) URL; give one like `http://localhost:8000/v1`")
    if parts.username is not None or parts.query or parts.fragment:
        raise CallerError(
            "`base_url` holds a user name, a query or a fragment; give the bare URL and the key as `api_key`"
        )
    return text


def check_key(api_key: str | None) -> str | None:
    """Return the key without surrounding blanks; refuse one that cannot be sent, without showing it."""
    key = api_key.strip() if api_key else ""
    if not key:
        return None
    if not (key.isascii() and key.isprintable()):
        raise CallerError("`api_key` holds characters that no key has (line breaks or non-ASCII); copy it anew")
    return key


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def load_sdk() -> None:
    """Import what requests need; it takes seconds."""
    importlib.import_module("openai.resources.chat")


@cache
def _authorities(*, trust_env: bool) -> ssl.SSLContext:
    """Return whom connections trust: reading the certificates takes longer than connecting, so all share them."""
    import openai

    # The SDK's transport is httpx in some versions and httpx2 in others.
    transport: Any = importlib.import_module(openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0])
    context: ssl.SSLContext = transport.create_ssl_context(trust_env=trust_env)
    return context


class Endpoint:
    """An endpoint and the connection pool to it; belongs to one event loop."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self.base_url = check_base_url(base_url)
        self._key = check_key(api_key)
        self._sdk: AsyncOpenAI | None = None

    def __repr__(self) -> str:
        """Return the URL; the key stays inside."""
        return f"Endpoint({self.base_url!r})"

    @property
    def has_key(self) -> bool:
        """Whether a key was given."""
        return self._key is not None

    @property
    def key(self) -> str | None:
        """The key, for taking it out of texts."""
        return self._key

    async def _client(self) -> "AsyncOpenAI":
        # Imported and opened at first use: a run answered from the cache pays for neither. The import takes
        # seconds and must not stop everything else on the event loop.
        if self._sdk is None:
            await asyncio.to_thread(load_sdk)
        if self._sdk is None:
            import openai

            # A proxy from the environment would be asked for our own machine's server and fail.
            trust_env = not _is_loopback(self.base_url)
            http = openai.DefaultAsyncHttpxClient(trust_env=trust_env, verify=_authorities(trust_env=trust_env))
            self._sdk = openai.AsyncOpenAI(
                api_key=self._key or "none", base_url=self.base_url, max_retries=0, http_client=http
            )
        return self._sdk

    async def aclose(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            sdk, self._sdk = self._sdk, None
            await sdk.close()

    def _timeout(self, timeout_s: float) -> Any:
        import openai

        return openai.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))

    async def list_llms(self, timeout_s: float) -> list[str] | Failure:
        """Return the names that the endpoint lists."""
        client = await self._client()
        listing = cast(Callable[..., AbstractAsyncContextManager[Any]], client.with_streaming_response.models.list)
        answer = await self._receive(listing(timeout=self._timeout(timeout_s)), timeout_s, None)
        if isinstance(answer, Failure):
            return answer
        if not isinstance(answer.get("data"), list):
            return Failure(kind="garbage", detail="the list of LLMs has no `data`", status=200, retryable=True)
        names = [entry.get("id") for entry in _records(answer["data"])]
        return [name for name in names if isinstance(name, str)]

    async def complete(
        self,
        body: Mapping[str, Any],
        *,
        timeout_s: float,
        on_text: Callable[[str], None] | None,
        structured: bool = False,
    ) -> Completion | Failure:
        """Send one chat completion; with `on_text` as a stream whose pieces it is called with.

        A stream of structured text that goes round in circles is given up.
        """
        sent = dict(body)
        if on_text is not None:
            sent["stream"] = True
        client = await self._client()
        create = cast(
            Callable[..., AbstractAsyncContextManager[Any]], client.chat.completions.with_streaming_response.create
        )
        # As `extra_body` the messages go as they are: the SDK looks through them by their types, which takes it as
        # long as sending them.
        messages = {"messages": sent.pop("messages")}
        opening = create(messages=[], **sent, extra_body=messages, timeout=self._timeout(timeout_s))
        answer = await self._receive(opening, timeout_s, on_text, structured=structured)
        if isinstance(answer, Failure):
            return answer
        return _completion_of(answer, self._key)

    async def _receive(
        self,
        opening: AbstractAsyncContextManager[Any],
        timeout_s: float,
        on_text: Callable[[str], None] | None,
        *,
        structured: bool = False,
    ) -> dict[str, Any] | Failure:
        raised: Exception
        try:
            async with asyncio.timeout(timeout_s), opening as response:
                chunks = cast(AsyncIterator[bytes], response.iter_bytes())
                if on_text is not None and "json" not in response.headers.get("content-type", ""):
                    return await _read_stream(chunks, on_text, self._key, structured=structured)
                raw = bytearray()
                async for chunk in chunks:
                    raw += chunk
                    if len(raw) > MAX_BODY_BYTES:
                        raise _TooLargeError
            answer = _decode(bytes(raw), self._key)
            if on_text is not None and isinstance(answer, dict):
                _tell(on_text, _first_text(answer))
            return answer
        except _ListenerError as error:
            raised = error.original
        except _TooLargeError:
            return Failure(kind="garbage", detail=f"the reply is larger than {MAX_BODY_BYTES // 2**20} MiB")
        except Exception as error:
            failure = of_exception(error, key=self._key, timeout_s=timeout_s)
            if failure is not None:
                return failure
            raised = error
        raise raised


def _decode(raw: bytes, key: str | None) -> dict[str, Any] | Failure:
    text = raw.decode("utf-8", errors="replace")
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        shown = excerpt(text[:2000], key) or "nothing"
        return Failure(kind="garbage", detail=f"the reply is no JSON object: {shown}", status=200, retryable=True)
    return cast(dict[str, Any], value)


def _tell(on_text: Callable[[str], None], piece: str) -> None:
    try:
        on_text(piece)
    except Exception as error:
        raise _ListenerError(error) from None


def _records(value: Any) -> list[dict[str, Any]]:
    items = cast(Sequence[Any], value) if isinstance(value, list) else ()
    return [cast(dict[str, Any], item) for item in items if isinstance(item, dict)]


def _first_choice(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    return next(iter(_records(answer.get("choices"))), None)


def _fields(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _first_text(answer: Mapping[str, Any]) -> str:
    message = _fields(_first_choice(answer) or {}, "message")
    return str(message.get("content") or "")


def _error_inside(answer: Mapping[str, Any], key: str | None) -> Failure | None:
    """Return the failure that some gateways wrap into an answer with status 200."""
    error = answer.get("error")
    if not error:
        return None
    code: Any = _fields(answer, "error").get("code")
    words = json.dumps(error, ensure_ascii=False)
    if isinstance(code, int) and 400 <= code < 600:
        return of_status(code, words, key=key, headers={})
    return Failure(kind="server", detail=f"error in the reply: {excerpt(words, key)}", retryable=True)


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else None


def _completion_of(answer: Mapping[str, Any], key: str | None) -> Completion | Failure:
    failed = _error_inside(answer, key)
    if failed is not None:
        return failed
    choice = _first_choice(answer)
    if choice is None or not isinstance(choice.get("message"), dict):
        shown = excerpt(json.dumps(answer, ensure_ascii=False)[:2000], key)
        return Failure(kind="garbage", detail=f"the reply holds no message: {shown}", status=200, retryable=True)
    message = _fields(choice, "message")
    text = message.get("content")
    notes: list[str] = []
    if not text:
        if message.get("refusal"):
            notes.append(f"the LLM refused: {excerpt(str(message['refusal']), key)}")
        elif message.get("reasoning_content") or message.get("reasoning"):
            notes.append("the LLM gave reasoning but no answer; raise `max_tokens`")
        else:
            notes.append("the LLM gave an empty answer")
    usage = _fields(answer, "usage")
    return Completion(
        text=text if isinstance(text, str) else "",
        finish_reason=str(choice.get("finish_reason") or "stop"),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        notes=tuple(notes),
    )


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    pending = bytearray()
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > MAX_STREAM_BYTES:
            raise _TooLargeError
        pending += chunk
        if b"\n" in chunk:
            *whole, rest = bytes(pending).split(b"\n")
            pending = bytearray(rest)
            for line in whole:
                yield line.decode("utf-8", errors="replace").strip()
    if pending:
        yield bytes(pending).decode("utf-8", errors="replace").strip()


async def _read_stream(
    chunks: AsyncIterator[bytes], on_text: Callable[[str], None], key: str | None, *, structured: bool
) -> dict[str, Any] | Failure:
    """Return the same shape as an unstreamed answer, put together from the stream's events."""
    pieces: list[str] = []
    size = looked_at = 0
    finish: str | None = None
    usage: dict[str, Any] = {}
    done = False
    async for line in _lines(chunks):
        if not line.startswith("data:"):
            if line and not line.startswith((":", "event:", "id:", "retry:")):
                return _garbage_event(line, key)
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            done = True
            break
        event = _decode(data.encode(), key)
        if isinstance(event, Failure):
            return _garbage_event(data, key)
        failed = _error_inside(event, key)
        if failed is not None:
            return failed
        usage = _fields(event, "usage") or usage
        choice = _first_choice(event) or {}
        finish = choice.get("finish_reason") or finish
        piece = _fields(choice, "delta").get("content")
        if isinstance(piece, str) and piece:
            size += len(piece)
            if size > MAX_BODY_BYTES:
                raise _TooLargeError
            pieces.append(piece)
            _tell(on_text, piece)
            if structured and size >= looked_at + LOOK_EVERY:
                looked_at = size
                if circles("".join(pieces[-LOOKED_AT:])):
                    finish = REPETITION
                    break
    if finish is None and not done:
        return Failure(kind="truncated", detail="the stream broke off before its end", status=200, retryable=True)
    message = {"content": "".join(pieces)}
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


def _garbage_event(line: str, key: str | None) -> Failure:
    return Failure(
        kind="garbage", detail=f"the stream holds no event: {excerpt(line, key)}", status=200, retryable=True
    )

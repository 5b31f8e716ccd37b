"""Asking the LLM: one call that retries, uses the cache, asks for structure by what the endpoint supports.

What the LLM does wrong (text that is no JSON, a cut reply) is data in the `Reply`; what the outside world does
wrong, after all retries, is an `LLMError`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from fivefold.errors import CallerError, LLMError
from fivefold.llm.abilities import Ability, AbilityFile
from fivefold.llm.budget import Prices, cost_usd
from fivefold.llm.calls import told
from fivefold.llm.failure import Failure, refused_option, refused_rung, to_error, without_key
from fivefold.llm.question import Progress, Question, to_store
from fivefold.llm.reply import Message, Reply, RetryEvent, Rung, Schema, Usage
from fivefold.llm.reply_cache import ReplyCache, StoredReply
from fivefold.llm.retry import RetryPolicy, persist
from fivefold.llm.structured import rung_below, verify, weaker
from fivefold.llm.wire import Endpoint
from fivefold.settings import Settings

_log = logging.getLogger("fivefold.llm")


class LLM:
    """An LLM at an OpenAI-compatible endpoint; made by `LLM.connect`, used within one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        llm: str | None,
        concurrency: int,
        timeout_s: float,
        retry: RetryPolicy,
        cache: ReplyCache | None,
        abilities: AbilityFile,
        prices: Prices,
        top_rung: Rung,
        on_retry: Callable[[RetryEvent], None] | None,
        identity: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._llm = llm
        self._naming = asyncio.Lock()
        self._slot = asyncio.Semaphore(concurrency)
        self._timeout_s = timeout_s
        self._retry = retry
        self._cache = cache
        self._abilities = abilities
        self._prices = prices
        self._top_rung: Rung = top_rung
        self._on_retry = on_retry
        self._identity = identity or endpoint.base_url

    @classmethod
    def connect(
        cls,
        settings: Settings,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        llm: str | None = None,
        concurrency: int = 4,
        timeout_s: float = 600.0,
        retry: RetryPolicy | None = None,
        cache: bool = True,
        prices: Prices | None = None,
        top_rung: Rung = "json_schema",
        on_retry: Callable[[RetryEvent], None] | None = None,
        identity: str | None = None,
    ) -> "LLM":
        """Return a client; nothing is sent before the first question.

        Args:
            settings: Endpoint, key, name and cache directory where the arguments below do not say.
            base_url: Endpoint; the key of the settings goes only to the endpoint of the settings.
            api_key: Key for the endpoint.
            llm: Name of the LLM; without one the first that the endpoint lists.
            concurrency: Requests under way at once.
            timeout_s: Longest time for one request, from sending it to the end of the reply.
            retry: How often and how long to go on after faults.
            cache: Whether replies are kept on the disk and taken from there.
            prices: US dollars per million prompt and completion tokens, by name of the LLM.
            top_rung: Strongest way to ask for structure that is tried.
            on_retry: Called before each wait for another attempt; a stream's text begins anew after it.
            identity: What replies are kept under instead of the endpoint; for a server whose port changes.

        Raises:
            CallerError: No endpoint is given, or an argument cannot be worked with.
        """
        url = base_url or settings.base_url
        if not url:
            raise CallerError("no LLM endpoint is set; give `base_url` (`OPENAI_BASE_URL`) or start the embedded LLM")
        if concurrency < 1 or not timeout_s > 0:
            raise CallerError("`concurrency` must be at least 1 and `timeout_s` above 0")
        # A key must not travel to a host it was not given for.
        key = api_key or (settings.api_key if base_url is None or base_url == settings.base_url else None)
        folder = settings.cache_dir / "llm"
        return cls(
            Endpoint(url, key),
            llm=llm or settings.llm,
            concurrency=concurrency,
            timeout_s=timeout_s,
            retry=retry or RetryPolicy(),
            cache=ReplyCache(folder / "replies.sqlite") if cache else None,
            abilities=AbilityFile(folder / "abilities.json"),
            prices=prices or {},
            top_rung=top_rung,
            on_retry=on_retry,
            identity=identity,
        )

    def __repr__(self) -> str:
        """Return endpoint and name; the key stays inside."""
        return f"LLM({self.base_url!r}, llm={self._llm!r})"

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._endpoint.aclose()

    @property
    def base_url(self) -> str:
        """The endpoint; holds no secrets."""
        return self._endpoint.base_url

    async def name(self) -> str:
        """Return the name of the LLM, asking the endpoint once where none was given.

        Raises:
            LLMError: The endpoint cannot be asked or lists no LLM.
        """
        async with self._naming:
            if self._llm is None:
                listed = await self.list_llms()
                if not listed:
                    nothing = Failure(kind="unknown_llm", detail="it lists no LLM")
                    raise to_error(nothing, base_url=self.base_url)
                self._llm = listed[0]
        return self._llm

    async def list_llms(self) -> list[str]:
        """Return the names of the LLMs that the endpoint lists.

        Raises:
            LLMError: The endpoint cannot be asked.
        """
        result = await persist(
            self._endpoint.list_llms,
            policy=self._retry,
            timeout_s=self._timeout_s,
            slot=self._slot,
            on_retry=self._tell,
        )
        if isinstance(result.found, Failure):
            raise self._error(result.found, result.retries)
        return result.found

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int = 2048,
        temperature: float = 0.0,
        seed: int | None = 0,
        stop: Sequence[str] | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Ask one question and return the answer.

        Args:
            messages: The conversation so far.
            schema: JSON schema (object or array at the top) that the answer must follow.
            max_tokens: Longest answer.
            temperature: Sampling temperature.
            seed: Seed of the sampling; None: none is sent.
            stop: Texts at which the LLM stops.
            on_text: Called with each piece of the answer as it comes; once with the whole for a cached one.

        Raises:
            LLMError: The endpoint failed and retries did not help.
            CallerError: There are no messages, or `max_tokens` is not positive.
        """
        if not messages or max_tokens < 1:
            raise CallerError("give at least one message and a positive `max_tokens`")
        llm = await self.name()
        bare = tuple(
            {**message, "content": without_key(message["content"], self._endpoint.key)} for message in messages
        )
        question = Question(
            llm=llm,
            messages=bare,
            schema=schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            stop=tuple(stop or ()),
        )
        ability = self._abilities.get(self._identity, llm)
        progress = Progress(rung="text")
        if any(kept["content"] != given["content"] for kept, given in zip(bare, messages, strict=True)):
            progress.note("the key of the endpoint stood in the question and was taken out")
        if schema is not None:
            progress.rung = weaker(self._top_rung, ability.rung(schema))
        with told(self.base_url, question) as call:
            while True:
                reply = await self._ask_at(question, ability, progress, on_text)
                if reply is not None:
                    call.answered(reply)
                    return reply

    async def _ask_at(
        self,
        question: Question,
        ability: Ability,
        progress: Progress,
        on_text: Callable[[str], None] | None,
    ) -> Reply | None:
        """Ask on the present rung; None: the way of asking was changed, ask again."""
        key = question.hash(self._identity, progress.rung)
        stored, cached = await self._stored(key, progress), True
        if stored is not None and on_text is not None and stored.text:
            on_text(stored.text)
        if stored is None:
            body = question.body(progress.rung, ability.refused | progress.refused, stream=on_text is not None)
            result = await persist(
                lambda limit_s: self._endpoint.complete(
                    body, timeout_s=limit_s, on_text=on_text, structured=question.schema is not None
                ),
                policy=self._retry,
                timeout_s=self._timeout_s,
                slot=self._slot,
                on_retry=self._tell,
            )
            progress.retries += result.retries
            progress.seconds += result.seconds
            if isinstance(result.found, Failure):
                await self._change_or_raise(result.found, body, question, progress)
                return None
            stored, cached = to_store(result.found, body, progress), False
            await self._store(key, stored, progress)
        if progress.learn(ability, question.schema):
            self._abilities.save(self._identity, question.llm)
        usage = self._usage(question.llm, stored, cached=cached)
        progress.usage = usage if progress.usage is None else progress.usage + usage
        progress.seconds = 0.0
        return self._judge(question, ability, progress, stored, key)

    def _judge(
        self, question: Question, ability: Ability, progress: Progress, stored: StoredReply, key: str
    ) -> Reply | None:
        """Return the reply, None where the endpoint ignored the schema and is asked again with it described."""
        progress.note(*stored.notes)
        parsed, problem = None, None
        rung = progress.rung
        if question.schema is not None:
            verified = verify(stored.text, question.schema, finish_reason=stored.finish_reason)
            parsed, problem = verified.parsed, verified.problem
            below = rung_below(rung, question.schema)
            natural = stored.finish_reason == "stop" and not question.stop
            if rung == "json_schema" and below and natural and not verified.enforced:
                progress.note("the endpoint takes `json_schema` but does not enforce it; schema described instead")
                ability.lower("json_object", None)
                self._abilities.save(self._identity, question.llm)
                if parsed is None:
                    progress.rung = below
                    return None
            progress.note(*verified.notes)
        return Reply(
            text=stored.text,
            parsed=parsed,
            problem=problem,
            usage=progress.usage or Usage(),
            finish_reason=stored.finish_reason,
            llm=question.llm,
            rung=rung,
            request_hash=key,
            retries=tuple(progress.retries),
            notes=tuple(progress.notes),
        )

    async def _change_or_raise(
        self,
        failure: Failure,
        body: dict[str, Any],
        question: Question,
        progress: Progress,
    ) -> None:
        """Leave out what the endpoint refuses or move one rung down; raise what that cannot help."""
        options = ("max_tokens", "temperature", "seed", "stop", "stream_options")
        option = refused_option(failure, [name for name in options if name in body])
        if option is not None:
            instead = "sent as `max_completion_tokens`" if option == "max_tokens" else "left out"
            progress.note(f"`{option}` {instead}: {failure.detail}")
            progress.refused.add(option)
            return
        scope = refused_rung(failure) if question.schema is not None else None
        below = None if question.schema is None else rung_below(progress.rung, question.schema)
        if scope is None or below is None:
            raise await self._final(failure, question.llm, (*progress.retries, *progress.notes))
        progress.note(f"`{progress.rung}` refused, asked with `{below}`: {failure.detail}")
        if scope == "endpoint":
            progress.endpoint_rung = below
        else:
            progress.for_schema = True
        progress.rung = below

    async def _final(self, failure: Failure, llm: str, trail: Sequence[str]) -> LLMError:
        """Return the error; for an LLM that is not known with the names of those that are."""
        hint = ""
        if failure.kind == "unknown_llm":
            try:
                listed = await self.list_llms()
            except LLMError:
                listed = []
            names = ", ".join(f"`{name}`" for name in listed[:20])
            hint = f" (asked for `{llm}`" + (f"; there is {names})" if names else ")")
            if llm in listed or not listed:
                hint += "; or `base_url` is not right, it usually ends in `/v1`"
        return self._error(failure, trail, hint)

    def _error(self, failure: Failure, trail: Sequence[str], hint: str = "") -> LLMError:
        if failure.kind == "auth" and not self._endpoint.has_key:
            hint = " (no key was given; `OPENAI_API_KEY` goes to the endpoint of `OPENAI_BASE_URL` only)"
        return to_error(failure, base_url=self.base_url, trail=trail, hint=hint)

    def _tell(self, event: RetryEvent) -> None:
        _log.info("%s: %s", self.base_url, event)
        if self._on_retry is not None:
            self._on_retry(event)

    def _usage(self, llm: str, stored: StoredReply, *, cached: bool) -> Usage:
        tokens = {"prompt_tokens": stored.prompt_tokens, "completion_tokens": stored.completion_tokens}
        cost = cost_usd(self._prices, llm, **tokens)
        return Usage(**tokens, calls=1, cached=cached, seconds=stored.seconds, cost_usd=cost)

    async def _stored(self, key: str, progress: Progress) -> StoredReply | None:
        if self._cache is None:
            return None
        stored, note = await self._cache.get(key)
        progress.note(note)
        return stored

    async def _store(self, key: str, stored: StoredReply, progress: Progress) -> None:
        secret = self._endpoint.key
        # A reply that repeats the key (the endpoint's doing: questions never hold it) must not reach the disk.
        if self._cache is not None and without_key(stored.text, secret) == stored.text:
            progress.note(await self._cache.put(key, stored))

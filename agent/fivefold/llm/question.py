"""One question on its way: the request it makes on each rung, and what gathers until the reply."""

from dataclasses import dataclass, field
from typing import Any

from fivefold.llm.abilities import Ability
from fivefold.llm.reply import Message, Rung, Schema, Usage
from fivefold.llm.reply_cache import StoredReply, request_hash
from fivefold.llm.structured import messages_for, response_format
from fivefold.llm.wire import Completion

CHARS_PER_TOKEN = 4
"""Used only where an endpoint does not count: about what English and code come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that `ask` was given, which decides the reply."""

    llm: str
    """Name of the LLM."""
    messages: tuple[Message, ...]
    """The conversation."""
    schema: Schema | None
    """What the answer must follow."""
    max_tokens: int
    """Longest answer."""
    temperature: float
    """Sampling temperature."""
    seed: int | None
    """Seed of the sampling."""
    stop: tuple[str, ...]
    """Texts at which the LLM stops."""

    def body(self, rung: Rung, refused: set[str], *, stream: bool) -> dict[str, Any]:
        """Return the request's body, without the options that the endpoint is known to refuse."""
        messages = list(self.messages)
        if self.schema is not None:
            messages = messages_for(rung, messages, self.schema)
        options: dict[str, Any] = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "stop": list(self.stop) or None,
            "stream_options": {"include_usage": True} if stream else None,
        }
        kept = {name: value for name, value in options.items() if value is not None and name not in refused}
        if "max_tokens" in refused:
            # OpenAI's reasoning LLMs know the limit only by its newer name.
            kept["max_completion_tokens"] = self.max_tokens
        form = None if self.schema is None else response_format(rung, self.schema)
        if form is not None:
            kept["response_format"] = form
        return {"model": self.llm, "messages": messages, **kept}

    def hash(self, base_url: str, rung: Rung) -> str:
        """Return the key of the whole request in the reply cache."""
        return request_hash(
            {
                "base_url": base_url,
                "llm": self.llm,
                "messages": [dict(message) for message in self.messages],
                "schema": self.schema,
                "max_tokens": self.max_tokens,
                "temperature": self.temperature,
                "seed": self.seed,
                "stop": list(self.stop),
                "rung": rung,
            }
        )


@dataclass(slots=True, kw_only=True)
class Progress:
    """What gathers while one question is on its way down the ladder."""

    rung: Rung
    """The present rung."""
    usage: Usage | None = None
    """Sum over the replies so far."""
    seconds: float = 0.0
    """Time since the last reply, waits between attempts included."""
    retries: list[str] = field(default_factory=list[str])
    """One line for each request that was sent again."""
    notes: list[str] = field(default_factory=list[str])
    """As in `Reply.notes`."""
    refused: set[str] = field(default_factory=set[str])
    """Options that the endpoint seems to refuse."""
    endpoint_rung: Rung | None = None
    """Where the endpoint seems to stand for all schemas; None: nothing new."""
    for_schema: bool = False
    """Whether a rung failed for this schema alone."""

    def learn(self, ability: Ability, schema: Schema | None) -> bool:
        """Add to what is known of the endpoint, once a request without what it refused went well.

        Returns whether there was something to add.
        """
        news = bool(self.refused) or self.endpoint_rung is not None or self.for_schema
        ability.refused |= self.refused
        if self.endpoint_rung is not None:
            ability.lower(self.endpoint_rung, None)
        if self.for_schema and schema is not None:
            ability.lower(self.rung, schema)
        self.refused, self.endpoint_rung, self.for_schema = set(), None, False
        return news

    def note(self, *texts: str | None) -> None:
        """Add notes that are not there yet."""
        self.notes += [text for text in texts if text and text not in self.notes]


def to_store(completion: Completion, body: dict[str, Any], progress: Progress) -> StoredReply:
    """Return the reply with the tokens counted; estimated, and said so, where the endpoint does not count."""
    notes = completion.notes
    prompt, answer = completion.prompt_tokens, completion.completion_tokens
    if prompt is None or answer is None:
        asked = sum(len(message["content"]) for message in body["messages"])
        prompt = -(-asked // CHARS_PER_TOKEN) if prompt is None else prompt
        answer = -(-len(completion.text) // CHARS_PER_TOKEN) if answer is None else answer
        notes = (*notes, "the endpoint counts no tokens; estimated from the length of the texts")
    return StoredReply(
        text=completion.text,
        finish_reason=completion.finish_reason,
        prompt_tokens=prompt,
        completion_tokens=answer,
        seconds=progress.seconds,
        notes=notes,
    )

"""Chat completions as OpenAI's clients send them; what the agent has no use for is taken and passed over."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fivefold.problem import MAX_CHARACTERS


class Part(BaseModel):
    """A piece of a message."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """`text`; other kinds are refused."""
    text: str = Field(default="", max_length=MAX_CHARACTERS)
    """The words."""


class ChatMessage(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    """Who said it."""
    content: str | list[Part] | None = None
    """What was said."""

    @property
    def text(self) -> str:
        """What was said, as one text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """How an answer is streamed."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    include_usage: bool = False
    """Whether the last piece tells the tokens."""


class ChatAsked(BaseModel):
    """A chat completion to make."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    llm: str = Field(alias="model", max_length=200)
    """`fivefold` or `fivefold-auto`."""
    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    """The conversation; what the user said in it is the problem."""
    stream: bool = False
    """Whether the answer comes piece by piece."""
    stream_options: StreamOptions | None = None
    """How it is streamed."""
    n: int | None = Field(default=None, ge=1, le=128)
    """One answer only: more is refused."""
    tools: list[Any] | None = None
    """Refused: the agent has its own."""
    max_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    """A very small number marks a client's helper question, which the LLM answers without a run."""
    max_completion_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    """The newer name of `max_tokens`."""
    metadata: dict[str, Any] | None = None
    """`problem_id` names the problem to go on with."""

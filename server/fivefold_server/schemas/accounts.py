"""Accounts, tokens and settings over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fivefold_server.schemas.common import Asked, Sent

USER_NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"


class Login(Asked):
    """Who logs in: name and password, or a token."""

    user: str = Field(default="", max_length=64)
    """Name of the user."""
    password: str = Field(default="", max_length=1000)
    """The password."""
    token: str = Field(default="", max_length=200)
    """Instead of name and password: the token that was printed when the server started first."""


class Me(Sent):
    """Who calls."""

    name: str
    """Name of the user."""
    is_admin: bool
    """Whether they may manage users."""
    auth: bool
    """Whether this server has a login at all."""


class NewPassword(Asked):
    """Another password; all sessions end."""

    password: str = Field(min_length=10, max_length=1000)
    """The password."""
    current: str = Field(default="", max_length=1000)
    """The password until now, where there is one."""


class NewUser(Asked):
    """A user to add."""

    name: str = Field(pattern=USER_NAME)
    """Name of the user."""
    is_admin: bool = False
    """Whether they may manage users."""


class AddedUser(Sent):
    """A user that was added."""

    name: str
    """Name of the user."""
    is_admin: bool
    """Whether they may manage users."""
    token: str
    """Their first token; told this once."""


class UserHead(Sent):
    """A user as listed."""

    name: str
    """Name of the user."""
    is_admin: bool
    """Whether they may manage users."""


class NewToken(Asked):
    """A token to make."""

    label: str = Field(default="", max_length=100)
    """What it is for."""
    days: float | None = Field(default=None, gt=0, le=3650)
    """How long it holds; for ever without it."""


class TokenHead(Sent):
    """A token as listed."""

    id: str
    """Its id."""
    label: str
    """What it is for."""
    kind: Literal["token", "session"]
    """A token for programs, or the session of a browser."""
    created: float
    """When it was made, in seconds since 1970."""
    expires: float | None
    """When it ends, in seconds since 1970; None: never."""


class MadeToken(Sent):
    """A token that was made."""

    id: str
    """Its id."""
    token: str
    """The secret; told this once."""


class UserSettings(Asked):
    """What a user may set; kept as it is given."""

    theme: Literal["system", "light", "dark"] = "system"
    """Colours of the pages."""
    library: Literal["pyomo", "ortools"] = "pyomo"
    """Modelling library of runs from words."""
    time_limit_s: float = Field(default=60.0, gt=0, le=86_400)
    """Seconds for one solve."""
    rounds: int = Field(default=2, ge=0, le=20)
    """Repairs at most."""


class ServerSettings(Sent):
    """How the server is set up, and what the caller has set."""

    user: UserSettings
    """What the caller has set."""
    llm: dict[str, Any]
    """Name and endpoint of the LLM; never its key."""
    limits: dict[str, float]
    """What is allowed, by name."""
    version: str
    """Version of Fivefold."""
    auth: bool
    """Whether callers have to log in."""


class DoctorLine(Sent):
    """One thing that was looked at."""

    state: Literal["good", "note", "bad"]
    """How it stands."""
    about: str
    """What was looked at."""
    found: str
    """What was found."""
    mend: str
    """What to do about it."""


class LlmHealth(Sent):
    """Whether the LLM answers."""

    ok: bool
    """Whether it answers."""
    llm: str | None
    """Its name at the endpoint."""
    endpoint: str
    """Where it is asked."""
    detail: str
    """What it said, or why it cannot be reached."""
    seconds: float
    """How long the answer took."""

"""Who calls: the bearer of a token, whoever has a session, or, on a server without login, the one local user."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from fivefold_server.context import Context
from fivefold_server.errors import Refusal
from fivefold_server.security.recording import note_caller
from fivefold_server.store import accounts, audit
from fivefold_server.store.accounts import LOCAL, User
from fivefold_server.store.connection import Db

COOKIE = "fivefold_session"


def context_of(request: Request) -> Context:
    """Return the parts of the server."""
    context: Context = request.app.state.context
    return context


async def caller_of(request: Request, context: Annotated[Context, Depends(context_of)]) -> User:
    """Return who calls.

    Raises:
        Refusal: nobody that is known.
    """
    if not context.config.auth:
        note_caller(request.scope, LOCAL)
        return User(LOCAL, True)
    secret = secret_of(request)
    found = None if not secret else await context.database.read(partial(accounts.bearer, secret=secret))
    if found is None:
        raise Refusal(
            401,
            "no-login",
            "nobody is logged in" if not secret else "this token or session is not known, or has ended",
            "log in at /api/v1/auth/login, or send `Authorization: Bearer TOKEN`",
            headers={"WWW-Authenticate": 'Bearer realm="fivefold"'},
        )
    note_caller(request.scope, found.name)
    return found


def secret_of(request: Request) -> str:
    """Return the token or session that a request brings, empty where it brings none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.cookies.get(COOKIE, "")


async def admin_of(user: Annotated[User, Depends(caller_of)]) -> User:
    """Return who calls, where that is an administrator.

    Raises:
        Refusal: it is not.
    """
    if not user.is_admin:
        raise Refusal(403, "not-admin", "only administrators may do this", "ask one")
    return user


def first_token(db: Db, name: str = "admin") -> str:
    """Return a new token for a user, who is made an administrator where there is nobody yet."""
    accounts.add_user(db, name, is_admin=not [one for one in accounts.users(db) if one.name != LOCAL])
    audit.add(db, name, "token-made", {"at": "the command line"})
    return accounts.add_token(db, name, kind="token", label="given at the command line")[1]


Ctx = Annotated[Context, Depends(context_of)]
"""The parts of the server."""
Caller = Annotated[User, Depends(caller_of)]
"""Who calls."""
Admin = Annotated[User, Depends(admin_of)]
"""Who calls, an administrator."""

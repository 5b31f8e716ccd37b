"""Who calls, logging in and out, tokens, users."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from fivefold_server.errors import Refusal, not_found
from fivefold_server.schemas.accounts import (
    AddedUser,
    Login,
    MadeToken,
    Me,
    NewPassword,
    NewToken,
    NewUser,
    TokenHead,
    UserHead,
)
from fivefold_server.schemas.common import REFUSALS
from fivefold_server.security.callers import COOKIE, Admin, Caller, Ctx, secret_of
from fivefold_server.security.gate import client_of, too_often
from fivefold_server.security.recording import note_caller
from fivefold_server.store import accounts, problems, runs
from fivefold_server.store.accounts import LOCAL, SESSION_S, User
from fivefold_server.store.connection import Db

router = APIRouter(prefix="/api/v1", tags=["accounts"], responses=REFUSALS)


@router.get("/me", summary="Who calls")
async def me(ctx: Ctx, caller: Caller) -> Me:
    """Return the caller; on a server without login that is the one local user."""
    return Me(name=caller.name, is_admin=caller.is_admin, auth=ctx.config.auth)


@router.post("/auth/login", summary="Log in")
async def login(asked: Login, request: Request, response: Response, ctx: Ctx) -> Me:
    """Take a password or a token and set a session cookie, which only this site's pages can use."""
    if not ctx.config.auth:
        return Me(name=LOCAL, is_admin=True, auth=False)
    wait = ctx.logins.wait_s(client_of(request.scope))
    if wait:
        raise too_often(wait, "there were too many attempts to log in")
    user = await _known(ctx, asked)
    note_caller(request.scope, asked.user if user is None else user.name)
    if user is None:
        raise Refusal(401, "wrong-login", "name and password, or the token, do not fit", "look at what you typed")
    _, secret = await ctx.database.write(partial(accounts.add_token, owner=user.name, kind="session", label="browser"))
    response.set_cookie(
        COOKIE, secret, max_age=int(SESSION_S), httponly=True, samesite="strict", secure=ctx.config.secure_cookies
    )
    return Me(name=user.name, is_admin=user.is_admin, auth=True)


async def _known(ctx: Ctx, asked: Login) -> User | None:
    if asked.token:
        return await ctx.database.read(partial(accounts.bearer, secret=asked.token))
    kept = await ctx.database.read(partial(accounts.password_of, name=asked.user))
    if not await ctx.work.do(accounts.is_password, asked.password, kept):
        return None
    return await ctx.database.read(partial(accounts.user, name=asked.user))


@router.post("/auth/logout", status_code=204, summary="Log out")
async def logout(request: Request, response: Response, ctx: Ctx, caller: Caller) -> None:
    """End the session that the request came with."""
    await ctx.database.write(partial(accounts.end_session, secret=secret_of(request)))
    response.delete_cookie(COOKIE)


@router.put("/me/password", status_code=204, summary="Set one's password")
async def set_password(asked: NewPassword, ctx: Ctx, caller: Caller) -> None:
    """Keep a hash of it; where there is one already, it has to be given too."""
    kept = await ctx.database.read(partial(accounts.password_of, name=caller.name))
    if kept and not await ctx.work.do(accounts.is_password, asked.current, kept):
        raise Refusal(403, "wrong-password", "that is not the password until now", "give it as `current`")
    await ctx.database.write(partial(accounts.set_password, name=caller.name, password=asked.password))


@router.get("/tokens", summary="One's tokens and sessions")
async def tokens(ctx: Ctx, caller: Caller) -> list[TokenHead]:
    """Return them without their secrets."""
    found = await ctx.database.read(partial(accounts.tokens, owner=caller.name))
    return [TokenHead.model_validate(token._asdict()) for token in found]


@router.post("/tokens", status_code=201, summary="Make a token")
async def make_token(asked: NewToken, ctx: Ctx, caller: Caller) -> MadeToken:
    """Return its secret, this once; programs send it as `Authorization: Bearer`."""
    make = partial(accounts.add_token, owner=caller.name, kind="token", label=asked.label, days=asked.days)
    name, secret = await ctx.database.write(make)
    return MadeToken(id=name, token=secret)


@router.delete("/tokens/{token_id}", status_code=204, summary="Revoke a token or end a session")
async def remove_token(token_id: Annotated[str, Path(max_length=64)], ctx: Ctx, caller: Caller) -> None:
    """From now on it lets nobody in."""
    if not await ctx.database.write(partial(accounts.remove_token, owner=caller.name, name=token_id)):
        raise not_found("such token")


@router.get("/users", summary="All users (administrators)")
async def users(ctx: Ctx, admin: Admin) -> list[UserHead]:
    """Return their names."""
    found = await ctx.database.read(accounts.users)
    return [UserHead.model_validate(user._asdict()) for user in found]


@router.post("/users", status_code=201, summary="Add a user (administrators)")
async def add_user(asked: NewUser, ctx: Ctx, admin: Admin) -> AddedUser:
    """Return their first token, this once; with it they can set a password."""

    def work(db: Db) -> str | None:
        if not accounts.add_user(db, asked.name, is_admin=asked.is_admin):
            return None
        return accounts.add_token(db, asked.name, kind="token", label="first")[1]

    token = await ctx.database.write(work)
    if token is None:
        raise Refusal(409, "name-taken", f"there is a user '{asked.name}'", "take another name")
    return AddedUser(name=asked.name, is_admin=asked.is_admin, token=token)


@router.delete("/users/{name}", status_code=204, summary="Remove a user with all that is theirs (administrators)")
async def remove_user(name: Annotated[str, Path(max_length=64)], ctx: Ctx, admin: Admin) -> None:
    """Cancel their runs and delete everything."""
    if name in (admin.name, LOCAL):
        raise Refusal(409, "own-user", "one cannot remove oneself", "ask another administrator")
    for problem in (await ctx.database.read(partial(problems.every, owner=name, search="", offset=0, limit=10**6)))[0]:
        row = await ctx.database.read(partial(runs.open_in, problem=problem.id))
        if row is not None:
            await ctx.runner.cancel(row)
    if not await ctx.database.write(partial(accounts.remove_user, name=name)):
        raise not_found("such user")

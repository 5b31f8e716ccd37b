"""Users, their passwords and their tokens; what is secret is kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Any, Literal, NamedTuple

from fivefold_server.store.connection import Db

LOCAL = "local"
"""The one user of a server without login."""
SESSION_S = 30 * 86400.0
_COST = {"n": 2**14, "r": 8, "p": 1}
"""scrypt: 16 MiB and some tens of milliseconds a guess."""


class User(NamedTuple):
    """Who calls."""

    name: str
    is_admin: bool


class Token(NamedTuple):
    """A token as it is listed; the secret itself is told once and not kept."""

    id: str
    label: str
    kind: str
    created: float
    expires: float | None


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **_COST).hex()}"


def is_password(password: str, kept: str) -> bool:
    """Return whether a password is the one that was kept; takes as long where none was."""
    scheme, _, rest = kept.partition("$")
    salt, _, wanted = rest.partition("$")
    given = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt) or b"none", **_COST).hex()
    return scheme == "scrypt" and hmac.compare_digest(given, wanted)


def hash_token(token: str) -> str:
    """Return what is kept of a token; it is long and random, so that a plain hash cannot be turned around."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_user(db: Db, name: str, *, password: str = "", is_admin: bool = False) -> bool:
    """Add a user; return False where the name is taken."""
    kept = hash_password(password) if password else ""
    added = db.execute(
        "INSERT INTO users (name, password, is_admin, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (name, kept, int(is_admin), time.time()),
    )
    return added.rowcount == 1


def user(db: Db, name: str) -> User | None:
    """Return a user."""
    row = db.execute("SELECT name, is_admin FROM users WHERE name = ?", (name,)).fetchone()
    return None if row is None else User(row["name"], bool(row["is_admin"]))


def users(db: Db) -> list[User]:
    """Return all users."""
    return [User(row["name"], bool(row["is_admin"])) for row in db.execute("SELECT * FROM users ORDER BY name")]


def remove_user(db: Db, name: str) -> bool:
    """Remove a user with everything that is theirs; return False where there is no such user."""
    db.execute("DELETE FROM problems WHERE owner = ?", (name,))
    return db.execute("DELETE FROM users WHERE name = ?", (name,)).rowcount == 1


def set_password(db: Db, name: str, password: str) -> None:
    """Give a user another password; all sessions end."""
    db.execute("UPDATE users SET password = ? WHERE name = ?", (hash_password(password), name))
    db.execute("DELETE FROM tokens WHERE owner = ? AND kind = 'session'", (name,))


def password_of(db: Db, name: str) -> str:
    """Return what is kept of a user's password, empty where there is none."""
    row = db.execute("SELECT password FROM users WHERE name = ?", (name,)).fetchone()
    return "" if row is None else str(row["password"])


def add_token(
    db: Db, owner: str, *, kind: Literal["token", "session"], label: str = "", days: float | None = None
) -> tuple[str, str]:
    """Return the id of a new token and its secret, which is told this once."""
    now = time.time()
    secret, name = f"ff_{secrets.token_urlsafe(32)}", secrets.token_hex(6)
    expires = None if days is None else now + days * 86400
    if kind == "session":
        expires = now + SESSION_S
        db.execute("DELETE FROM tokens WHERE expires < ?", (now,))
    db.execute(
        "INSERT INTO tokens (id, owner, hash, kind, label, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, owner, hash_token(secret), kind, label, now, expires),
    )
    return name, secret


def tokens(db: Db, owner: str) -> list[Token]:
    """Return a user's tokens and sessions."""
    query = "SELECT id, label, kind, created, expires FROM tokens WHERE owner = ? ORDER BY created"
    return [Token(*row) for row in db.execute(query, (owner,))]


def remove_token(db: Db, owner: str, name: str) -> bool:
    """Remove a token; return False where there is none."""
    return db.execute("DELETE FROM tokens WHERE owner = ? AND id = ?", (owner, name)).rowcount == 1


def end_session(db: Db, secret: str) -> None:
    """End a session."""
    db.execute("DELETE FROM tokens WHERE hash = ?", (hash_token(secret),))


def bearer(db: Db, secret: str) -> User | None:
    """Return whose token or session it is; None where it is nobody's or has ended."""
    row = db.execute(
        "SELECT name, is_admin FROM users JOIN tokens ON owner = name "
        "WHERE hash = ? AND (expires IS NULL OR expires > ?)",
        (hash_token(secret), time.time()),
    ).fetchone()
    return None if row is None else User(row["name"], bool(row["is_admin"]))


def settings_of(db: Db, owner: str) -> dict[str, Any]:
    """Return what a user has set."""
    row = db.execute("SELECT settings FROM users WHERE name = ?", (owner,)).fetchone()
    found: dict[str, Any] = {} if row is None else json.loads(row["settings"])
    return found


def keep_settings(db: Db, owner: str, settings: dict[str, Any]) -> None:
    """Keep what a user has set."""
    db.execute("UPDATE users SET settings = ? WHERE name = ?", (json.dumps(settings), owner))

"""A server with login, and clients of its users."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from fivefold.settings import Settings
from fivefold_server.config import Config, Limits
from fivefold_server.security.callers import first_token
from fivefold_server.store.database import Database
from tests.server.serving import Running, serving


def own_settings(folder: Path) -> Settings:
    return Settings(cache_dir=folder / "cache", data_dir=folder / "data", base_url="http://127.0.0.1:9/v1")


class Users:
    """A server with login, and clients of two users and an administrator."""

    def __init__(self, server: Running, admin: str) -> None:
        self.server = server
        self.admin = self.client(admin)
        self.alice, self.bob = (self.client(self.add(name)) for name in ("alice", "bob"))

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def add(self, name: str) -> str:
        answer = self.admin.post("/api/v1/users", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@contextmanager
def with_users(folder: Path, limits: Limits | None = None) -> Generator[Users]:
    """Run a server with login; alice and bob are users, the administrator is `admin`."""
    config = Config(settings=own_settings(folder), auth=True, limits=limits or Limits())
    database = Database(config.database)
    token = database.submit(first_token).result()
    database.close()
    with serving(config) as server:
        found = Users(server, token)
        yield found
        for client in (found.admin, found.alice, found.bob):
            client.close()

"""What other servers on the same Postgres announce, heard in a thread."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence

from fivefold_server.store.postgres import CHANNEL, connect

WAIT_S = 1.0
"""Seconds after which it is looked whether the server stops."""
_log = logging.getLogger("fivefold.server")


class Listener:
    """An ear on the database; where it is deaf for a while it says so, and everybody looks for themselves."""

    def __init__(self, url: str, heard: Callable[[Sequence[str] | None], None]) -> None:
        self._url = url
        self._heard = heard
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="fivefold-listen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stopped.set()
        self._thread.join(2 * WAIT_S)

    def _listen(self) -> None:
        from psycopg import Error

        while not self._stopped.is_set():
            try:
                with connect(self._url) as raw:
                    raw.execute(f"LISTEN {CHANNEL}".encode())
                    self._heard(None)
                    while not self._stopped.is_set():
                        for notice in raw.notifies(timeout=WAIT_S):
                            self._tell(notice.payload)
            except Error as fault:
                _log.warning("other servers are not heard: %s", fault)
                self._stopped.wait(WAIT_S)

    def _tell(self, payload: str) -> None:
        keys: list[str] = json.loads(payload)
        self._heard(None if "*" in keys else keys)

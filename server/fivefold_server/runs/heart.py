"""A server's life among others on the same database: it says that it lives, and notices when the others gave it up."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from fivefold.errors import OutsideError
from fivefold_server.rates import Counted
from fivefold_server.store import leases
from fivefold_server.store.connection import Db, Session
from fivefold_server.store.database import Database

_BEATS = 4
"""Signs of life in the time after which a server without any is given up."""
_log = logging.getLogger("fivefold.server")


class Heart:
    """Beats in a thread of its own, with a connection of its own: a busy server still lives."""

    def __init__(self, database: Database, lease_s: float, counted: Counted, changed: Callable[[bool], None]) -> None:
        self._database = database
        self._lease_s = lease_s
        self._counted = counted
        self._changed = changed
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = time.monotonic()
        self.pause_s = lease_s / _BEATS
        """Seconds between two beats."""
        self.worker = secrets.token_hex(8)
        """What this server is called in the database; another name after it was given up."""
        self.lives = True
        """Whether the others believe that it lives, as far as it knows."""
        self.others: Counter[str] = Counter()
        """What the other servers counted last."""

    async def start(self) -> None:
        """Enter among the others and begin to beat."""
        alone = not self._database.shared
        await self._database.write(partial(leases.enter, worker=self.worker, alone=alone))
        self._last = time.monotonic()
        if not alone:
            self._thread = threading.Thread(target=self._beat, name="fivefold-heart", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(self._lease_s)

    def _beat(self) -> None:
        session = self._database.session(writes=True, patience_s=self.pause_s)
        while not self._stopped.wait(self.pause_s):
            self._check()
            try:
                self._said(session)
            except OutsideError as fault:
                _log.warning("no sign of life could be given: %s", fault)
                self._check()

    def _check(self) -> None:
        """Give up before the others do: they may go on with the runs of this server at any moment."""
        if self.lives and time.monotonic() - self._last > self._lease_s - self.pause_s:
            self._gone()

    def _said(self, session: Session) -> None:
        begun = time.monotonic()
        if not self.lives:
            old, self.worker = self.worker, secrets.token_hex(8)
            session.do(partial(_enter_again, old=old, new=self.worker))
            self._last, self.lives = begun, True
            self._changed(True)
            return
        others = session.do(partial(leases.beat, worker=self.worker, busy=self._counted.told()))
        if others is None:
            self._gone()
            return
        self._last, self.others = begun, others
        self._counted.heard(others)

    def _gone(self) -> None:
        _log.warning("this server was not heard of for %g s; others take up its runs", time.monotonic() - self._last)
        self.lives = False
        self._changed(False)


def _enter_again(db: Db, old: str, new: str) -> None:
    leases.leave(db, old)
    leases.enter(db, new, alone=False)

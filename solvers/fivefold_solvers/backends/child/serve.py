"""The main program of a solver process: answers messages until the other side of the pipe closes.

Started as a script with one JSON argument: `library`, `paths` (where packages are found), the pipes `inlet`,
`outlet` and `stop`, and `patience_s` (how long a solve may go on after a stop). It loads one solver library, keeps
programs under their ids, and ends with its parent. An engine tells `loaded` when its program stands: the time limit is
for the search, and the other side counts from there.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import struct
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from fivefold_solvers.backends.frames import Arrays1D

ENGINES = {"highspy": ("highs",), "ortools": ("cpsat", "mathopt"), "pyscipopt": ("scip",)}
"""The modules beside this one that use each library."""
_NUMBER = struct.Struct("<Q")
_AGAIN_S = 0.05


class _Service:
    """One solver process: its engines, the programs they hold, and the solve that is going on."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        from fivefold_solvers.backends import frames

        self.frames = frames
        self.order = order
        self.engines: dict[str, ModuleType] = {
            name: importlib.import_module(f"fivefold_solvers.backends.child.{name}")
            for name in ENGINES[order["library"]]
        }
        self.held: dict[int, Any] = {}
        self.current: Any = None
        self.number = 0
        self.done = 0
        self.turn = threading.Lock()
        self.writing = threading.Lock()

    def watch(self) -> None:
        """Interrupt the solve whose number comes on the stop pipe; end the process when the parent has gone.

        A solver forgets a word that comes before its search has begun, so it is said again until the solve is done.
        Some are deaf for long, HiGHS to the end of a quadratic program: then the process ends, and the solve with it.
        """
        stop, wanted, since = int(self.order["stop"]), 0, 0.0
        told = select.poll()  # `select.select` knows no descriptor above 1023, and the number is the parent's
        told.register(stop, select.POLLIN)
        while True:
            if told.poll(_AGAIN_S * 1000 if wanted > self.done else None):
                data = os.read(stop, _NUMBER.size)
                if not data:
                    os._exit(1)
                (number,) = _NUMBER.unpack(data)
                if number > wanted:
                    wanted, since = number, time.monotonic()
            with self.turn, contextlib.suppress(Exception):
                if wanted == self.number and self.current is not None:
                    if time.monotonic() - since > self.order["patience_s"]:
                        os._exit(self.frames.STOPPED)
                    self.current.interrupt()

    def tell(self, event: Mapping[str, Any], arrays: Arrays1D | None = None) -> None:
        """Send a message; solvers call back from threads of their own."""
        with self.writing:
            self.frames.write_frame(int(self.order["outlet"]), event, arrays)

    def answer(self, header: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], Arrays1D]:
        """Do what one message asks."""
        operation = header["op"]
        if operation == "hello":
            return {"versions": {name: engine.VERSION for name, engine in self.engines.items()}}, {}
        if operation == "drop":
            self.held.pop(header["id"], None)
            return {}, {}
        if operation == "statuses":
            return {"statuses": self.engines[header["engine"]].statuses()}, {}
        return self._solve(header, arrays)

    def _solve(self, header: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], Arrays1D]:
        if header["whole"]:
            self.held[header["id"]] = self.engines[header["engine"]].load(header, arrays)
        else:
            self.held[header["id"]].change(header, arrays)
        current = self.held[header["id"]]
        with self.turn:
            self.number, self.current = int(header["number"]), current
        try:
            found: tuple[dict[str, Any], Arrays1D] = current.solve(header, arrays, self.tell)
            return found
        finally:
            with self.turn:
                self.current = None

    def serve(self) -> None:
        """Answer until there is nobody to answer to."""
        threading.Thread(target=self.watch, daemon=True).start()
        while True:
            header, arrays = self.frames.read_frame(int(self.order["inlet"]))
            results: Arrays1D | None
            try:
                reply, results = self.answer(header, arrays)
            except Exception as error:  # whatever a solver does is an answer, not the end
                self.held.pop(header.get("id", -1), None)
                reply, results = {"failed": f"{type(error).__name__}: {error}"}, None
            self.done = int(header["number"])
            self.tell({"event": "done", **reply}, results)


def main(order: Mapping[str, Any]) -> None:
    """Serve one library."""
    own = str(Path(__file__).resolve().parents[3])
    sys.path.extend(path for path in (*order["paths"], own) if path not in sys.path)
    service = _Service(order)
    with contextlib.suppress(service.frames.ClosedError):
        service.serve()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
    os._exit(0)

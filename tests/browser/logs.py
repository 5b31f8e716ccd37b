"""A long log of a solver in a server's database, as a run would have told it."""

from fivefold_server.store import events
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.store.events import News
from tests.server.serving import Running

LINES = 5000


def line(number: int) -> str:
    return f"{number:6d}  node {number * 7919 % 100_003:6d}  gap {100 / number:7.3f} %"


def with_long_log(server: Running, run: str, problem: str, lines: int = LINES) -> None:
    """Add a log to a run that is over."""

    def work(db: Db) -> None:
        owner = db.execute("SELECT owner FROM problems WHERE id = ?", (problem,)).fetchone()[0]
        told = [News(problem, owner, run, "solver.log", {"line": line(number)}) for number in range(1, lines + 1)]
        events.append(db, told)

    database = Database(server.config.database)
    database.submit(work).result()
    database.close()

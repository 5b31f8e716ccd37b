"""What thousands of values and lines cost in a real browser: milliseconds to scroll and to filter, memory of the page.

    python benchmarks/server/pages.py --times 40

Prints the rows of the table in README.md. A time goes from the action to the frame that shows what was asked for;
beside it the processor time that the page's thread took for it, which does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # what tests of the pages share, from any folder

from playwright.sync_api import Locator, Page  # noqa: E402

from fivefold.settings import Settings  # noqa: E402
from fivefold_server.config import Config  # noqa: E402
from tests.browser.browsing import chromium, page_of  # noqa: E402
from tests.browser.logs import LINES, with_long_log  # noqa: E402
from tests.server.serving import Json, Running, serving  # noqa: E402

VALUES = 1000
PROBLEMS = 20
MANY: Json = {
    "sets": [{"name": "I", "expression": f"range(1, {VALUES + 1})"}],
    "variables": [{"name": "x", "index": ["i in I"], "upper": 3}],
    "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
    "constraints": [{"name": "most", "expression": "sum(x[i] for i in I) <= 1500"}],
}
# A position counts as shown when what is in the page reaches over all that is in view.
SCROLLED = """async ([box, part, places]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const times = [];
  for (const place of places) {
    await frame();
    const began = performance.now();
    box.scrollTop = place * (box.scrollHeight - box.clientHeight);
    for (;;) {
      await frame();
      const there = [...box.querySelectorAll(part)].map((one) => one.getBoundingClientRect());
      const seen = box.getBoundingClientRect();
      const head = box.querySelector("thead")?.offsetHeight ?? 0;
      if (there[0].top <= seen.top + head + 2 && there.at(-1).bottom >= seen.top + box.clientHeight - 2) break;
    }
    times.push(performance.now() - began);
  }
  return times;
}"""
FILTERED = """async ([input, box, part, words]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const put = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const times = [];
  for (const word of words) {
    await frame();
    const before = document.querySelector(box)?.textContent;
    const began = performance.now();
    put.call(input, word);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    do await frame(); while (document.querySelector(box)?.textContent === before);
    times.push(performance.now() - began);
  }
  return times;
}"""


class Cpu:
    """Processor time of the thread of a page."""

    def __init__(self, page: Page) -> None:
        self._session: Any = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self) -> float:
        """Return what it took so far."""
        return 1000 * metrics(self._session)["TaskDuration"]


def metrics(session: Any) -> dict[str, float]:
    """Return what Chromium measures of a page, by name."""
    return {one["name"]: float(one["value"]) for one in session.send("Performance.getMetrics")["metrics"]}


def scrolled(box: Locator, part: str, times: int) -> list[float]:
    """Return the milliseconds that each of so many jumps took."""
    places = [(number * 0.618) % 1 for number in range(times)]
    found: list[float] = box.page.evaluate(SCROLLED, [box.element_handle(), part, places])
    return found


def filtered(page: Page, label: str, box: str, times: int) -> list[float]:
    """Return the milliseconds that each of so many filters took."""
    words = [str(number % 10) * (1 + number % 2) for number in range(1, times + 1)]
    found: list[float] = page.evaluate(FILTERED, [page.get_by_label(label).element_handle(), box, "", words])
    return found


def print_row(what: str, cpu: Cpu, act: Callable[[], list[float]]) -> None:
    """Print one row of the table."""
    before = cpu.ms()
    ordered = sorted(act())
    own = (cpu.ms() - before) / len(ordered)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"| {what} | {statistics.median(ordered):.0f} | {p95:.0f} | {ordered[-1]:.0f} | {own:.0f} |", flush=True)


def solved(server: Running, title: str) -> tuple[str, str]:
    """Return a problem with many values and its run."""
    problem = str(server.post("/problems", title=title)["id"])
    server.post(f"/problems/{problem}/formulations", formulation=MANY)
    return problem, str(server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])["id"])


def memory_mib(page: Page) -> float:
    """Return what the objects of the page take after everything unused is gone."""
    session: Any = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    return metrics(session)["JSHeapUsedSize"] / 2**20


def measured(page: Page, server: Running, times: int) -> None:
    """Print all rows."""
    problem, run = solved(server, "Many")
    with_long_log(server, run, problem)
    page.goto(f"/p/{problem}/solution")
    values = page.get_by_role("region", name="Values of x")
    page.get_by_role("button", name="Show more").click()
    values.locator(f"table[aria-rowcount='{VALUES + 1}']").wait_for()
    cpu = Cpu(page)
    print("| what | median ms | p95 ms | most ms | of the page's thread ms |\n|---|---|---|---|---|")
    print_row(f"{VALUES} values: scroll", cpu, lambda: scrolled(values, "tbody tr:not(.gap)", times))
    shown = "[aria-label='Values of x']"
    print_row(f"{VALUES} values: filter", cpu, lambda: filtered(page, "Search x", shown, times))
    page.locator("#tab-log").click()
    log = page.get_by_role("region", name="What the solver printed")
    log.wait_for()
    print_row(f"{LINES} lines: scroll", cpu, lambda: scrolled(log, ".source", times))
    lines = "[aria-label='What the solver printed']"
    print_row(f"{LINES} lines: filter", cpu, lambda: filtered(page, "Search the solver's lines", lines, times))
    others = [solved(server, f"One of many {number}")[0] for number in range(PROBLEMS)]
    for other in others:
        page.evaluate(
            "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
            f"/p/{other}/solution",
        )
        page.get_by_role("region", name="Values of x").wait_for()
    print(f"memory of the page after {PROBLEMS} more problems of {VALUES} values: {memory_mib(page):.0f} MiB")


def main() -> None:
    """Start a server and a browser, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=40, help="jumps and filters of each kind")
    times = int(parser.parse_args().times)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = Config(settings=Settings(cache_dir=folder / "cache", data_dir=folder / "data"))
        with serving(config) as server, chromium() as browser, page_of(browser, server.url) as page:
            measured(page, server, times)


if __name__ == "__main__":
    main()

"""What rests on which layer: the attacks with each layer off in turn, as a Markdown table.

    python -m tests.attacks.ablation                  all attacks, about ten minutes on two cores
    python -m tests.attacks.ablation tcp exec_shell   some

`held`: nothing got through and the run ended as it must. `through`: the program, or the host, saw a deed that must
not be. `else`: nothing got through, but the run ended in another way than with all layers on. The last column has no
layer at all and is filled only where that harms nobody.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.attacks.case import LAYERS, Case
from tests.attacks.cases import CASES, GROUPS
from tests.attacks.driver import Driver
from tests.attacks.host import Verdict

COLUMNS: dict[str, tuple[str, ...]] = {
    "all on": (), **{f"no {layer}": (layer,) for layer in LAYERS}, "nothing on": LAYERS
}  # fmt: skip
PATIENCE_S = 25.0
"""How long an attack may take where nothing ends it; then its process is killed, and it counts as through."""

Results = dict[str, dict[str, Verdict]]
"""Column -> attack -> what came of it."""


def is_run(case: Case, column: str) -> bool:
    """Return whether an attack is run with the layers of a column: never without all of them if it does harm."""
    if case.machines and os.uname().machine not in case.machines:
        return False
    return column != "nothing on" or case.harmless


def run_column(column: str, names: Sequence[str]) -> dict[str, Verdict]:
    """Run attacks with the layers of one column."""
    driver = Driver(COLUMNS[column])
    try:
        return {name: driver.verdict(name, PATIENCE_S) for name in names if is_run(CASES[name], column)}
    finally:
        driver.close()


def run_columns(wanted: dict[str, Sequence[str]]) -> Results:
    """Run attacks with the layers of several columns, side by side."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        return dict(zip(wanted, pool.map(run_column, wanted, wanted.values()), strict=True))


def word(verdict: Verdict | None) -> str:
    """Return what a table says of one run."""
    if verdict is None:
        return ""
    return "held" if verdict.held else "**through**" if verdict.escapes else "else"


def table(results: Results, names: Sequence[str]) -> str:
    """Return attacks by layers, without those that hold whichever layer is off; calls that fare alike share a row."""
    columns = list(results)
    rows: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        cells = tuple(word(results[column].get(name)) for column in columns)
        if set(cells[:-1]) - {"held"}:
            shared = ("call_",) if name.startswith("call_") else (name,)
            rows.setdefault((*cells, *shared), []).append(name.removeprefix("call_"))
    lines = [f"| attack | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for (*cells, first), alike in rows.items():
        label = first if first != "call_" else f"{len(alike)} single calls: {', '.join(alike)}"
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) if rows else "Every attack holds whichever layer is off."


def summary(results: Results, names: Sequence[str]) -> str:
    """Return for each column how much held, and what got through."""
    lines = ["| layers | held | through | else | what got through |", "|---|---|---|---|---|"]
    for column, verdicts in results.items():
        words = [word(verdicts.get(name)) for name in names]
        through = [name for name in names if word(verdicts.get(name)) == "**through**"]
        shown = ", ".join(f"`{name}`" for name in through) if column != "nothing on" else ""
        counts = (words.count("held"), words.count("**through**"), words.count("else"))
        lines.append(f"| {column} | {counts[0]} | {counts[1]} | {counts[2]} | {shown} |")
    return "\n".join(lines)


def surprises(results: Results, names: Sequence[str]) -> list[str]:
    """Return where a case names layers and the runs say otherwise."""
    found: list[str] = []
    for name in names:
        stopped_by = CASES[name].stopped_by
        for layer in LAYERS:
            verdict = results.get(f"no {layer}", {}).get(name)
            got_through = verdict is not None and bool(verdict.escapes)
            if got_through and layer not in stopped_by:
                found.append(f"{name} got through without {layer}, which it does not name")
            elif verdict is not None and not got_through and stopped_by == (layer,):
                found.append(f"{name} held without {layer}, the only layer it names")
        naked = results.get("nothing on", {}).get(name)
        if naked is not None and not naked.escapes and stopped_by:
            found.append(f"{name} got nowhere although nothing was on: does it attack at all?")
    return found


def main() -> int:
    """Print the tables; return 1 where something got through with all layers on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks to run; all if none")
    parser.add_argument("--details", action="store_true", help="show what each attack that got through did")
    options = parser.parse_args()
    names = options.names or list(CASES)
    results = run_columns(dict.fromkeys(COLUMNS, names))
    for group, cases in GROUPS.items():
        if rows := [case.name for case in cases if case.name in names]:
            print(f"\n### {group.capitalize()}\n\n{table(results, rows)}")
    print(f"\n### All {len(names)}\n\n{summary(results, names)}\n")
    for line in surprises(results, names):
        print(f"- {line}")
    if options.details:
        for column, verdicts in results.items():
            for name, verdict in verdicts.items():
                for words in (*verdict.escapes, *verdict.wrong):
                    print(f"{column}: {name}: {words}", file=sys.stderr)
    return int(any(not verdict.held for verdict in results["all on"].values()))


if __name__ == "__main__":
    sys.exit(main())

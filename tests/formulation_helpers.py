"""Short ways to write a formulation, check it and look at its rows, for tests."""

from typing import Any

from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.read import read


def written(*rows: Any, **parts: Any) -> dict[str, Any]:
    """Return a formulation as JSON: rows are texts, `(forall, text)` pairs or whole constraints."""
    constraints: list[dict[str, Any]] = []
    for place, row in enumerate(rows, start=1):
        entry = {"expression": row} if isinstance(row, str) else row
        if isinstance(entry, tuple):
            entry = {"forall": [entry[0]], "expression": entry[1]}
        constraints.append({"name": f"c{place}", **entry})
    variables = parts.get("variables", [{"name": "x", "upper": 10}, {"name": "y", "domain": "binary"}])
    objective = parts.get("objective", "0")
    if isinstance(objective, str):
        objective = {"sense": "satisfy" if objective == "0" else "minimize", "expression": objective}
    sets = [{"name": n, **({"expression": v} if isinstance(v, str) else {"elements": v})} if not isinstance(v, dict)
            else {"name": n, **v} for n, v in parts.get("sets", {}).items()]  # fmt: skip
    parameters = [{"name": n, **v} if isinstance(v, dict) else {"name": n, "values": v}
                  for n, v in parts.get("parameters", {}).items()]  # fmt: skip
    return {
        "sets": sets,
        "parameters": parameters,
        "variables": variables,
        "objective": objective,
        "constraints": constraints,
    }


def strict(*rows: Any, **parts: Any) -> Checked:
    """Check a formulation as it is written, without tolerant reading."""
    return check(Formulation.model_validate(written(*rows, **parts)))


def tolerant(*rows: Any, **parts: Any) -> Checked:
    """Read a formulation tolerantly and check it."""
    reading = read(written(*rows, **parts))
    assert reading.formulation is not None, reading.findings
    return check(reading.formulation)


def texts(checked: Checked) -> str:
    """Return all findings as one text."""
    return "\n".join(map(str, checked.findings))


def refused(checked: Checked, *words: str) -> None:
    """Assert that a formulation is refused with a message that holds these words."""
    assert not checked.ok and checked.errors, "it was accepted"
    assert any(all(word in str(found) for word in words) for found in checked.errors), texts(checked)


def rows(checked: Checked, name: str = "c1") -> list[str]:
    """Return the rows of a constraint in plain words: `2 x[1] + y - 3 <= 0`."""
    assert checked.ok, texts(checked)
    return [f"{plain(row.body)} {row.relation} 0" for row in checked.rows.of(name)]


def plain(body: float | Polynomial) -> str:
    """Return a linear body in plain words."""
    if not isinstance(body, Polynomial):
        return f"{body:g}"
    terms = [f"{c:g} {n}{list(k) if k else ''}".replace("'", "") for (n, k), c in sorted(body.linear.items(), key=repr)]
    terms += [f"{body.constant:g}"] if body.constant or not terms else []
    return " + ".join(terms)

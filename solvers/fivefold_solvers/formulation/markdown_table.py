"""Markdown tables of numbers: keyed by element, or in set order where the corner cell says so."""

import re
from typing import Any

from fivefold_solvers.formulation.finding import Finding, error, note
from fivefold_solvers.formulation.markdown_text import read_number, split_row, unescape

IN_ORDER = "(in order)"
"""The corner of a table whose rows and columns stand in set order, so that their labels are for people only."""
_LOOSE = re.compile(r"[$€£]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*(%?)")
_RULE = re.compile(r":?-+:?")


def read_rows(lines: list[tuple[int, str]], arity: int) -> tuple[Any, list[Finding]]:
    """Return the values of a table and what is wrong with it.

    Args:
        lines: number and text of each line.
        arity: number of the parameter's index ranges; tells a list from a table of one column.
    """
    findings: list[Finding] = []
    rows = [(number, split_row(line)) for number, line in lines]
    if len(rows) > 1 and all(_RULE.fullmatch(part) for part in rows[1][1]):
        del rows[1]
    number, head = rows[0]
    for place, cells in rows[1:]:
        if len(cells) != len(head):
            message = f"the row has {len(cells)} cells, the heading {len(head)}"
            findings.append(error("bad-table", f"line {place}", message, "write one cell per column"))
    if len(head) < 2:
        findings.append(error("bad-table", f"line {number}", "the table has one column", "write element and value"))
    if findings:
        return None, findings
    single = len(head) == 2 and (arity == 1 or unescape(head[1]).strip().lower() in {"value", "values"})
    if head[0].endswith(IN_ORDER):
        lists = [[_number(text, place, findings) for text in cells[1:]] for place, cells in rows[1:]]
        return ([inner[0] for inner in lists] if single else lists), findings
    table: dict[str, Any] = {}
    for place, cells in rows[1:]:
        key = unescape(cells[0])
        if key in table:
            findings.append(error("bad-table", f"line {place}", f"the row '{key}' comes twice", "leave one out"))
        filled = {
            unescape(column): _number(text, place, findings)
            for column, text in zip(head[1:], cells[1:], strict=True)
            if text
        }
        if not single:
            table[key] = filled
        elif filled:
            table[key] = next(iter(filled.values()))
    if len(set(head)) < len(head) and not single:
        findings.append(error("bad-table", f"line {number}", "a column comes twice", "leave one out"))
    return table, findings


def _number(text: str, place: int, findings: list[Finding]) -> float:
    value = read_number(text)
    if value is None:
        value = read_number(text.strip("`*"))
    if value is not None:
        return value
    if loose := _LOOSE.fullmatch(unescape(text).strip()):
        value = float(loose[1].replace(",", "")) / (100 if loose[2] else 1)
        findings.append(note("slip", f"line {place}", f"`{text}` was read as {value:g}"))
        return int(value) if value.is_integer() else value
    findings.append(error("bad-table", f"line {place}", f"'{text}' is no number", "write plain numbers"))
    return 0

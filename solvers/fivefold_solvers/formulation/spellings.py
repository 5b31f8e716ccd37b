"""Words that are read for headings, fields, senses and domains of a formulation besides the language's own."""

import re

HEADINGS = {
    "sets": ("sets", "set", "indices"),
    "parameters": ("parameters", "parameter", "params", "data", "constants"),
    "variables": ("variables", "variable", "decision_variables", "decisions", "decision variables"),
    "objective": ("objective", "objective_function", "objective function", "objectives", "goal"),
    "constraints": ("constraints", "constraint", "subject_to", "subject to", "rows"),
    "assumptions": ("assumptions", "assumption"),
    "title": ("title",),
    "version": ("version",),
}
"""Headings of a formulation, each with the spellings that are read."""
FIELDS = {
    "name": ("name", "symbol", "id"),
    "description": ("description", "meaning", "definition", "desc", "comment"),
    "index": ("index", "indices", "indexed_by", "dimensions", "over"),
    "forall": ("forall", "for_all", "for all", "for", "index", "indices"),
    "elements": ("elements", "members"),
    "values": ("values", "value", "table", "data"),
    "expression": ("expression", "formula", "expr", "equation", "rule"),
    "domain": ("domain", "type", "vtype", "kind"),
    "lower": ("lower", "lower_bound", "lb", "min", "minimum"),
    "upper": ("upper", "upper_bound", "ub", "max", "maximum"),
    "sense": ("sense", "direction", "type", "goal"),
    "unit": ("unit", "units"),
    "source": ("source",),
    "default": ("default",),
    "text": ("text", "assumption"),
    "reason": ("reason",),
    "element": ("element",),
}
"""Fields of elements, each with the spellings that are read, the usual one first."""
ALLOWED = {
    "sets": ("name", "description", "index", "elements", "expression", "source"),
    "parameters": ("name", "description", "index", "values", "expression", "default", "unit", "source"),
    "variables": ("name", "description", "index", "domain", "lower", "upper", "unit", "source"),
    "objective": ("name", "description", "sense", "expression", "unit", "source"),
    "constraints": ("name", "description", "forall", "expression", "source"),
    "assumptions": ("text", "reason", "element"),
}
"""Fields that each kind of element may have."""
SENSES = {
    "minimize": "minimize", "minimise": "minimize", "min": "minimize", "minimization": "minimize",
    "maximize": "maximize", "maximise": "maximize", "max": "maximize", "maximization": "maximize",
    "satisfy": "satisfy", "feasibility": "satisfy", "none": "satisfy",
}  # fmt: skip
"""Words for the senses of an objective."""
DOMAINS = {
    "continuous": "continuous", "real": "continuous", "float": "continuous",
    "integer": "integer", "int": "integer", "integers": "integer", "whole": "integer", "discrete": "integer",
    "integral": "integer", "binary": "binary", "bool": "binary", "boolean": "binary", "0-1": "binary", "0/1": "binary",
    "reals": "continuous", "nonnegativereals": "continuous", "nonnegativeintegers": "integer", "booleans": "binary",
}  # fmt: skip
"""Words for the domains of a variable."""
INFINITE = {"inf": "inf", "+inf": "inf", "infinity": "inf", "-inf": "-inf", "-infinity": "-inf"}
"""Words for no bound."""
_SIGN_WORDS = frozenset({"nonnegative", "non-negative", "positive", "numeric", "number", "variable"})
"""Words beside a domain that do not change it: every variable is at least 0 unless its bounds say otherwise."""


def heading_of(key: str) -> str | None:
    """Return the heading that a key spells, None where it spells none."""
    plain = key.strip().lower()
    return next((heading for heading, spellings in HEADINGS.items() if plain in spellings), None)


def domain_of(written: str) -> str | None:
    """Return the one domain that words such as `non-negative integer` name, None where that is not clear."""
    words = set(re.findall(r"[a-z0-9/-]+", written.lower()))
    found = {DOMAINS[word] for word in words & DOMAINS.keys()}
    if len(found) == 1 and words <= DOMAINS.keys() | _SIGN_WORDS:
        return found.pop()
    return "continuous" if words and words <= _SIGN_WORDS else None

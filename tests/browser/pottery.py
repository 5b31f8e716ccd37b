"""A pottery that several panes are tried on."""

from typing import Any

SLOW_MS = 60_000
"""What a question may take on a busy machine."""
POTTERY: dict[str, Any] = {
    "parameters": [{"name": "clay", "values": 44, "unit": "kg"}],
    "variables": [{"name": "bowls"}, {"name": "vases"}],
    "objective": {"sense": "maximize", "expression": "20*bowls + 40*vases", "description": "profit", "unit": "EUR"},
    "constraints": [
        {"name": "kiln", "expression": "4*bowls + 10*vases <= 110"},
        {"name": "clay_left", "expression": "3*bowls + 2*vases <= clay"},
    ],
}
"""480 with 44 kg of clay; 490 takes 49.5 kg, for each further kg is worth 20/11, from 22 to 82.5 kg."""

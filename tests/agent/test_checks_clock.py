"""How long it is between times of the day."""

import pytest

from fivefold.checks.clock import durations


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("hot from 3:30 to 9:00", {5.5}),
        ("between 6 a.m. and 2 p.m.", {8.0}),
        ("open 9\N{EN DASH}11 a.m. and from 8 to 5 p.m.", {2.0, 9.0}),
        ("from 10 p.m. to 6 a.m.", {8.0}),
        ("between midnight and noon, then from noon until midnight", {12.0}),
        ("from 8:15 a.m. to 9:45 a.m.", {1.5}),
        ("from 6 to 12 pallets, 9:00 at the latest, a ratio of 1:2, 10 am", set[float]()),
    ],
)
def test_spans_are_told_in_hours_and_minutes(text: str, hours: set[float]) -> None:
    assert durations(text) == hours | {60 * one for one in hours}

"""Holds the vectorised build against the plain path: the same blocks, names, bounds, rows and objective."""

import numpy as np

from fivefold_solvers.build.arrays import Arrays, Block

TOLERANCE = 1e-12


def entries(arrays: Arrays) -> list[tuple[int, int, float]]:
    """Return all non-zeros as (row, column, value), sorted; no place may come twice."""
    rows = np.repeat(np.arange(arrays.row_count), np.diff(arrays.starts))
    found = sorted(zip(rows.tolist(), arrays.columns.tolist(), arrays.coefficients.tolist(), strict=True))
    assert len({place[:2] for place in found}) == len(found), "a column comes twice in a row"
    assert all(value != 0 for *_, value in found), "a coefficient is 0"
    return found


def assert_same_blocks(left: tuple[Block, ...], right: tuple[Block, ...]) -> None:
    assert [(b.name, b.part, b.start, b.size) for b in left] == [(b.name, b.part, b.start, b.size) for b in right]
    for one, two in zip(left, right, strict=True):
        keys = list(one.decoded())
        assert keys == list(two.decoded()), one.name
        assert [list(map(type, key)) for key in keys] == [list(map(type, key)) for key in two.decoded()]
        assert [one.keys.find(key) for key in keys] == list(range(one.size))
        assert [one.entry_name(place) for place in range(one.size)] == [two.entry_name(p) for p in range(two.size)]


def assert_same(left: Arrays, right: Arrays) -> None:
    """Assert that two programs are the same up to the order of entries in a row and rounding."""
    assert_same_blocks(left.variables, right.variables)
    assert_same_blocks(left.constraints, right.constraints)
    assert left.sense == right.sense
    assert left.starts.tolist() == right.starts.tolist()
    one, two = entries(left), entries(right)
    assert [place[:2] for place in one] == [place[:2] for place in two]
    np.testing.assert_allclose([place[2] for place in one], [place[2] for place in two], rtol=TOLERANCE)
    for name in ("offset", "cost", "lower", "upper", "row_lower", "row_upper"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), TOLERANCE, TOLERANCE, err_msg=name)
    assert left.integer.tolist() == right.integer.tolist()
    for name in ("cost", "lower", "integer", "starts", "columns", "coefficients", "row_lower", "row_upper"):
        assert getattr(left, name).dtype == getattr(right, name).dtype, name
        assert getattr(left, name).shape == getattr(right, name).shape, name
    assert (left.quadratic is None) == (right.quadratic is None)
    if left.quadratic is not None and right.quadratic is not None:
        assert left.quadratic.first.tolist() == right.quadratic.first.tolist()
        assert left.quadratic.second.tolist() == right.quadratic.second.tolist()
        np.testing.assert_allclose(left.quadratic.values, right.quadratic.values, TOLERANCE)

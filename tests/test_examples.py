"""The examples that ship have the optimum that the tests with the real LLM hold them to."""

from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"

# Worked out apart from the product. With r trays of rye and w trays of walnut bread:
#   maximize 29 r + 31 w   subject to   4 r + 7 w <= 64 (flour),   3 r + 2 w <= 30 (oven),   w >= 3,   integer.
# HiGHS: the relaxation has 354.615 at r = 6.308, w = 5.538. Rounded down that is 329 and rounded to the nearest it
# needs 66 kg of flour; in whole trays the best is 331 at r = 5, w = 6, and nothing else reaches 330.
BAKERY_OPTIMUM = 331
BAKERY_TRAYS = (5, 6)


def test_bakery_optimum_by_enumeration() -> None:
    best = sorted(
        (29 * rye + 31 * walnut, rye, walnut)
        for rye in range(11)
        for walnut in range(3, 10)
        if 4 * rye + 7 * walnut <= 64 and 3 * rye + 2 * walnut <= 30
    )
    assert best[-1] == (BAKERY_OPTIMUM, *BAKERY_TRAYS)
    assert best[-2][0] < BAKERY_OPTIMUM


def test_bakery_text_states_these_numbers() -> None:
    text = (EXAMPLES / "bakery.txt").read_text("utf-8")
    for stated in ("29 euros", "31 euros", "4 kg", "3 hours", "7 kg", "2 hours", "64 kg", "30 hours", "3 trays"):
        assert stated in " ".join(text.split())

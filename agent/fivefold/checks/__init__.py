"""Checks of a formulation against the words of its problem; each is a plain function to findings."""

from fivefold.checks.numbers import check_numbers, constants
from fivefold.checks.words import check_sense

__all__ = ["check_numbers", "check_sense", "constants"]

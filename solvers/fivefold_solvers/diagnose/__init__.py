"""Why a program has no solution or no best one: conflicts, least relaxations, unbounded directions, bad numbers."""

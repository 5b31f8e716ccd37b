"""Formulations to the arrays of a solver: column bounds and costs, rows in compressed form, names on demand."""

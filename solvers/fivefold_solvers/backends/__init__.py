"""Solvers behind one contract: `session.solve(arrays)` in a process of its own, one file a back-end."""

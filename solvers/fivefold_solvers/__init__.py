"""Typed formulations, their compilation to solver programs, and the running of those programs."""

"""Fivefold: a decision problem in words to a checked, solved five-element formulation."""

"""Charts of a solution, chosen by the structure of its formulation; one file a kind, all plain functions."""

"""Data of a formulation from files and frames: reading, proposing what is what, checking, binding as columns."""

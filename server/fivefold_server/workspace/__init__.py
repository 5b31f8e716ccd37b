"""What can be done to a formulation without an LLM, as plain functions that know nothing of the web."""

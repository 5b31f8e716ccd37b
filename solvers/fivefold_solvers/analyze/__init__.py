"""What an optimum means: prices, ranges, what-if, why-not, other solutions, trade-offs. Deterministic, no LLM."""

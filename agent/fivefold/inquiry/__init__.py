"""Questions in words about an answer, `why no chairs?`: understood by rule, answered by solving, without an LLM."""

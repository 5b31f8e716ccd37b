"""The prompt optimizer: finds better prompts for a system that it is given as functions, from traces of its runs."""

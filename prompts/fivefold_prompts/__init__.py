"""Versioned prompts of the agent."""

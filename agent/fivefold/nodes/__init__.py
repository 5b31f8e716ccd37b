"""The steps of the agent, one file each: plain async functions from a narrow state to what they set."""

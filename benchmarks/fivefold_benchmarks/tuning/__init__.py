"""The prompt optimizer at the agent: runs under candidate prompts, scored and told without giving answers away.

`traces` turns the record of a run into what the optimizer reads, `scoring` says how far a run got, `running` runs the
agent and asks the LLM, `corrections` takes what people changed, and `tasks` puts a search together.
"""

"""Standard models of operations research, complete but for their data, and how a text's data gets into them.

A small LLM writes no round trip and no flow balance, but it copies numbers into a table well. So where a text tells of
a standard problem and of nothing else, the formulation is ours and the LLM only reads the data, under a schema that
leaves it nothing else to write; what it read is held against the numbers of the text before it is used.
"""

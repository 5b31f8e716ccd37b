"""What the words of a problem say about its decisions, read by rule: amounts, limits, needs, gains, goals.

`slots.read_text` gives every number of a text its part, `claims.claims` what the text says of the decisions as linear
relations. A rule that is not sure reads nothing. Nothing here knows what a formulation says beyond the names of its
decisions: the checks hold the one against the other.
"""

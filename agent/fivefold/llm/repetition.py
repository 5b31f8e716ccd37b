"""Replies that go round in circles: a small LLM may write one term again and again until its tokens are spent.

It happens most at temperature 0 (Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020). Nothing that
is of use comes after it, so that a streamed reply is given up as soon as it shows.
"""

from __future__ import annotations

import re

REPETITION = "repetition"
"""The `finish_reason` of a reply that was given up."""
LONGEST = 200
"""Characters of the longest piece that is looked for."""
SPAN = 240
"""Characters at the end that have to be repetitions of what stands before them."""
COPIES = 3
"""How often a piece has to be said again."""
LOOKED_AT = LONGEST * (COPIES + 1)
"""Characters at the end that are looked at."""
_PROBE = 24
_SAYS = re.compile(r"[A-Za-z+*/<>=]")
"""Zeros in a table may be many; names and operators are not said twenty times over."""
_PLAIN = re.compile(r"\b(?:true|false|null)\b")


def circles(text: str) -> bool:
    """Whether a text ends in one piece again and again; data, as in a table of zeros, may."""
    end = text[-LOOKED_AT:]
    probe = end[-_PROBE:]
    at = end.rfind(probe, 0, -1)
    while at >= 0:
        step = len(end) - _PROBE - at
        said = end[-max(SPAN, COPIES * step) - step :]
        if step > LONGEST or len(said) < SPAN + step:
            return False
        if len(said) >= (COPIES + 1) * step and said[step:] == said[:-step]:
            return bool(_SAYS.search(_PLAIN.sub("", end[-step:] * 2)))
        at = end.rfind(probe, 0, at + _PROBE - 1)
    return False

"""What a small problem's words call for beyond sums, in the examples shown to the LLM and in what it may write.

A schema that allows only sums and products keeps a small LLM from writing what cannot be read; but pi, a square root
or the greater of two times cannot be written under it either, however large the LLM.
"""

from __future__ import annotations

import re

_LENGTHS = r"f(?:ee|oo)t|ft|inch(?:es)?|yards?|miles?|(?:centi|kilo|milli)?met(?:er|re)s?|[ck]?m"
_TIMES = r"day|week|month|year|shift|quarter|period"
_RATIOS = (
    r"ratios?|divided by|quotient|rate at which|efficiency(?= \()"
    rf"|m(?:ax|in)imi[sz]\w+ (?!(?:the )?(?:total )?number)(?:the )?(?:average|[a-z -]{{3,30}} per (?!{_TIMES})\w+)"
)
_FIGURES = (
    r"rectang\w+|cylind\w+|circ(?:le|ular|umference)|perimeter|radius|diameter|sphere|cone|triang\w+|surface area"
    r"|dimensions of|length of (?:the|a) (?:rope|wire|cable|ladder|path)"
)
_POWERS = rf"squared|square root|cubed|squares? of|cubic(?! (?:{_LENGTHS}))|quadratic\w*|exponential\w*|logarithm\w*"
_CHANGES = r"(?:increas|decreas|reduc|rise|fall|drop|lower|grow)\w*"
_CURVES = (
    r"diminishing|economies of scale|scale effects?|proportional to the (?:square|product)|interact(?:ion|s)|beyond \d"
    rf"|{_CHANGES} (?:linearly |[^.]{{0,40}} )?(?:with|for|per) (?:the|each|every) \$?\w+"
    rf"|(?:each|every) (?:additional|extra|dollar|\d+ cents) [^.]{{0,60}}{_CHANGES}"
    r"|set the price|price to set|should [^.?]{0,50} charge"
)
_EXTREMES = (
    r"(?:minimi[sz]e|reduce) the (?:maximum|longest|largest|longer|greater)"
    r"|maximi[sz]e the (?:minimum|smallest|smaller|least)|times? (?:required|needed) to (?:meet|finish|complete|reach)"
)
_SIGNS = r"\^|[\w)]\*\*[\w(]|\) ?\* ?[A-Za-z]|[²³√π]|\\sqrt|\\frac"
_WORDS = "|".join((_RATIOS, _FIGURES, _POWERS, _CURVES, _EXTREMES))
_BEYOND_SUMS = re.compile(rf"\b(?:{_WORDS})(?!\w)|{_SIGNS}", re.IGNORECASE)


def beyond_sums(text: str) -> bool:
    """Whether a problem's words speak of ratios, figures, powers, curves or the greater of several amounts."""
    return _BEYOND_SUMS.search(text) is not None

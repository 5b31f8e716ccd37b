"""Words of problems that several checks know: what counts bodies, what measures amounts, word stems."""

from __future__ import annotations

import re


def stems(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, without the ending of the plural."""
    return frozenset(stem(word) for word in re.findall(r"[^\W\d_]{2,}", text.lower()))


def stem(word: str) -> str:
    """Return a word without the ending of the plural."""
    if word.endswith(("ches", "shes", "sses", "xes", "buses")):
        return word[:-2]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


BODIES = frozenset(
    re.findall(
        r"\w+",
        "people person worker employee nurse doctor guard teacher student pupil driver pilot waiter server cook clerk "
        "technician engineer manager operator agent officer soldier volunteer crew farmer cleaner "
        "bus car truck lorry van taxi train plane aircraft helicopter ship boat ferry coach minibus vehicle bike "
        "bicycle motorcycle tram wagon trip flight machine robot computer camera "
        "cow pig sheep goat horse chicken dog cat animal",
    )
)
"""Stems of what never comes in parts."""
MASSES = frozenset(
    re.findall(
        r"\w+",
        "litre liter gallon hectolitre hectoliter hl pint quart millilitre milliliter ml barrel "
        "kg kilogram gram tonne ton pound lb ounce oz mg "
        "hour minute second day week month year hr "
        "dollar cent euro eur usd yuan money investment invested budget fund share fraction percentage percent rate "
        "proportion ratio million thousand billion "
        "acre hectare ha area metre meter km kilometre kilometer mile foot feet inch length width height radius "
        "distance square cubic flow power energy kwh mwh water milk oil juice fuel gas sand flour sugar amount "
        "price speed temperature position time start completion stock inventory level",
    )
)
"""Stems of what is measured and may come in any part."""

"""Mends by rule: edits of single elements that the words of a problem call for, tried before an LLM is asked again.

::

    from fivefold.mends import mended
    found = mended(formulation, text)
    print(found.formulation, [mend.why for mend in found.mends])

`proposals` reads from the checks and the text what could be meant; `mended` tries each and keeps what leaves fewer
faults, solving what it makes.
"""

from fivefold.mends.proposals import Mend, proposals
from fivefold.mends.trying import Mended, mended

__all__ = ["Mend", "Mended", "mended", "proposals"]

"""Two texts side by side as HTML: words taken out and put in, with the lines around them; nothing of them is markup."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from html import escape

_CONTEXT = 160
"""Characters shown of what is the same, on each side of a change."""


def shown(text: str) -> str:
    """Return a text as HTML; signs that cannot be seen, or turn the writing round, are named."""
    visible = "".join(
        f"\\u{ord(sign):04x}" if sign not in "\n\t" and unicodedata.category(sign) in _UNSEEN else sign for sign in text
    )
    return escape(visible)


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def word_diff(before: str, after: str) -> str:
    """Return the words of both texts in one `pre`, what was taken out and put in marked."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    parts: list[str] = []
    for place, (tag, i1, i2, j1, j2) in enumerate(changes):
        if tag == "equal":
            parts.append(shown(_around("".join(old[i1:i2]), first=place == 0, last=place == len(changes) - 1)))
            continue
        if i2 > i1:
            parts.append(f"<del>{shown(_breaks(old[i1:i2]))}</del>")
        if j2 > j1:
            parts.append(f"<ins>{shown(_breaks(new[j1:j2]))}</ins>")
    return f'<pre class="diff">{"".join(parts)}</pre>'


def candidate_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what differs between two candidates, a heading for each parameter."""
    parts = [
        f"<h4>{shown(name)}</h4>{word_diff(before[name], after.get(name, ''))}"
        for name in sorted(before)
        if before[name] != after.get(name, "")
    ]
    return "".join(parts) or "<p>Nothing differs.</p>"


def _around(same: str, *, first: bool, last: bool) -> str:
    """Return what is the same, its middle (or far end) left out where it is long."""
    head, tail = ("" if first else same[:_CONTEXT]), ("" if last else same[-_CONTEXT:])
    return same if len(same) <= len(head) + len(tail) + 20 else f"{head} […] {tail}"


def _breaks(words: list[str]) -> str:
    """Return a change; a line break that is all of it is made visible."""
    text = "".join(words)
    return text if text.strip() else text.replace("\n", "⏎\n").replace(" ", "␣")

"""Plain words and names as LaTeX, with only such commands as KaTeX knows in text mode."""

import re
import unicodedata

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
_GREEK = re.compile(
    "(?:alpha|beta|[gG]amma|[dD]elta|epsilon|zeta|eta|[tT]heta|iota|kappa|mu|nu|[xX]i|rho|[sS]igma|tau|[uU]psilon"
    "|[pP]hi|chi|[pP]si|[oO]mega)"
)


def text_to_latex(text: str) -> str:
    r"""Return words escaped for the inside of `\text{...}`; every run of white space is one space."""
    plain = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return "".join(_ESCAPES.get(character, character) for character in re.sub(" +", " ", plain))


def name_to_latex(name: str) -> str:
    """Return a declared name or index: single letters stay, `x1` gets a subscript, words stand upright as one."""
    if re.fullmatch(r"[A-Za-z]", name):
        return name
    if _GREEK.fullmatch(name):
        return f"\\{name}"
    if numbered := re.fullmatch(r"([A-Za-z])_?(\d+)", name):
        return f"{{{numbered[1]}_{{{numbered[2]}}}}}"
    if name.isascii() and name.isidentifier():
        return rf"\mathit{{{text_to_latex(name)}}}"
    return rf"\text{{{text_to_latex(name)}}}"

"""Numbers in any dress: what a text says in digits, words, other bases, pulled apart or hidden among odd characters.

A number is told by its `Key`: significant digits without trailing zeros, and the power of ten of the first. Words are
read in English only, and sums only where they have two terms.
"""

import base64
import html
import itertools
import re
import unicodedata
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

SIGNIFICANT = 3
"""Fewest significant digits that tell one number from others."""
_LONGEST = 12


class Key(NamedTuple):
    """A number's absolute value, or a form of it as a word."""

    digits: str
    exponent: int
    """Power of ten of the first digit; -1000 for a word."""


_WORD = -1000
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_LOOKALIKES = str.maketrans("OolI|SBZ", "00111582")


def canonical(text: str) -> str:
    """Return the text as it reads: escapes resolved, odd digits as plain ones, invisible characters gone."""
    text = html.unescape(text)
    text = re.sub(r"\\u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})|%(3\d)", _unescaped, text)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    kept: list[str] = []
    for sign in unicodedata.normalize("NFKD", text):
        kind = unicodedata.category(sign)
        if kind in ("Cf", "Mn", "Me") or (kind == "Cc" and sign not in "\n\t"):
            continue
        value = unicodedata.numeric(sign, -1)
        # Digits of other scripts, Chinese and circled ones among them.
        kept.append(str(int(value)) if kind[0] in "NL" and value in range(10) else sign)
    return "".join(kept).replace("\u2044", "/").replace("\u2212", "-")


def forms_of(value: float) -> frozenset[Key]:
    """Return all keys that would give a number away; none for a number that tells too little."""
    exact = abs(Decimal(repr(float(value))))
    if not exact.is_finite() or exact == 0:
        return frozenset()
    shown = len(_key(exact).digits)
    forms = {
        _key(_rounded(exact, digits, way))
        for digits in range(SIGNIFICANT, shown + 1)
        for way in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
    }
    forms |= {_key(exact.quantize(Decimal(1), way)) for way in (ROUND_HALF_UP, ROUND_DOWN) if exact < Decimal(10) ** 20}
    forms = {form for form in forms if len(form.digits) >= SIGNIFICANT}
    if forms:
        plain = format(exact.normalize(), "f")
        forms |= _backwards(plain) | _backwards(str(int(exact))) | _encoded(int(exact.to_integral_value()), plain)
    return frozenset(forms)


def said_in(text: str) -> set[Key]:
    """Return the keys of all numbers that a text says, in every way of reading it."""
    plain = canonical(text)
    read = plain.translate(_LOOKALIKES)
    alike = " ".join(token for token in re.findall(r"[\d|OolISBZ]+", plain) if sum(map(str.isdigit, token)) > 1)
    keys = set(
        itertools.chain(
            _chained(plain),
            _chained(alike.translate(_LOOKALIKES)),
            _chained(read) if alike else (),
            _scaled(plain),
            _summed(plain),
            _spelled(plain),
            _roman(plain),
            _tokens(plain),
        )
    )
    return {key for key in keys if key.exponent == _WORD or len(key.digits) >= SIGNIFICANT}


_NUMBER = r"\d+(?:[.,]\d+)?"
_IN_HEX = re.compile(
    r"(?<![^\W_])(?!(?:add|added|bad|bed|cab|cafe|dead|decade|face|faced|fade|faded|fed|fee|feed)(?![^\W_]))"
    r"[a-fA-F]{3,}(?![^\W_])"
)
"""Numbers to the base of 16 that happen to be of letters only; what people write is left."""
_IN_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{4,}={0,2}")
_MASKED = re.compile(
    r"(?<!\w)[-+]?\d\w*(?:(?<=[eE])[-+]\d+)?(?:[.,'’:/ \u00a0]?\d\w*)*(?:\s*%)?|\b(?P<name>[^\W\d]\w*\d\w*)"
)


def masked(text: str) -> str:
    """Return the text with every number replaced, so that it says the same whatever the numbers were.

    Of names with numbers the letters stay (`x_#`); whatever could be a number in words goes as well.
    """

    def cover(found: re.Match[str]) -> str:
        pieces = found["name"].split("_") if found["name"] else ["0"]
        covered = "_".join(piece if piece.isalpha() else _covered(piece) for piece in pieces)
        return re.sub("#(?:_#)+", "#", covered)

    covered = _MASKED.sub(cover, _IN_BASE64.sub(_uncoded, canonical(text)))
    covered = _NUMBER_WORDS.sub("#", covered)
    covered = re.sub(r"\b[MDCLXVI]{2,}\b", "#", _IN_HEX.sub("#", covered))
    return re.sub(r"#(?:[\s.,:;/*^x×%&-]{0,3}(?:and[\s-])?#)+", "#", covered)


def _uncoded(found: re.Match[str]) -> str:
    """Return `#` for a number in base64, which may be of letters only; any other word as it is."""
    coded = found[0].rstrip("=")
    try:
        said = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except ValueError:
        return found[0]
    return "#" if re.fullmatch(rb"[-+]?\d[\d.,]*", said) else found[0]


def _covered(piece: str) -> str:
    """Return a piece of a name without its number; what is no word before a number may be one in another base."""
    named = None if re.fullmatch("[0-9a-fA-F]{3,}", piece) else re.fullmatch(r"([A-Za-z]+)\d+", piece)
    return f"{named[1]}#" if named else "#" if piece else ""


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2] or found[3], 16))


def _key(value: Decimal) -> Key:
    digits = "".join(map(str, value.as_tuple().digits)).lstrip("0")
    return Key(digits.rstrip("0"), value.adjusted())


def _key_of(digits: str, whole: int) -> Key:
    """Return the key of a row of digits, of which `whole` stand before the point."""
    kept = digits.lstrip("0")
    return Key(kept.rstrip("0"), whole - 1 - (len(digits) - len(kept)))


def _rounded(value: Decimal, digits: int, way: str) -> Decimal:
    return value.quantize(Decimal((0, (1,), value.adjusted() - digits + 1)), way)


def _backwards(plain: str) -> set[Key]:
    digits = plain.replace(".", "")
    if len(digits) < SIGNIFICANT + 1:
        return set()
    whole = len(plain.partition(".")[2])
    return {_key_of(digits[::-1], whole), _key_of(digits[::-1], len(digits))}


def _encoded(whole: int, plain: str) -> set[Key]:
    if whole < 256:
        return set()
    forms = {format(whole, "x"), format(whole, "b"), format(whole, "o"), _in_base(whole, 36), _in_base(whole, 32)}
    forms = {form for form in forms if len(form) >= SIGNIFICANT and any(map(str.isdigit, form))}
    coded = {base64.b64encode(each.encode()).decode().rstrip("=").lower() for each in (plain, str(whole))}
    coded |= {each.encode().hex() for each in (plain, str(whole))}
    return {Key(form, _WORD) for form in forms | coded | {"0x" + format(whole, "x")}}


def _in_base(value: int, base: int) -> str:
    signs = ""
    while value:
        value, rest = divmod(value, base)
        signs = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + signs
    return signs


def _tokens(text: str) -> Iterator[Key]:
    for token in re.findall(r"[0-9A-Za-z]{3,}", text):
        yield Key(token.lower(), _WORD)
        if token[:2].lower() in ("0b", "0o"):
            yield Key(token[2:].lower(), _WORD)


def _chained(text: str) -> Iterator[Key]:
    """Digits with or without separators: every reading of every stretch of neighbours."""
    for chain in re.finditer(r"\d+(?:[\W_]{1,3}\d+)*", text):
        parts = re.split(r"(\D+)", chain[0])
        numbers, between = parts[::2], parts[1::2]
        for first in range(len(numbers)):
            digits = ""
            for last in range(first, min(len(numbers), first + _LONGEST)):
                point = len(digits)
                digits += numbers[last]
                yield _key_of(digits, len(digits))
                if last > first and between[last - 1].strip() in (".", ","):
                    yield _key_of(digits, point)


_SHIFTS = {
    "%": -2,
    "percent": -2,
    "per cent": -2,
    "hundred": 2,
    "k": 3,
    "thousand": 3,
    "lakh": 5,
    "crore": 7,
    "m": 6,
    "mn": 6,
    "million": 6,
    "b": 9,
    "bn": 9,
    "billion": 9,
}
_SCALED = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?:e(?P<power>[-+]?\d+)|[x×*·]\s*10\s*(?:\^|\*\*)?\s*\{{?(?P<ten>[-+]?\d+)"
    r"|(?P<scale>%|percent|per cent|thousand|million|billion|lakh|crore|hundred|mn\b|bn\b|k\b|m\b|b\b))",
    re.IGNORECASE,
)


def _scaled(text: str) -> Iterator[Key]:
    for found in _SCALED.finditer(text):
        whole, _, part = found["number"].replace(",", ".").partition(".")
        key = _key_of(whole + part, len(whole))
        power = found["power"] or found["ten"]
        shift = int(power) if power and len(power) < 5 else _SHIFTS.get((found["scale"] or "").lower(), 0)
        yield Key(key.digits, key.exponent + shift)


def _summed(text: str) -> Iterator[Key]:
    for found in re.finditer(rf"(?=(?<![\d.])({_NUMBER})\s*([-+*/×÷])\s*({_NUMBER}))", text):
        first, second = (Decimal(found[i].replace(",", ".")) for i in (1, 3))
        try:
            match found[2]:
                case "+":
                    value = first + second
                case "-":
                    value = abs(first - second)
                case "*" | "×":
                    value = first * second
                case _:
                    value = first / second
        except (InvalidOperation, ArithmeticError):
            continue
        if value:
            yield _key(_rounded(value, 15, ROUND_HALF_UP))


_SMALL = [
    *["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    *["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNITS = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: 10 * tens for tens, word in enumerate(_TENS, 2)},
    "oh": 0,
    "nought": 0,
}
_POWERS = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_NUMBER_WORDS = re.compile(
    rf"\b(?:{'|'.join([*_UNITS, *_POWERS, 'dozen', 'half', 'quarter', 'point'])})s?\b(?![_(])", re.IGNORECASE
)


def _spelled(text: str) -> Iterator[Key]:
    """Numbers in English words, and digits named one by one."""
    row: list[str] = []
    for word in [*re.findall(r"[a-z]+|\d+", text.lower()), "."]:
        if word in _UNITS or word in _POWERS or (row and word in ("and", "point")):
            row.append(word)
        elif row:
            yield from _read_words(row)
            row = []


def _read_words(row: list[str]) -> Iterator[Key]:
    whole, part = (row[: row.index("point")], row[row.index("point") + 1 :]) if "point" in row else (row, [])
    total = group = 0
    for word in whole:
        if word in _UNITS:
            group += _UNITS[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _POWERS:
            total, group = total + max(group, 1) * _POWERS[word], 0
    decimals = "".join(str(_UNITS[word]) for word in part if word in _UNITS)
    yield _key_of(f"{total + group}{decimals}", len(str(total + group)))
    yield from _named([_UNITS[word] for word in row if word in _UNITS])


def _named(values: list[int]) -> Iterator[Key]:
    """Digits named one by one, or by twos as years are."""
    named: list[str] = []
    for before, value in itertools.pairwise([0, *values]):
        if before >= 20 and before % 10 == 0 and 0 < value < 10:
            named[-1] = str(before + value)
        else:
            named.append(str(value))
    for first, last in itertools.combinations(range(min(len(named), 3 * _LONGEST) + 1), 2):
        if 2 <= last - first <= _LONGEST:
            yield _key_of("".join(named[first:last]), len("".join(named[first:last])))


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _roman(text: str) -> Iterator[Key]:
    for token in re.findall(r"\b[MDCLXVI]{3,}\b", text):
        values = [_ROMAN[sign] for sign in token]
        total = sum(-one if one < other else one for one, other in itertools.pairwise([*values, 0]))
        yield _key_of(str(total), len(str(total)))

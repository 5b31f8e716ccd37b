"""Products of variables as sums of terms `c * x**a * y**b`: what `r**2*h` in a row says of `r` and `h`.

Terms over variables that are never negative can be compared one by one: a sum of them is at least each of them, and
one of `k` of them is at least a `k`-th of their sum. `reach` makes bounds of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import EvaluationError, Scope

Powers = frozenset[tuple[Place, float]]
"""The variables of one term with their exponents, none of which is 0."""
Terms = Mapping[Powers, float]
"""A sum of terms by what they are multiples of; the constant stands under the empty set."""

TERM_LIMIT = 60
"""Terms of one expression beyond which it is not written out."""
_POWER_LIMIT = 4
"""Powers of sums up to which these are multiplied out."""


class _NoTermsError(Exception):
    """An expression is no sum of products of powers."""


def terms_of(tree: e.Expression, scope: Scope) -> Terms | None:
    """Return an expression as a sum of terms; None where it is none, or a long one."""
    try:
        return _terms(tree, scope)
    except (_NoTermsError, EvaluationError, OverflowError, ZeroDivisionError):
        return None


def _terms(tree: e.Expression, scope: Scope) -> dict[Powers, float]:
    plain = number(tree, scope) if not isinstance(tree, e.Aggregate | e.Binary | e.Negative | e.Call) else None
    match tree:
        case e.Negative(operand):
            return _negated(_terms(operand, scope))
        case e.Binary("+", left, right):
            return _sum([_terms(left, scope), _terms(right, scope)])
        case e.Binary("-", left, right):
            return _sum([_terms(left, scope), _negated(_terms(right, scope))])
        case e.Binary("*", left, right):
            return _product(_terms(left, scope), _terms(right, scope))
        case e.Binary("/", left, right):
            return _product(_terms(left, scope), _power(_terms(right, scope), -1))
        case e.Binary("**", left, right):
            exponent = number(right, scope)
            if isinstance(exponent, Polynomial):
                raise _NoTermsError
            return _power(_terms(left, scope), exponent)
        case e.Call("sqrt", (operand,)):
            return _power(_terms(operand, scope), 0.5)
        case e.Aggregate("sum", body, clauses):
            return _sum(_terms(body, scope) for _ in bindings(clauses, scope))
        case _:
            return _of(number(tree, scope) if plain is None else plain)


def _of(value: float | Polynomial) -> dict[Powers, float]:
    if not isinstance(value, Polynomial):
        return {frozenset(): value} if value else {}
    if value.degree > 1:
        raise _NoTermsError
    linear = {frozenset({(place, 1.0)}): coefficient for place, coefficient in value.linear.items()}
    return _sum([linear, {frozenset(): value.constant}])


def _sum(parts: Iterator[dict[Powers, float]] | list[dict[Powers, float]]) -> dict[Powers, float]:
    total: dict[Powers, float] = {}
    for part in parts:
        for powers, coefficient in part.items():
            total[powers] = total.get(powers, 0.0) + coefficient
        if len(total) > TERM_LIMIT:
            raise _NoTermsError
    return {powers: coefficient for powers, coefficient in total.items() if coefficient}


def _negated(terms: dict[Powers, float]) -> dict[Powers, float]:
    return {powers: -coefficient for powers, coefficient in terms.items()}


def _product(left: dict[Powers, float], right: dict[Powers, float]) -> dict[Powers, float]:
    return _sum({_times(one, other): a * b} for one, a in left.items() for other, b in right.items())


def _times(one: Powers, other: Powers) -> Powers:
    exponents = dict(one)
    for place, exponent in other:
        exponents[place] = exponents.get(place, 0.0) + exponent
    return frozenset((place, exponent) for place, exponent in exponents.items() if exponent)


def _power(terms: dict[Powers, float], exponent: float) -> dict[Powers, float]:
    """Return a power: of one term any, of a sum a small whole one."""
    if len(terms) == 1:
        ((powers, coefficient),) = terms.items()
        if coefficient < 0 and exponent != int(exponent):
            raise _NoTermsError
        return {frozenset((place, own * exponent) for place, own in powers): coefficient**exponent}
    if exponent not in range(1, _POWER_LIMIT + 1):
        raise _NoTermsError
    result = terms
    for _ in range(int(exponent) - 1):
        result = _product(result, terms)
    return result

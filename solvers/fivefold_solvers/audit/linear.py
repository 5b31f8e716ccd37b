"""The linear program of a formulation in fractions, and what its dual values prove of it without a solver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from fivefold_solvers.audit.affine import Affine, NotLinearError, rational
from fivefold_solvers.audit.residual import Relation
from fivefold_solvers.audit.scene import Scene, scene
from fivefold_solvers.build.orientation import turned
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.ground import ConstraintBlock
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.polynomial import Place
from fivefold_solvers.formulation.scope import EvaluationError

Rational = int | Fraction
_ROUNDING = Fraction(1, 10**9)
RowName = tuple[str, int, Key]
"""A constraint, which relation of a chained comparison, and the indices of the row."""


@dataclass(frozen=True, slots=True)
class LinearRow:
    """`sum(terms) <relation> right`, variables on the left."""

    terms: dict[Place, Rational]
    relation: str
    right: Rational


@dataclass(slots=True)
class LinearForm:
    """A linear program in fractions; integrality is left out."""

    sense: str
    cost: dict[Place, Rational] = field(default_factory=dict[Place, Rational])
    offset: Rational = 0
    rows: dict[RowName, LinearRow] = field(default_factory=dict[RowName, LinearRow])
    bounds: dict[Place, tuple[Rational | None, Rational | None]] = field(
        default_factory=dict[Place, tuple[Rational | None, Rational | None]]
    )
    """None where there is none."""


def linear_form(checked: Checked) -> LinearForm | None:
    """Return the linear program of a formulation, None where it is none or holds numbers that no fraction is."""
    if checked.grounded is None:
        return None
    made = scene(checked.grounded)
    if made.faults:
        return None
    objective = checked.grounded.formulation.objective
    form = LinearForm("maximize" if objective.sense == "maximize" else "minimize")
    evaluator = made.evaluator
    evaluator.entries = {name: {key: Affine.of((name, key)) for key in own} for name, own in made.bounds.items()}
    try:
        form.bounds = {(name, key): _limits(*pair) for name, own in made.bounds.items() for key, pair in own.items()}
        if objective.sense != "satisfy":
            found = _affine(evaluator.number(checked.grounded.objective)())
            form.cost, form.offset = found.terms, found.constant
        for block in checked.grounded.constraints:
            form.rows.update(_rows(made, block))
    except (NotLinearError, EvaluationError):
        return None
    return form


def _limits(lower: object, upper: object) -> tuple[Rational | None, Rational | None]:
    found = [bound if isinstance(bound, int | Fraction) else None for bound in (lower, upper)]
    if any(own is None and not isinstance(bound, float) for own, bound in zip(found, (lower, upper), strict=True)):
        raise NotLinearError
    return found[0], found[1]


def _affine(value: object) -> Affine:
    if isinstance(value, Affine):
        return value
    return Affine({}, rational(value)) if isinstance(value, int | Fraction) else _refuse()


def _refuse() -> Affine:
    raise NotLinearError


def _rows(made: Scene, block: ConstraintBlock) -> Iterator[tuple[RowName, LinearRow]]:
    flips = turned(block.tree, made.grounded.variables)
    compiled: dict[int, Relation] = {}

    def relation(link: e.Compare) -> Relation:
        if id(link) not in compiled:
            compiled[id(link)] = Relation.of(link, made.evaluator)
        return compiled[id(link)]

    for key in made.evaluator.over(block.clauses)():
        for part, link in enumerate(_links(block.tree, made)):
            own = relation(link)
            form = _affine(own.left() - own.right())
            terms = {place: factor for place, factor in form.terms.items() if factor}
            row = LinearRow(terms, link.relation, -form.constant)
            if flips and flips[part]:
                row = LinearRow({place: -own for place, own in terms.items()}, e.FLIPPED[row.relation], form.constant)
            yield (block.element.name, part, key), row


def _links(tree: e.Expression, made: Scene) -> list[e.Compare]:
    while isinstance(tree, e.Choice):
        tree = tree.then if made.evaluator.truth(tree.test)() else tree.otherwise
    links = tree.items if isinstance(tree, e.Logic) and tree.operator == "and" else (tree,)
    found = [link for link in links if isinstance(link, e.Compare) and link.relation in e.FLIPPED]
    if len(found) < len(links):
        raise NotLinearError
    return found


@dataclass(frozen=True, slots=True)
class Duals:
    """Dual values and reduced costs of a linear program by name, or the multipliers of an infeasible one."""

    rows: Mapping[RowName, float]
    """Per constraint, part of a chained comparison, and index; rows that are not there have 0."""
    reduced_costs: Mapping[Place, float] = field(default_factory=dict[Place, float])
    """Per variable and index; empty where nobody computed them."""


@dataclass(frozen=True, slots=True)
class DualBound:
    """What dual values prove: no point within the bounds that meets the rows is better than `value`."""

    value: Fraction | None
    """None where the dual values prove nothing, because an unlimited variable has a reduced cost of the wrong sign."""
    reduced_costs: dict[Place, Rational]
    """Cost minus the rows' share of it, without rounding."""


def dual_bound(form: LinearForm, duals: Mapping[RowName, Rational], *, box: Rational | None = None) -> DualBound:
    """Return the bound that dual values prove, by weak duality; any numbers may be given, good ones prove more.

    Args:
        form: the linear program.
        duals: per row, signs as in `result.py`; rows that are not there have 0.
        box: how large unlimited variables may be, where the bound need hold only for such points.
    """
    up = form.sense == "maximize"
    rest: dict[Place, Rational] = dict(form.cost)
    total = Fraction(form.offset)
    for name, row in form.rows.items():
        dual = duals.get(name, 0)
        # More right-hand side can only help a minimum in a `>=` row by costing more, in a `<=` row by costing less;
        # a dual value of the other sign counts as 0.
        if not dual or (row.relation == "<=" and (dual < 0) is up) or (row.relation == ">=" and (dual > 0) is up):
            continue
        total += dual * row.right
        for place, factor in row.terms.items():
            rest[place] = rest.get(place, 0) - dual * factor
    proves = True
    for place, own in rest.items():
        if not own:
            continue
        lower, upper = form.bounds[place]
        limit = upper if (own > 0) is up else lower
        if limit is None and box is not None:
            limit = box if (own > 0) is up else -box
        if limit is None:
            proves = False
        else:
            total += own * limit
    return DualBound(total if proves else None, rest)


def simplified(form: LinearForm, duals: Mapping[RowName, float], box: Rational) -> dict[RowName, Rational]:
    """Return dual values as fractions that prove the most: as computed, or rounded to simple fractions nearby.

    A vertex of a small program often has simple dual values, and then reduced costs that ought to be 0 are.
    """
    exact = {name: Fraction(value) for name, value in duals.items() if value}
    tried: list[dict[RowName, Rational]] = [{**exact}]
    for limit in (1, 60, 10_000):
        tried.append({name: _simple(value, limit) for name, value in exact.items()})
    sign = -1 if form.sense == "maximize" else 1

    def worth(own: dict[RowName, Rational]) -> tuple[bool, Fraction]:
        found = dual_bound(form, own)
        value = found.value if found.value is not None else dual_bound(form, own, box=box).value
        assert value is not None
        return found.value is not None, sign * value

    return max(tried, key=worth)


def _simple(value: Fraction, limit: int) -> Fraction:
    near = value.limit_denominator(limit)
    return near if abs(near - value) <= _ROUNDING * max(Fraction(1), value, -value) else value

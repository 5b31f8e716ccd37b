"""What a constraint says at each of its bindings: relations with a linear body, for all bindings at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fivefold_solvers.build.affine import Affine, negative, plus
from fivefold_solvers.build.arrays import Array
from fivefold_solvers.build.errors import NotVectorised
from fivefold_solvers.build.evaluate import Evaluator
from fivefold_solvers.build.frame import Frame
from fivefold_solvers.build.orientation import turned
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.rows import logic_kind
from fivefold_solvers.formulation.show import show


@dataclass(frozen=True, slots=True)
class Piece:
    """`body <relation> 0` at every binding of a frame."""

    frame: Frame
    relation: str
    body: float | Array | Affine


Parts = tuple[tuple[Piece, ...], ...]
"""The pieces of the first, second, ... relation of a chained comparison; one part for a plain one."""


def parts_of(evaluator: Evaluator, tree: e.Expression, frame: Frame) -> Parts:
    """Return what a constraint says over its bindings, variables on the left where all of them are on the right.

    Raises:
        Fault: an expression has no value somewhere.
        NotVectorised: it is no relation of linear expressions.
    """
    round_about = turned(tree, evaluator.space.variables)
    found = _parts(evaluator, tree, frame)
    if not any(round_about):
        return found
    return tuple(tuple(map(_turned, part)) if around else part for part, around in zip(found, round_about, strict=True))


def _turned(piece: Piece) -> Piece:
    return Piece(piece.frame, e.FLIPPED[piece.relation], negative(piece.body))


def _parts(evaluator: Evaluator, tree: e.Expression, frame: Frame) -> Parts:
    match tree:
        case e.Compare("<=" | ">=" | "==" as relation, left, right):
            body = plus(evaluator.number(left, frame), negative(evaluator.number(right, frame)))
            return ((Piece(frame, relation, _linear(body, tree)),),)
        case e.Logic("and", items) if all(isinstance(item, e.Compare) for item in items):
            return tuple(part for item in items for part in _parts(evaluator, item, frame))
        case e.Choice(test, then, otherwise):
            mask = np.asarray(evaluator.truth(test, frame))
            return _side_by_side(
                *(_parts(evaluator, side, own) if own.size else ()
                  for side, own in ((then, frame.selected(mask)), (otherwise, frame.selected(~mask))))
            )  # fmt: skip
        case e.Call("implies", (condition, consequence)) if not _mentions(evaluator, condition):
            mask = np.asarray(evaluator.truth(condition, frame))
            where, elsewhere = frame.selected(mask), frame.selected(~mask)
            idle = ((Piece(elsewhere, "<=", 0.0),),) if elsewhere.size else ()
            return _side_by_side(_parts(evaluator, consequence, where) if where.size else (), idle)
        case _ if logic_kind(tree) and not isinstance(tree, e.Call) and not _mentions(evaluator, tree):
            holds = np.asarray(evaluator.truth(tree, frame))
            return ((Piece(frame, "==", np.where(holds, 0.0, 1.0)),),)
        case _:
            raise NotVectorised(f"`{show(tree)}`")


def _mentions(evaluator: Evaluator, tree: e.Expression) -> bool:
    return bool(e.names_used(tree) & evaluator.space.variables.keys())


def _linear(body: float | Array | Affine, tree: e.Expression) -> float | Array | Affine:
    if isinstance(body, Affine) and body.products:
        raise NotVectorised(f"`{show(tree)}` is quadratic")
    return body


def _side_by_side(one: Parts, two: Parts) -> Parts:
    """Return the parts of two disjoint sets of bindings."""
    longer = max(len(one), len(two))
    return tuple((one[k] if k < len(one) else ()) + (two[k] if k < len(two) else ()) for k in range(longer))

"""What the answers say, on problems small enough to know the answer by hand; and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from fivefold_solvers.analyze.alternatives import diverse, freedom, next_best
from fivefold_solvers.analyze.basis_ranges import BasisRanges, basis_ranges
from fivefold_solvers.analyze.edit import (
    AddConstraint,
    DropConstraint,
    EditError,
    ScaleParameter,
    SetBound,
    SetDomain,
    SetExpression,
    SetObjective,
    SetParameter,
    apply,
)
from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import Instance, ValueChange, instance, limited
from fivefold_solvers.analyze.pareto import pareto
from fivefold_solvers.analyze.prices import Prices, prices
from fivefold_solvers.analyze.ranges import cost_range, row_range
from fivefold_solvers.analyze.what_if import what_if, why_not
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Source, Variable
from fivefold_solvers.result import Termination

CORPUS = Path(__file__).parent / "corpus"


def corpus(name: str) -> Instance:
    return instance(Formulation.model_validate(json.loads((CORPUS / f"{name}.json").read_text())["formulation"]))


def known_prices(base: Instance) -> Prices:
    found = prices(base)
    assert isinstance(found, Prices)
    return found


def test_prices_and_ranges_of_a_plan_known_by_hand() -> None:
    pottery = corpus("product_mix")
    found = known_prices(pottery)
    kiln, clay = found.rows
    assert kiln.value == pytest.approx(40 / 11) and clay.value == pytest.approx(20 / 11)
    assert found.unique and kiln.unique and kiln.binding and not found.held and found.bounds == ()
    assert "kiln: each unit up changes profit (EUR) by 3.63636364" in str(found)
    with Session() as session:
        solved = session.solve(pottery.arrays, options=limited(20))
        bowls, vases = (cost_range(pottery, column, solved, session) for column in (0, 1))
        hours = row_range(pottery, 0, solved, session)
        at_once = basis_ranges(pottery, session)
    assert bowls is not None and (bowls.low, bowls.high) == pytest.approx((16, 60))
    assert vases is not None and (vases.low, vases.high) == pytest.approx((40 / 3, 50))
    assert hours is not None and (hours.low, hours.high) == pytest.approx((176 / 3, 220))
    assert hours.slopes == pytest.approx((40 / 11, 40 / 11)) and hours.exact
    assert isinstance(at_once, BasisRanges) and all(one.exact for one in (*at_once.costs, *at_once.limits))
    assert at_once.limits[0].high == pytest.approx(220)
    assert "from 16 to 60, the present solution stays the best" in str(bowls)


def test_degenerate_prices_are_told_with_both_sides() -> None:
    base = instance(
        Formulation(
            variables=(Variable(name="x"), Variable(name="y")),
            objective=Objective(sense="maximize", expression="x + y", name="sum"),
            constraints=(
                Constraint(name="a", expression="x <= 1"),
                Constraint(name="b", expression="y <= 1"),
                Constraint(name="both", expression="x + y <= 2"),
            ),
        )
    )
    found = known_prices(base)
    assert found.unique is False and "not the only ones" in found.how
    for price in found.rows:
        # One more of any single limit is worth nothing; one less of each costs one.
        assert price.up == pytest.approx(0) and price.down == pytest.approx(1) and price.unique is False
    assert "each unit up changes sum by 0, each unit down changes sum by -1" in str(found)
    with Session() as session:
        solved = session.solve(base.arrays, options=limited(20))
        both = row_range(base, 2, solved, session)
        at_once = basis_ranges(base, session)
    assert both is not None and both.slopes == pytest.approx((1, 0)) and both.low == pytest.approx(0)
    assert both.high == np.inf
    assert isinstance(at_once, BasisRanges) and not any(one.exact for one in at_once.limits)
    assert "may be longer" in str(at_once.limits[0])


def test_integer_programs_have_ranges_but_no_prices() -> None:
    knapsack = corpus("knapsack")
    assert known_prices(knapsack).rows == () and "in steps" in str(known_prices(knapsack))
    with Session() as session:
        solved = session.solve(knapsack.arrays, options=limited(20))
        load = row_range(knapsack, 0, solved, session)
    assert load is not None and (load.low, load.high) == (17, 19)
    mixed = known_prices(corpus("fixed_charge"))
    assert mixed.held and "held at their values" in mixed.how and mixed.rows[-1].value == pytest.approx(1.5)


def test_prices_of_what_has_no_optimum() -> None:
    found = prices(corpus("infeasible_lp"))
    assert isinstance(found, Solved) and found.termination is Termination.INFEASIBLE


def test_a_quadratic_objective_has_prices() -> None:
    found = known_prices(corpus("portfolio"))
    assert found.rows and found.solved.optimal


def test_what_if_says_what_changes_and_only_that() -> None:
    stock = corpus("stock_months")
    more = what_if(stock, (SetParameter("demand", 12, ("nov",)),))
    assert more.difference == pytest.approx(24) and more.better is False and more.nearest
    assert [str(change) for change in more.values] == ["make['dec']: 0 -> 3", "stock['nov']: 9 -> 6"]
    assert "cost (EUR) goes from 163 to 187, worse by 24" in str(more)
    dearer = what_if(stock, (ScaleParameter("cost", 2, ("sep",)),))
    assert dearer.before.objective == pytest.approx(163)
    level = what_if(stock, (SetBound("stock", upper=100.0),))
    assert level.better is None and not level.values and "stay as they are" in str(level)


def test_what_if_the_sense_is_turned_says_that_nothing_can_be_compared() -> None:
    stock = corpus("stock_months")
    turned = what_if(stock, (SetObjective(sense="maximize"),))
    assert turned.before.objective == pytest.approx(163) and turned.after.objective is not None
    assert turned.difference is not None and turned.difference > 0 and turned.better is None
    assert "better cannot be said, since “minimize” became “maximize”" in str(turned) and "worse" not in str(turned)


def test_what_if_another_objective_is_judged_by_the_sense_of_both() -> None:
    stock = corpus("stock_months")
    twice = what_if(stock, (SetObjective(expression=f"2*({stock.formulation.objective.expression})"),))
    assert twice.difference == pytest.approx(163) and twice.better is False and "worse by 163" in str(twice)


def test_what_if_there_was_no_best_solution_says_what_comes_with_the_change() -> None:
    endless = instance(
        Formulation(
            variables=(Variable(name="x"), Variable(name="y", upper=3)),
            objective=Objective(sense="maximize", expression="2*x + y", name="profit"),
            constraints=(Constraint(name="c", expression="x >= 1"),),
        )
    )
    bounded = what_if(endless, (SetBound("x", upper=8.0),))
    assert bounded.difference is None and bounded.better is None and bounded.after.objective == pytest.approx(19)
    assert "Without the change the problem has no best solution" in str(bounded)
    assert "profit is 19, with x = 8; y = 3" in str(bounded) and "proven optimal after it" in bounded.how


def test_the_ends_of_a_trade_off_are_no_hair_off() -> None:
    both = Formulation(
        variables=(Variable(name="x", upper=4), Variable(name="y", upper=4)),
        objective=Objective(sense="maximize", expression="x + y"),
        constraints=(Constraint(name="c", expression="x + y <= 6"),),
    )
    front = pareto(both, Objective(sense="minimize", expression="x", name="second"), points=3)
    assert [point.second for point in front.points][-1] == 0.0 and "e-" not in str(front)


def test_what_if_there_is_no_solution_says_why() -> None:
    stock = corpus("stock_months")
    never = what_if(stock, (SetParameter("demand", 40, ("nov",)),))
    assert never.difference is None and never.conflict is not None and never.conflict.minimal
    assert "balance['nov']" in str(never) and "upper bound make['sep'] <= 8" in str(never)
    endless = what_if(corpus("product_mix"), (DropConstraint("kiln"), DropConstraint("clay")))
    assert endless.after.termination is Termination.UNBOUNDED and "without end" in str(endless)


def test_why_not_gives_the_cost_or_the_conflict() -> None:
    pottery = corpus("product_mix")
    cost = why_not(pottery, "bowls >= 12")
    assert cost.difference == pytest.approx(-80) and "worse by 80" in str(cost)
    never = why_not(pottery, "bowls + vases >= 50")
    assert never.conflict is not None
    assert {part.element for part in never.conflict.clauses} >= {"clay", "wish"}
    assert "the decision asked about" in str(never)
    with pytest.raises(BuildError):
        why_not(pottery, "plates >= 1")


def test_the_wish_takes_another_name_where_its_own_is_taken() -> None:
    formulation = corpus("product_mix").formulation
    edited = apply(formulation, (AddConstraint(Constraint(name="wish", expression="bowls >= 0")),))
    assert why_not(instance(edited), "bowls >= 12").difference == pytest.approx(-80)


def test_other_solutions_in_words() -> None:
    knapsack = corpus("knapsack")
    ranked = next_best(knapsack, count=3)
    assert [round(one.objective) for one in ranked.found] == [39, 38, 38] and ranked.unique
    assert "39: take['stove']: 1 -> 0; take['rope']: 0 -> 1" in str(ranked)
    near = next_best(knapsack, count=9, within=0.05)
    assert near.found == () and near.complete and near.unique
    spread = diverse(knapsack, within=0.2)
    assert len(spread.found) == 3 and all(one.objective >= 0.8 * 42 for one in spread.found)
    with pytest.raises(ValueError, match="no decision here is a whole number"):
        next_best(corpus("product_mix"))
    with pytest.raises(ValueError, match="no variable 'nobody'"):
        freedom(knapsack, over=["nobody"])
    rooms = {one.name: one for one in freedom(corpus("stock_months"))}
    assert all(one.fixed for one in rooms.values()) and "in every one" in str(rooms["make['sep']"])


def test_a_tie_is_no_unique_best() -> None:
    both = Formulation(
        variables=(Variable(name="x", domain="binary"), Variable(name="y", domain="binary")),
        objective=Objective(sense="maximize", expression="x + y"),
        constraints=(Constraint(name="one", expression="x + y <= 1"),),
    )
    found = next_best(instance(both))
    assert found.unique is False and len(found.found) == 2 and found.complete


def test_a_trade_off_from_end_to_end() -> None:
    front = pareto(corpus("product_mix").formulation, Objective(sense="maximize", expression="bowls", name="bowls"))
    first, last = front.points[0], front.points[-1]
    assert (first.first, first.second) == pytest.approx((480, 10))
    assert (last.first, last.second) == pytest.approx((880 / 3, 44 / 3))
    assert "second_objective" not in first.values and all(point.proven for point in front.points)
    assert str(front).startswith("  profit (EUR) 480, bowls 10\n")
    nothing = pareto(corpus("infeasible_lp").formulation, Objective(sense="minimize", expression="0"))
    assert nothing.points == () and "has no solution" in nothing.how


def test_a_change_without_a_plan_says_how_sure_what_was_before_is() -> None:
    base = instance(
        Formulation(
            variables=(Variable(name="x", upper=4),),
            objective=Objective(sense="maximize", expression="x"),
            constraints=(Constraint(name="most", expression="x <= 3"),),
        )
    )
    found = what_if(base, [SetExpression("most", "x >= 7")])
    assert found.conflict is not None and "(proven optimal before it)" in found.how
    # What solvers leave of a 0 is told as 0.
    assert str(ValueChange("x", ("a",), 15.0, -2.1e-14)) == "x['a']: 15 -> 0"


def test_goal_seek_finds_the_value_and_says_how_sure_it_is() -> None:
    stock = corpus("stock_months")
    found = goal_seek(stock, "demand", 0, 30, at_most=180, key=("nov",))
    assert found.met == (pytest.approx((0, 11.125)),) and found.trend == "rising"
    assert "suggests but does not prove" in str(found) and "from 0 to 11.125" in str(found)
    assert goal_seek(stock, "demand", 0, 30, at_most=1, key=("nov",)).met == ()
    with pytest.raises(ValueError, match="exactly one"):
        goal_seek(stock, "demand", 0, 30, at_most=1, at_least=2)
    with pytest.raises(EditError, match="no parameter 'nobody'"):
        goal_seek(stock, "nobody", 0, 30, at_most=1)


def test_goal_seek_sees_an_objective_that_goes_up_and_down() -> None:
    humped = instance(
        Formulation(
            parameters=(Parameter(name="p", values=3),),
            variables=(Variable(name="x", upper=1),),
            objective=Objective(sense="maximize", expression="p*(10 - p)*x"),
        )
    )
    found = goal_seek(humped, "p", 0, 10, at_least=16)
    assert found.trend == "neither" and found.met == (pytest.approx((2, 8)),)
    assert len(found.crossings) == 2 and "up and down" in str(found)


def test_edits_make_the_next_version_and_refuse_what_is_not_there() -> None:
    formulation = Formulation(
        sets=(Set(name="I", elements=("a, b", 2)),),
        parameters=(
            Parameter(name="c", index=("i in I",), values={"a, b": 1.5}, default=4),
            Parameter(name="d", index=("i in I", "j in I if i != j"), values={"a, b": {"2": 1}, "2": {"a, b": 5}}),
            Parameter(name="e", index=("i in I",), expression="2*c[i]"),
        ),
        variables=(Variable(name="x", index=("i in I",)),),
        objective=Objective(sense="minimize", expression="sum(c[i]*x[i] for i in I)"),
        constraints=(
            Constraint(name="r", forall=("i in I",), expression="x[i] >= e[i] + sum(d[i,j] for j in I if j != i)"),
        ),
    )
    edited = apply(
        formulation,
        (
            SetParameter("c", 7, (2,)),
            ScaleParameter("d", 10, (2, "a, b")),
            SetParameter("e", 9, ("a, b",)),
            SetBound("x", lower=1.0),
            SetDomain("x", "integer"),
            SetObjective(sense="maximize"),
            SetExpression("r", "x[i] <= e[i]"),
        ),
    )
    grounded = check(edited).grounded
    assert grounded is not None and edited.version == formulation.version + 1
    assert grounded.parameters["c"].table == {("a, b",): 1.5, (2,): 7}
    assert grounded.parameters["d"].table == {("a, b", 2): 1, (2, "a, b"): 50}
    # What the expression gave before the edits of `c` is what the other entries keep.
    assert grounded.parameters["e"].table == {("a, b",): 9, (2,): 14}
    assert edited.variables[0].domain == "integer" and edited.objective.sense == "maximize"
    refused = [
        (SetParameter("c", 7, (3,)), "there is no c"),
        (DropConstraint("nobody"), "no constraint 'nobody'"),
        (SetBound("nobody", upper=1), "no variable 'nobody'"),
        (AddConstraint(Constraint(name="x", expression="1 <= 2")), "is taken"),
    ]
    for edit, words in refused:
        with pytest.raises(EditError, match=words):
            apply(formulation, (edit,))


def test_logic_is_lowered_before_it_is_analyzed() -> None:
    found = what_if(corpus("fixed_charge"), (SetDomain("rented", "binary"),))
    assert found.before.objective is not None and found.difference is not None
    assert all(change.name in {"rented", "sheets"} for change in found.values)
    with pytest.raises(BuildError):
        instance(Formulation())


def test_the_quoted_sentence_stands_beside_the_price() -> None:
    quoted = Source(kind="stated", quote="the oven holds ten")
    base = instance(
        Formulation(
            variables=(Variable(name="x"),),
            objective=Objective(sense="maximize", expression="3*x"),
            constraints=(Constraint(name="oven", expression="x <= 10", source=quoted),),
        )
    )
    (price,) = known_prices(base).rows
    assert price.clause.quote == "the oven holds ten" and price.value == pytest.approx(3)


def test_what_changes_has_no_crumbs_of_the_room_for_the_objective() -> None:
    """The nearest of the best solutions may be worse by a billionth; that moved 0.000001 pallets."""
    fees = [
        [14, 9, 22, 17, 31, 12, 25], [27, 19, 8, 24, 16, 29, 11], [11, 23, 26, 10, 18, 21, 30],
        [20, 15, 13, 28, 9, 24, 18], [18, 25, 20, 14, 27, 8, 16],
    ]  # fmt: skip
    plan = Formulation(
        sets=(Set(name="I", elements=(1, 2, 3, 4, 5)), Set(name="J", elements=(1, 2, 3, 4, 5, 6, 7))),
        parameters=(
            Parameter(name="fee", index=("i in I", "j in J"), values=fees),
            Parameter(name="supply", index=("i in I",), values=[140, 120, 90, 110, 100]),
            Parameter(name="need", index=("j in J",), values=[60, 75, 55, 80, 70, 65, 90]),
        ),
        variables=(Variable(name="sent", index=("i in I", "j in J"), lower=0),),
        objective=Objective(sense="minimize", expression="sum(fee[i, j]*sent[i, j] for i in I for j in J)"),
        constraints=(
            Constraint(name="load", forall=("i in I",), expression="sum(sent[i, j] for j in J) <= supply[i]"),
            Constraint(name="served", forall=("j in J",), expression="sum(sent[i, j] for i in I) >= need[j]"),
        ),
    )
    found = what_if(instance(plan), (SetParameter("need", 110, (3,)),))
    assert found.difference == pytest.approx(735)
    assert found.values and all(change.after == round(change.after) for change in found.values), found.text


def test_what_opens_and_closes_is_told_before_what_is_sent() -> None:
    plan = Formulation(
        sets=(Set(name="D", elements=("a", "b")),),
        parameters=(Parameter(name="fee", index=("d in D",), values=[10, 900]),),
        variables=(
            Variable(name="sent", index=("d in D",), lower=0),
            Variable(name="open", index=("d in D",), domain="binary"),
        ),
        objective=Objective(sense="minimize", expression="sum(fee[d]*open[d] + sent[d] for d in D)"),
        constraints=(
            Constraint(name="linked", forall=("d in D",), expression="sent[d] <= 500*open[d]"),
            Constraint(name="needed", expression="sum(sent[d] for d in D) >= 300"),
        ),
    )
    found = why_not(instance(plan), "open['a'] == 0")
    assert [change.name for change in found.values] == ["open", "open", "sent", "sent"]
    assert found.text.startswith("With the change (open['a'] == 0) objective goes from 310 to 1200, worse by 890.")

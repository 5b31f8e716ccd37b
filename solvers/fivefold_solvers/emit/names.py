"""Names in emitted programs: the formulation's own, mended where Python or a library has taken them."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set, Variable
from fivefold_solvers.program import Library

_BUILTINS = frozenset(dir(builtins))
_PROGRAM = """
json math time entry index key limit name number objective bound report results result row solver solve_s
solution status options termination solution_status started values variable shown solve timedelta checked
value_of values_of found width label entries SENSE TIME_LIMIT_S TERMINATION SOLUTION solver_version
presolve finite settled again fault seed added lower upper closer scale squares
"""
# What a Pyomo block answers to by itself; a component of that name would be refused or hide it.
_PYOMO = """
pyo SolverFactory Constraint Objective Var Skip activate active active_blocks active_component_data
active_components add_component all_blocks all_component_data all_components block_data_objects clear
clear_suffix_value clone cname collect_ctypes component component_data_iterindex component_data_objects
component_map component_objects compute_statistics config construct contains_component create_instance ctype
deactivate del_component dim display doc find_component fix_all_vars get_suffix_value getname id_index_map
index index_set is_component_type is_constructed is_expression_type is_indexed is_logical_type
is_named_expression_type is_numeric_type is_parameter_type is_reference is_variable_type items iteritems
iterkeys itervalues keys load local_name model name nconstraints nobjectives nvariables parent_block
parent_component pprint preprocess private_data reclassify_component_type reconstruct
register_private_data_initializer root_block set_suffix_value set_value solutions statistics to_dense_data
transfer_attributes_from type unfix_all_vars valid_model_component valid_problem_types values write
"""
_OF_LIBRARY: dict[Library, frozenset[str]] = {
    "mathopt": frozenset({"mathopt", "ortools"}),
    "cpsat": frozenset({"cp_model", "ortools"}),
    "pyomo": frozenset(_PYOMO.split()),
}


def taken(library: Library) -> frozenset[str]:
    """Return the names that a program in this library uses or must leave alone."""
    return _BUILTINS | frozenset(_PROGRAM.split()) | _OF_LIBRARY[library]


@dataclass(slots=True)
class Names:
    """Maps names of a formulation to names of a program, one to one."""

    used: set[str]
    root: str = "m"
    """The program's name for the object that everything is added to."""
    chosen: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, name: str) -> str:
        """Return the program's name for an element or an index of the formulation."""
        if name not in self.chosen:
            self.chosen[name] = self.fresh(name)
        return self.chosen[name]

    def fresh(self, wish: str) -> str:
        """Return a name that nothing has yet, as close to the wish as can be."""
        # Python reads identifiers in this normal form, so two names that differ only by it are one.
        name = unicodedata.normalize("NFKC", wish)
        if name.startswith("__"):
            name = f"v{name}"
        while name in self.used or keyword.iskeyword(name):
            name += "_"
        self.used.add(name)
        return name

    def part(self, name: str, place: int) -> str:
        """Return the program's name for one part of an index that stands for tuples."""
        # No identifier holds a space, so this meets no name of the formulation.
        wish = f"{name} {place}"
        if wish not in self.chosen:
            self.chosen[wish] = self.fresh(f"{self.of(name)}_{place}")
        return self.chosen[wish]


def names_for(library: Library, formulation: Formulation, also: frozenset[str] = frozenset()) -> Names:
    """Return names for a program; declared elements keep theirs before any index does.

    Args:
        library: what the program is written in.
        formulation: what it says.
        also: names that this program uses beside those that all of its library do.
    """
    declared = [element.name for element in formulation.elements()]
    # Machines and months are often called m, so the program's own name gives way.
    words = {word for text in (*declared, *_texts(formulation)) for word in re.findall(r"\w+", text)}
    names = Names(set(taken(library) | also), root="program" if "m" in words else "m")
    names.used.add(names.root)
    for name in declared:
        names.of(name)
    return names


def _texts(formulation: Formulation) -> Iterator[str]:
    """Yield every text in which an index may be named."""
    yield formulation.objective.expression
    for element in formulation.elements():
        yield from element.forall if isinstance(element, Constraint) else element.index
        if isinstance(element, Set | Parameter | Constraint) and element.expression:
            yield element.expression
        if isinstance(element, Variable):
            yield from (str(element.lower), str(element.upper))

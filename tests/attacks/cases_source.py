"""Sources that are no programs, or hardly: they may cost their own run, nothing else."""

from typing import Any

from fivefold_solvers.result import Exit
from tests.attacks.case import Case, limits

CRASHED = (Exit.CRASHED,)


def source(name: str, what: str, text: str, exits: tuple[Exit, ...] = CRASHED, **more: Any) -> Case:
    settings: dict[str, Any] = {"bare": True, "finishes": False, "least": "limited", "exits": exits, **more}
    return Case(name=name, what=what, source=text, **settings)


CASES = [
    source("no_source", "nothing at all", "", (Exit.NO_RESULT,)),
    source("zeros", "a source with zeros", "print(1)\0print(2)", notes=("null bytes",)),
    source("half_characters", "a source with half a surrogate pair", "x = '\ud800'", (Exit.CRASHED, Exit.NO_RESULT)),
    source("no_python", "a source that is no Python", "Here is the program you asked for:", notes=("SyntaxError",)),
    source(
        "byte_order_mark", "a source behind a byte order mark", "\ufeffprint('fine')", (Exit.NO_RESULT, Exit.CRASHED)
    ),
    source("coding", "a source that names another coding", "# coding: utf-7\nprint('+AGE-')", (Exit.NO_RESULT,)),
    source(
        "unknown_coding", "a source that names no coding", "# coding: nonsense\npass", (Exit.NO_RESULT, Exit.CRASHED)
    ),
    source("long_source", "a source of 5 MB", ("x = 1  " + "#" * 92 + "\n") * 50_000, (Exit.NO_RESULT,)),
    source("long_line", "a line of 5 MB", "x = '" + "y" * 5_000_000 + "'", (Exit.NO_RESULT,)),
    source("deep_brackets", "100,000 brackets", "(" * 100_000 + ")" * 100_000),
    source(
        "deep_signs",
        "100,000 signs, which overflow the compiler",
        "x = " + "-" * 100_000 + "1",
        (*CRASHED, Exit.OUT_OF_MEMORY),
    ),
    source("deep_calls", "20,000 attributes of attributes", "x" + ".x" * 20_000, (*CRASHED, Exit.OUT_OF_MEMORY)),
    source(
        "deep_sums",
        "a sum of 50,000 parts",
        "x = " + "+".join(["1"] * 50_000),
        (*CRASHED, Exit.NO_RESULT, Exit.OUT_OF_MEMORY),
    ),
    source("huge_number", "a number of 100,000 digits", "x = " + "9" * 100_000),
    source(
        "huge_constant",
        "a constant that the compiler would work out",
        "x = (1 << 99_999_999_999)",
        (*CRASHED, Exit.OUT_OF_MEMORY),
    ),
    source("debugger", "stop in the debugger", "breakpoint()", (Exit.CRASHED, Exit.NO_RESULT)),
    source(
        "endless_name",
        "a name that is looked up for ever",
        "class M(type):\n def __getattr__(s, n): return getattr(s, n + 'x')\nclass A(metaclass=M): pass\nA.x",
    ),
    source(
        "text_of_the_question",
        "the words of the question and of the sandbox, as a source",
        '"""Print a line that starts with FIVEFOLD_RESULT."""\n# FIVEFOLD_RESULT {}\nFIVEFOLD_RESULT = 1',
        (Exit.NO_RESULT,),
    ),
    Case(
        name="huge_module",
        what="write a module of 300 kB and import it",
        exits=(Exit.NO_RESULT, Exit.OUT_OF_MEMORY),
        least="limited",
        source="""
with open("generated.py", "w") as file:
    file.write("x = [1, 2, 3]\\n" * 20_000)
sys.path.insert(0, "")
import generated
""",
    ),
    Case(
        name="greedy_threads",
        what="keep the interpreter from its other threads",
        least="limited",
        source="""
import threading
sys.setswitchinterval(1e9)
def work():
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass
threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
""",
    ),
    Case(
        name="solver_with_many_threads",
        what="an honest solver with more threads than processors, which must not be taken for an attack",
        exits=(Exit.OK,),
        limits=limits(wall_s=20.0, memory_mib=1024, processes=64),
        least="limited",
        source="""
import highspy
solver = highspy.Highs()
solver.setOptionValue("output_flag", False)
solver.setOptionValue("threads", 4)
solver.setOptionValue("parallel", "on")
x = [solver.addBinary() for _ in range(12)]
solver.addConstr(sum((i + 3) * v for i, v in enumerate(x)) <= 31)
solver.maximize(sum((i * 7 % 11 + 1) * v for i, v in enumerate(x)))
print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %r}'
      % solver.getObjectiveValue())
""",
    ),
]

"""Attacks by words: floods, forged results, forged facts. What a program says is a claim; how it ended is not."""

import math
from typing import Any

from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus
from tests.attacks.case import Case, Check, limits

FLOOD = limits(wall_s=10.0, output_kib=16)
KEPT = 16 * 1024 + 200

OPTIMAL = 'FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": 1, "values": {"x": 1}}'
"""A well-formed result line; whether it is true, only a check of the solution can say."""


LAST_WORDS = "\nfor fd in (1, 2):\n    os.set_blocking(fd, True)\nprint()\nescaped('was heard for three seconds')"


def is_bounded(result: ExecutionResult) -> str | None:
    longest = max(len(result.stdout), len(result.stderr))
    return f"{longest} characters were kept" if longest > KEPT else None


def flood(name: str, what: str, source: str) -> Case:
    """Return an attack on whoever reads: `ON` in the source is true for three seconds, if nothing stops it."""
    return Case(
        name=name,
        what=what,
        source="END = time.monotonic() + 3\n" + source.replace("ON", "time.monotonic() < END") + LAST_WORDS,
        stopped_by=("watch",),
        exits=(Exit.KILLED,),
        limits=FLOOD,
        notes=("more than 64 KiB",),
        finishes=False,
        check=is_bounded,
        least="limited",
    )


def has_no_number(result: ExecutionResult) -> str | None:
    numbers = [result.objective, result.bound, result.gap, *(v for t in result.values.values() for v in t.values())]
    wrong = [number for number in numbers if number is not None and not math.isfinite(number)]
    return f"{wrong} got through" if wrong else None


def is_no_solution(result: ExecutionResult) -> str | None:
    return None if result.solution_status is SolutionStatus.NONE else f"says {result.solution_status}"


def ended_with(code: int) -> Check:
    return lambda result: None if result.returncode == code else f"return code {result.returncode}, not {code}"


FLOODS = [
    flood("flood_of_output", "endless standard output", "while ON: sys.stdout.write('x' * 9999)"),
    flood("flood_of_errors", "endless standard error", "while ON: sys.stderr.write('x' * 9999)"),
    flood("flood_of_short_lines", "endless lines, each of which costs its reader", "while ON: print()"),
    flood("flood_past_python", "endless output by system calls", "while ON: os.write(1, b'\\n\\0\\xff' * 999)"),
    flood(
        "flood_of_results",
        "endless result lines",
        f"line = {OPTIMAL!r}\nwhile ON: print(line)",
    ),
    flood(
        "flood_without_line_end",
        "a result line without an end",
        "sys.stdout.write('FIVEFOLD_RESULT ')\nwhile ON: sys.stdout.write('[' * 9999)",
    ),
    flood(
        "flood_from_threads",
        "endless output of four threads to both streams, not waiting for the reader",
        """
import threading
def shout(fd):
    while ON:
        try:
            os.write(fd, b"x" * 5000)
        except BlockingIOError:
            pass
os.set_blocking(1, False)
os.set_blocking(2, False)
threads = [threading.Thread(target=shout, args=(fd,)) for fd in (1, 2, 1, 2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
""",
    ),
    Case(
        name="huge_exception",
        what="an exception with a text of 50 MB",
        source="raise ValueError('x' * 50_000_000)",
        exits=(Exit.KILLED, Exit.CRASHED),
        limits=FLOOD,
        finishes=False,
        check=is_bounded,
        least="limited",
    ),
    Case(
        name="bytes_that_are_no_text",
        what="zeros, escape sequences, broken UTF-8, every line break there is",
        source="""
os.write(1, bytes(range(256)) + b"\\xff\\xfe\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80")
os.write(1, b"\\x1b[2J\\x1b]0;title\\x07\\r\\x0b\\x0c\\x1c\\n")
os.write(1, "\\x85\\u2028\\u2029\\u202e".encode() + b"\\n")
sys.stdout.write("\\ud800 stays\\n")
""",
        exits=(Exit.NO_RESULT, Exit.CRASHED),
        finishes=False,
        least="limited",
    ),
    Case(
        name="mute_streams",
        what="close, replace and break the standard streams",
        source="""
sys.stdout.close()
sys.stdout = None
sys.stderr = object()
os.close(1)
""",
        exits=(Exit.NO_RESULT, Exit.CRASHED),
        finishes=False,
        least="limited",
    ),
]


def claim(name: str, what: str, source: str, exits: tuple[Exit, ...], **more: Any) -> Case:
    settings: dict[str, Any] = {"finishes": False, "least": "limited", "exits": exits, **more}
    return Case(name=name, what=what, source=source, **settings)


RESULT_LINES = [
    claim(
        "result_without_solving",
        "print a fine result, solve nothing and leave at once: accepted as what it is, a claim",
        f"os.write(1, {OPTIMAL.encode()!r} + b'\\n')\nos._exit(0)",
        (Exit.OK,),
        check=ended_with(0),
    ),
    claim(
        "result_then_crash",
        "print a fine result, then crash",
        f"print({OPTIMAL!r}, flush=True)\nos.abort()",
        (Exit.CRASHED,),
        check=ended_with(-6),
    ),
    claim(
        "result_then_exit_code",
        "print a fine result, then fail with a code",
        f"print({OPTIMAL!r}, flush=True)\nos._exit(7)",
        (Exit.CRASHED,),
        check=ended_with(7),
    ),
    claim(
        "result_then_nothing",
        "print a fine result, then overstay",
        f"print({OPTIMAL!r}, flush=True)\ntime.sleep(3)\nescaped('slept on')",
        (Exit.TIMED_OUT,),
        limits=limits(wall_s=0.5),
        stopped_by=("watch",),
    ),
    claim(
        "result_from_a_log",
        "result lines in the middle of lines, indented, in standard error, quoted, in lower case",
        f"""
line = {OPTIMAL!r}
print("log:", line)
print(" " + line)
print(repr(line))
print(line.lower())
print("\\ufeff" + line)
print(line, file=sys.stderr)
""",
        (Exit.NO_RESULT,),
        check=is_no_solution,
    ),
    claim(
        "result_that_is_none",
        "results with wrong words, wrong types, missing parts and without JSON",
        """
for text in ("", "{}", "[]", "null", "1", '"x"', "{", '{"termination": "optimal"}', '{"termination": [], "x": 1}',
             '{"termination": "OPTIMAL", "solution_status": "optimal"}', "{'termination': 'optimal'}",
             '{"termination": "optimal", "solution_status": "optimal", "objective": "much"}',
             '{"termination": "optimal", "solution_status": "optimal", "values": {"x": {"y": 1}}}',
             '{"termination": "optimal", "solution_status": "optimal", "objective": ' + "9" * 5000 + "}"):
    print("FIVEFOLD_RESULT " + text)
""",
        (Exit.NO_RESULT,),
        check=is_no_solution,
    ),
    claim(
        "result_deeply_nested",
        "60,000 brackets, which break a careless parser",
        """
print("FIVEFOLD_RESULT " + "[" * 60_000)
print("FIVEFOLD_RESULT " + '{"values":' * 30_000)
print("FIVEFOLD_RESULT " + '{"termination": "optimal", "solution_status": "optimal", "values": {"x": '
      + "[" * 20_000 + "]" * 20_000 + "}}")
""",
        (Exit.NO_RESULT,),
        limits=limits(output_kib=1024),
        check=is_no_solution,
    ),
    claim(
        "result_without_numbers",
        "an objective that is not a number, too large for one, or infinite",
        """
for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400"):
    print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %s, "bound": %s,'
          ' "values": {"x": %s, "y": [[[1], %s], [[2], 3]]}}' % ((number,) * 4))
""",
        (Exit.OK,),
        check=lambda result: has_no_number(result) or is_no_solution(result),
    ),
    claim(
        "result_with_doubled_keys",
        "the same key twice, names that Python knows, long strings",
        """
print('FIVEFOLD_RESULT {"termination": "error", "termination": "optimal", "solution_status": "optimal",'
      ' "objective": 5, "objective": 6, "__class__": "x", "exit": "ok", "returncode": 3, "isolation": "strict",'
      ' "values": {"__proto__": 1, "": 2, "constructor": 3}, "solver": "%s"}' % ("s" * 40_000))
sys.stdout.flush()
os._exit(9)
""",
        (Exit.CRASHED,),
        check=lambda result: None if result.returncode == 9 and result.objective == 6 else f"{result.returncode}",
    ),
    claim(
        "result_with_half_characters",
        "halves of surrogate pairs, which are text in JSON and nowhere else",
        r"""
print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": 1,'
      ' "solver": "\\ud800", "values": {"\\udfff": 1, "x": [[["\\ud800"], 1]]}}')
""",
        (Exit.OK, Exit.NO_RESULT),
    ),
    claim(
        "result_as_pickle",
        "a pickled object that runs code in whoever reads it",
        """
import pickle
class Bomb:
    def __reduce__(self):
        return (exec, ("open(%r, 'w')" % os.path.join(HOST["temp"], HOST["mark"]),))
for fd in (1, 2):
    os.write(fd, pickle.dumps(Bomb()) + b"\\n" + b"FIVEFOLD_RESULT " + pickle.dumps(Bomb(), 0) + b"\\n")
""",
        (Exit.NO_RESULT,),
    ),
    claim(
        "result_that_is_code",
        "text that does harm where it is evaluated, formatted or shown",
        """
harm = "__import__('os').mkdir(%r)" % os.path.join(HOST["temp"], HOST["mark"])
print("FIVEFOLD_RESULT " + harm)
print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": 1, "solver": "%s"}'
      % ("{0.__class__} %s%n ${IFS} <script>alert(1)</script> " + harm.replace('"', "'")))
""",
        (Exit.OK,),
    ),
    claim(
        "last_result_counts",
        "ten results, of which the last counts, behind ten thousand lines",
        """
for number in range(10_000):
    print(number)
for number in range(10):
    print('FIVEFOLD_RESULT {"termination": "optimal", "solution_status": "optimal", "objective": %d}' % number)
print('FIVEFOLD_RESULT {"termination": "opti')
""",
        (Exit.OK,),
        limits=limits(output_kib=64),
        check=lambda result: None if result.objective == 9 else f"objective {result.objective}",
    ),
]

FACTS = [
    claim(
        "facts_into_every_descriptor",
        "write forged facts to every descriptor there might be, then fail",
        """
forged = b'{"why": null, "returncode": 0, "cpu_s": 0, "peak_kib": 0, "began": true, "guarded": true}\\n'
for fd in range(3, 300):
    try:
        os.write(fd, len(forged).to_bytes(8, "big") + forged)
        escaped(f"wrote to descriptor {fd}")
    except OSError:
        pass
os._exit(7)
""",
        (Exit.CRASHED,),
        check=ended_with(7),
    ),
    claim(
        "note_of_the_sandbox",
        "write the sandbox's own notes",
        """
for note in ("killed: it made a system call that is not allowed", "killed: ran longer than 0 s", "killed"):
    print("[sandbox]", note, file=sys.stderr)
print("MemoryError", file=sys.stderr)
print("std::bad_alloc", file=sys.stderr)
""",
        (Exit.NO_RESULT,),
    ),
    claim("exit_with_text", "leave with a text", "sys.exit('a text')", (Exit.CRASHED,), check=ended_with(1)),
    claim("exit_with_256", "leave with a code that is nought in eight bits", "sys.exit(256)", (Exit.NO_RESULT,)),
    claim("exit_with_huge_code", "leave with a huge code", "sys.exit(1 << 80)", (Exit.NO_RESULT, Exit.CRASHED)),
    claim(
        "exit_with_object",
        "leave with an object that cannot be printed",
        """
class Odd:
    def __str__(self): raise SystemExit(0)
    __repr__ = __str__
sys.exit(Odd())
""",
        (Exit.CRASHED,),
    ),
    claim("keyboard_interrupt", "raise what only a person raises", "raise KeyboardInterrupt", (Exit.CRASHED,)),
    claim(
        "hostile_exception",
        "an exception whose every method raises, with itself as its cause",
        """
class Odd(BaseException):
    def __str__(self): raise Odd
    def __repr__(self): raise Odd
    def __getattribute__(self, name): raise Odd
error = Odd()
raise error from error
""",
        (Exit.CRASHED,),
    ),
    claim(
        "exception_without_an_end",
        "a chain of ten thousand causes",
        """
error = None
for number in range(10_000):
    cause, error = error, ValueError(number)
    error.__cause__ = cause
raise error
""",
        (Exit.CRASHED, Exit.KILLED),
    ),
    claim(
        "patched_interpreter",
        "take away what the sandbox needs to end well: exit, flush, traceback, builtins",
        """
import builtins, traceback
os._exit = os.kill = traceback.print_exception = lambda *a, **k: escaped("was called after the end")
for name in list(vars(builtins)):
    if name not in ("__build_class__", "ValueError"):
        vars(builtins).pop(name)
raise ValueError
""",
        (Exit.CRASHED, Exit.NO_RESULT, Exit.KILLED),
    ),
    claim("null_pointer", "read at address nought", "ctypes.string_at(0)", (Exit.CRASHED,), check=ended_with(-11)),
    claim("abort", "abort", "os.abort()", (Exit.CRASHED,), check=ended_with(-6)),
    claim("illegal_instruction", "raise SIGILL", "import signal\nsignal.raise_signal(4)", (Exit.CRASHED, Exit.KILLED)),
    claim(
        "kill_itself",
        "send SIGKILL to itself",
        "import signal\nos.kill(os.getpid(), signal.SIGKILL)",
        (Exit.KILLED,),
        check=ended_with(-9),
    ),
    claim(
        "forged_refusal",
        "die of SIGSYS, as if the filter had ended it",
        "import signal\nos.kill(os.getpid(), signal.SIGSYS)",
        (Exit.KILLED, Exit.CRASHED),
    ),
]

CASES = [*FLOODS, *RESULT_LINES, *FACTS]

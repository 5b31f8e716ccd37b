"""Attacks on whoever comes next: one program leaves something behind, the next one looks for it."""

from tests.attacks.case import Case

CASES = [
    Case(
        name="patched_solver",
        what="patch solver and modelling library, so that later answers are wrong",
        least="limited",
        first="""
import highspy, numpy, pyomo.environ as pyo
highspy.Highs.getObjectiveValue = lambda self: 99999.0
pyo.value = lambda *a, **k: 99999.0
numpy.float64 = None
""",
        source="""
import highspy, numpy, pyomo.environ as pyo
if pyo.value(3) != 3 or numpy.float64 is None or highspy.Highs.getObjectiveValue.__name__ == "<lambda>":
    escaped("the patch of an earlier program is still there")
""",
    ),
    Case(
        name="poisoned_builtins",
        what="poison builtins, modules, hooks, the environment and the random seed",
        least="limited",
        first="""
import builtins, random, tempfile, threading, types
builtins.poison = 1
builtins.print = lambda *a, **k: None
sys.modules["poison"] = types.ModuleType("poison")
os.environ["POISON"] = "1"
sys.path.insert(0, "/poison")
sys.setrecursionlimit(77777)
sys.setswitchinterval(9.0)
sys.excepthook = threading.excepthook = sys.settrace = None
tempfile.tempdir = "/poison"
random.random = lambda: 4
os.umask(0o777)
os.chdir("/")
""",
        source="""
import builtins, random, tempfile
found = {
    "builtins": hasattr(builtins, "poison"),
    "modules": "poison" in sys.modules,
    "environment": "POISON" in os.environ,
    "path": "/poison" in sys.path,
    "recursion": sys.getrecursionlimit() == 77777,
    "switching": sys.getswitchinterval() > 1,
    "temporary folder": tempfile.gettempdir() == "/poison",
    "random numbers": random.random() == 4,
    "umask": os.umask(0o77) == 0o777,
    "folder": os.getcwd() == "/",
}
for what, is_there in found.items():
    if is_there:
        escaped(f"poison in {what}")
""",
    ),
    Case(
        name="files_left_behind",
        what="leave files for the next program, in the folder, at home and in the temporary folder",
        least="limited",
        first="""
import tempfile
for place in (".", os.path.expanduser("~"), tempfile.gettempdir()):
    with open(os.path.join(place, "left"), "w") as file:
        file.write("x")
""",
        source="""
import tempfile
for place in (".", os.path.expanduser("~"), tempfile.gettempdir()):
    if os.path.exists(os.path.join(place, "left")):
        escaped(f"a file is left in {place}")
if os.listdir(".") not in ([], ["data"], ["program.py"]):
    escaped(f"the folder is not empty: {os.listdir('.')}")
""",
    ),
    Case(
        name="planted_modules",
        what="plant modules, start-up files and settings that the next program would load",
        least="limited",
        first="""
import pathlib
home = pathlib.Path.home()
for place in {pathlib.Path("."), home, home / ".local/lib/python3.11/site-packages", home / ".pyomo"}:
    place.mkdir(parents=True, exist_ok=True)
    for name in ("numpy.py", "highspy.py", "pyomo.py", "json.py", "sitecustomize.py", "usercustomize.py", "planted.py"):
        (place / name).write_text("print('ESCAPED: a planted module was loaded')")
    (place / "planted.pth").write_text("import os; os.write(1, b'ESCAPED: a planted line was run\\\\n')")
""",
        source="""
import json, numpy, highspy, pyomo.environ
try:
    import planted
except ImportError:
    pass
""",
    ),
    Case(
        name="own_module_first",
        what="shadow a library by a file of its own: that concerns this program only",
        least="limited",
        source="""
with open("colorsys.py", "w") as file:
    file.write("print('shadowed')")
import colorsys
""",
    ),
    Case(
        name="secret_of_the_program_before",
        what="look through the heap for the source and the values of the program before",
        first="""
import linecache
password = "correct horse battery" + " staple"
linecache.cache["kept"] = (1, None, [password], "kept")
kept = [password * 3 for _ in range(100)]
print(password)
""",
        source="""
import gc
mark = "elpats yrettab esroh"[::-1]
for thing in gc.get_objects():
    if thing is globals():
        continue
    if isinstance(thing, (list, tuple, set, frozenset)):
        values = list(thing)
    elif isinstance(thing, dict):
        values = [*thing.keys(), *thing.values()]
    else:
        continue
    if any(isinstance(value, str) and mark in value and value is not mark for value in values):
        escaped("found a text of the program before")
""",
    ),
    Case(
        name="named_objects_left_behind",
        what="leave shared memory, queues, semaphores and names of sockets",
        stopped_by=("seccomp",),
        first="""
import socket
for deed in (
    lambda: libc.shmget(0x5F5E, 4096, 0o1600),
    lambda: libc.semget(0x5F5E, 1, 0o1600),
    lambda: libc.msgget(0x5F5E, 0o1600),
    lambda: libc.sem_open(b"/left", 0o100, 0o600, 1),
    lambda: open("/dev/shm/" + HOST["mark"], "w"),
):
    try:
        deed()
    except OSError:
        pass
""",
        source="""
for what, value in (
    ("shared memory", libc.shmget(0x5F5E, 4096, 0o600)),
    ("semaphores", libc.semget(0x5F5E, 1, 0o600)),
    ("a queue", libc.msgget(0x5F5E, 0o600)),
):
    if value >= 0:
        escaped(what)
attempt("a file of shared memory", os.stat, "/dev/shm/" + HOST["mark"])
""",
    ),
    Case(
        name="secrets_of_the_environment",
        what="find keys in the environment: as Python, the C library and the kernel see it",
        stopped_by=("environment",),
        least="limited",
        source="""
libc.getenv.restype = ctypes.c_char_p
name = HOST["variable"]
if name in os.environ:
    escaped("os.environ")
if libc.getenv(name.encode()) is not None:
    escaped("getenv")
pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
index = 0
while pointer and pointer[index]:
    if pointer[index].startswith(name.encode()):
        escaped("environ of the C library")
    index += 1
try:
    with open("/proc/self/environ", "rb") as file:
        if name.encode() in file.read():
            escaped("/proc/self/environ")
except OSError as error:
    print("refused:", error)
for key in os.environ:
    if any(word in key for word in ("KEY", "TOKEN", "SECRET", "PASS", "FIVEFOLD")):
        escaped(key)
""",
        harmless=True,
    ),
    Case(
        name="secrets_of_the_command",
        what="find keys in the arguments, the flags and the path of modules",
        source="""
if len(sys.argv) > 1 or any(len(text) > 4096 for text in sys.argv):
    escaped(f"arguments {sys.argv}")
if len(getattr(sys, "orig_argv", [])) > 8 and HOST["variable"] in str(sys.orig_argv):
    escaped("secrets in the original arguments")
""",
    ),
    Case(
        name="code_of_the_product",
        what="import the product itself, for what it knows or can start",
        least="confined",
        source="""
for name in ("fivefold", "fivefold_solvers", "fivefold_prompts", "fivefold_benchmarks"):
    try:
        __import__(name)
        escaped(f"imported {name}")
    except (ImportError, OSError) as error:
        print("refused:", error)
for name in list(sys.modules):
    if name.startswith("fivefold"):
        escaped(f"{name} is loaded")
""",
    ),
]

"""The plan of the house, held: import rules, size ceilings, one reader of the environment, what is shipped.

Each rule is a function from a source tree to findings. It is run on the product, where it must find nothing,
and on a small made-up tree that breaks it, where it must say so.
"""

import ast
import graphlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES: tuple[str, ...] = tuple(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
"""The import packages that are shipped, each as `room/package`."""
CONTRACTS = {contract["id"]: contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}

MODULE_LINES = 400
FUNCTION_LINES = 60

ENVIRONMENT_READERS = {
    "fivefold.settings",
    # What the sandbox hands on to a program, chosen name by name.
    "fivefold_solvers.sandbox.environment.inherited_environment",
    # Runs in the child, where it makes sure that the environment is the one that was chosen.
    "fivefold_solvers.sandbox.supervisor",
    # Runs in the child as well: sets the scratch folder, and tries whether a secret can be seen.
    "fivefold_solvers.jail.child",
    "fivefold_solvers.jail.probes",
}
"""The modules and functions that may look at the environment of their process."""

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """One source file of a tree."""

    name: str
    path: Path
    tree: ast.Module
    lines: int


def modules(root: Path) -> Iterator[Module]:
    """Yield the modules of all product packages below `root`."""
    for package in PACKAGES:
        room = (root / package).parent
        for path in sorted((root / package).rglob("*.py")):
            text = path.read_text("utf-8")
            name = ".".join(path.relative_to(room).with_suffix("").parts).removesuffix(".__init__")
            yield Module(name, path, ast.parse(text), len(text.splitlines()))


# --- the rules -------------------------------------------------------------------------------------------


def long_modules(root: Path) -> list[str]:
    """Modules over the ceiling."""
    return [f"{m.name}: {m.lines} lines" for m in modules(root) if m.lines > MODULE_LINES]


def long_functions(root: Path) -> list[str]:
    """Functions over the ceiling, nested ones included."""
    return [
        f"{m.name}.{node.name}: {length} lines"
        for m in modules(root)
        for node in ast.walk(m.tree)
        if isinstance(node, FunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def modules_without_docstring(root: Path) -> list[str]:
    """Modules whose first line does not say what they are for."""
    return [f"{m.name}: no docstring" for m in modules(root) if not ast.get_docstring(m.tree)]


def names_of(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node gives to functions, classes, arguments, fields and variables."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.arg():
            yield node.arg
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.alias(asname=str(name)):
            yield name
        case _:
            pass


def bare_model_names(root: Path) -> list[str]:
    """Names that leave open whether a language model or a mathematical one is meant."""
    return [
        f"{m.name}: the name `{name}`; say llm, formulation or program"
        for m in modules(root)
        for node in ast.walk(m.tree)
        for name in names_of(node)
        if name.lower() in ("model", "models", "optimizer")
        if not (name == "optimizer" and m.name.startswith("fivefold_prompts."))
    ]


def reads_environment(node: ast.AST) -> bool:
    """Return whether a node reaches for the environment of this process."""
    readers = {"environ", "environb", "getenv", "getenvb"}
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr=attr):
            return attr in readers
        case ast.ImportFrom(module="os", names=names):
            return any(alias.name in readers for alias in names)
        case _:
            return False


def environment_readers(root: Path) -> list[str]:
    """Places that read the environment and are not in `ENVIRONMENT_READERS`."""
    found: list[str] = []
    for m in modules(root):
        if m.name in ENVIRONMENT_READERS:
            continue
        allowed: set[ast.AST] = set()
        for node in ast.walk(m.tree):
            if isinstance(node, FunctionDef) and f"{m.name}.{node.name}" in ENVIRONMENT_READERS:
                allowed |= set(ast.walk(node))
        found += [
            f"{m.name}:{node.lineno}: reads the environment"
            for node in ast.walk(m.tree)
            if isinstance(node, ast.Attribute | ast.ImportFrom) and reads_environment(node)
            if node not in allowed
        ]
    return found


def imports_of(module: Module, known: set[str]) -> set[str]:
    """Return the product modules that a module imports anywhere in it, lazy imports included."""
    found: set[str] = set()
    package = module.name.split(".") if module.path.stem == "__init__" else module.name.split(".")[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                found.add(submodule if submodule in known else base)
    return (found & known) - {module.name}


def circles(root: Path) -> list[str]:
    """A circle of imports, where there is one."""
    every = list(modules(root))
    known = {m.name for m in every}
    try:
        graphlib.TopologicalSorter({m.name: imports_of(m, known) for m in every}).prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1][:0:-1]
        first = circle.index(min(circle))
        return ["circle: " + " -> ".join([*circle[first:], *circle[: first + 1]])]
    return []


def untyped_packages(root: Path) -> list[str]:
    """Packages that do not tell type checkers that they are typed."""
    return [f"{package}: no py.typed" for package in PACKAGES if not (root / package / "py.typed").is_file()]


def folders_without_init(root: Path) -> list[str]:
    """Folders with code that Python would take for namespace packages and the import rules would not see."""
    folders = {m.path.parent for m in modules(root)}
    return [f"{f.relative_to(root)}: no __init__.py" for f in sorted(folders) if not (f / "__init__.py").exists()]


# --- each rule holds, and is seen to go red --------------------------------------------------------------

Rule = Callable[[Path], list[str]]

LONG_FUNCTION = "def far():\n" + "    print()\n" * FUNCTION_LINES
BROKEN: list[tuple[Rule, dict[str, str], list[str]]] = [
    (long_modules, {"planted.py": "x = 1\n" * 401}, ["fivefold.planted: 401 lines"]),
    (long_functions, {"planted.py": LONG_FUNCTION}, ["fivefold.planted.far: 61 lines"]),
    (modules_without_docstring, {"planted.py": "x = 1\n"}, ["fivefold.planted: no docstring"]),
    (
        bare_model_names,
        {"planted.py": "def solve(model): ...\nclass Optimizer: ...\nmodel_config = 1\n"},
        [
            "fivefold.planted: the name `Optimizer`; say llm, formulation or program",
            "fivefold.planted: the name `model`; say llm, formulation or program",
        ],
    ),
    (
        environment_readers,
        {
            "planted.py": "import os\n\ndef inherited_environment():\n    return os.environ\n",
            "other.py": "from os import getenv\n",
            "settings.py": "import os\nx = os.environ\n",
        },
        ["fivefold.other:1: reads the environment", "fivefold.planted:4: reads the environment"],
    ),
    (
        circles,
        {"one.py": "def late():\n    from fivefold import two\n", "two.py": "from .one import late\n"},
        ["circle: fivefold.one -> fivefold.two -> fivefold.one"],
    ),
    (folders_without_init, {"part/planted.py": ""}, ["agent/fivefold/part: no __init__.py"]),
]


@pytest.mark.parametrize("rule", [*(rule for rule, _, _ in BROKEN), untyped_packages], ids=lambda r: r.__name__)
def test_house_keeps_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "files", "findings"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_rule_goes_red(rule: Rule, files: dict[str, str], findings: list[str], tmp_path: Path) -> None:
    package = tmp_path / "agent" / "fivefold"
    for name, text in {"__init__.py": '"""Face."""\n', **files}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, "utf-8")
    assert sorted(rule(tmp_path)) == findings


def test_sandbox_reads_environment_in_one_place_only(tmp_path: Path) -> None:
    sandbox = tmp_path / "solvers" / "fivefold_solvers" / "sandbox"
    sandbox.mkdir(parents=True)
    (sandbox / "environment.py").write_text(
        "import os\n\ndef inherited_environment():\n    return os.environ\n\nx = os.environ\n", "utf-8"
    )
    assert environment_readers(tmp_path) == ["fivefold_solvers.sandbox.environment:6: reads the environment"]


def test_untyped_packages_are_found(tmp_path: Path) -> None:
    assert untyped_packages(tmp_path) == [f"{package}: no py.typed" for package in PACKAGES]


# --- import rules ----------------------------------------------------------------------------------------

PLANTED: dict[str, dict[str, str]] = {
    "floors": {
        "fivefold_solvers.planted_below": "def late():\n    import fivefold.errors",
        "fivefold_prompts.planted_beside": "from fivefold_solvers import result",
        "fivefold_solvers.planted_side": "import fivefold_prompts",
        "fivefold.planted_up": "import fivefold_benchmarks",
        "fivefold_server.planted_beside": "def late():\n    import fivefold_benchmarks",
        "fivefold_benchmarks.planted_beside": "from fivefold_server import config",
    },
    "langgraph-door": {
        "fivefold.planted_graph": "from langgraph.graph import StateGraph",
        "fivefold_benchmarks.planted_graph": "def late():\n    import langgraph",
    },
    "llm-door": {
        "fivefold.planted_llm": "from openai import AsyncOpenAI",
        "fivefold_prompts.planted_llm": "def late():\n    import xllamacpp",
        "fivefold_server.planted_llm": "import openai",
    },
    "server-only": {
        "fivefold_benchmarks.planted_web": "from fastapi import FastAPI",
        "fivefold.planted_uvicorn": "def late():\n    import uvicorn",
    },
    "solver-children": {
        "fivefold_solvers.planted_highs": "def late():\n    import highspy",
        "fivefold.planted_ortools": "from ortools.sat.python import cp_model",
        "fivefold_benchmarks.planted_pyomo": "import pyomo.environ as pyo",
        "fivefold_solvers.planted_scip": "import pyscipopt",
        "fivefold_server.planted_casadi": "import casadi",
    },
    "jail-alone": {
        "fivefold_solvers.jail.planted_result": "from fivefold_solvers.result import Limits",
        "fivefold_solvers.jail.planted_pydantic": "def late():\n    import pydantic",
    },
    "acyclic": {
        "fivefold.planted_one": "import fivefold.planted_two",
        "fivefold.planted_two": "def late():\n    import fivefold.planted_one",
    },
}
"""Per contract, the modules that break it."""


LINT_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a tree, without what is installed shadowing it."""
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str((tree / p).parent) for p in PACKAGES)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def broken_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the product with all of `PLANTED` in it, line breaks taken out."""
    tree = tmp_path_factory.mktemp("broken")
    (tree / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for m in modules(ROOT):
        copy = tree / m.path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(m.path.read_bytes())
    rooms = {Path(package).name: tree / Path(package).parent for package in PACKAGES}
    for planted in PLANTED.values():
        for name, text in planted.items():
            place = rooms[name.split(".")[0]] / (name.replace(".", "/") + ".py")
            place.write_text(text + "\n", "utf-8")
    done = lint_imports(tree)
    assert done.returncode == 1, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_product_keeps_import_rules() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("contract", PLANTED)
def test_contract_goes_red(contract: str, broken_report: str) -> None:
    name = CONTRACTS[contract]
    assert f"{name} BROKEN" in broken_report
    _, _, details = broken_report.partition("Broken contracts")
    _, _, section = details.partition(f"{name} ---")
    for other in CONTRACTS.values():
        section = section.partition(f"{other} ---")[0]
    # Circles are reported with names relative to their package.
    missing = [planted for planted in PLANTED[contract] if f".{planted.partition('.')[2]} " not in section]
    assert not missing, section


# --- what is written about it ---------------------------------------------------------------------------

PLANNED = {"fivefold_prompts.optimizer"}
"""What the documents may name although it is not there yet."""


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_documents_name_what_is_there(document: str) -> None:
    known = {m.name: m.path for m in modules(ROOT)}
    text = (ROOT / document).read_text("utf-8")
    wrong: list[str] = []
    for name in set(re.findall(r"`(fivefold(?:_[a-z]+)?(?:\.\w+)*)(?:\(.*\))?`", text)) - PLANNED:
        above, _, last = name.rpartition(".")
        # A function or class is looked for as a word of the module that it is said to be in.
        if name not in known and not (above in known and re.search(rf"\b{last}\b", known[above].read_text("utf-8"))):
            wrong.append(name)
    assert wrong == []


# --- what a user gets ------------------------------------------------------------------------------------

SLOW_LIBRARIES = {"langgraph", "langchain_core", "openai", "xllamacpp", "vllm", "rich", "pandas", "fastapi", "uvicorn"}
SOLVER_LIBRARIES = {"highspy", "ortools", "pyomo", "pyscipopt"}


@pytest.mark.parametrize(
    "use",
    [
        "import fivefold",
        "import sys; sys.argv = ['fivefold', '--help']; from fivefold.commands.cli import main; main()",
    ],
    ids=["import", "help"],
)
def test_first_touch_imports_nothing_slow(use: str) -> None:
    program = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {use}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "fivefold" in loaded
    assert not loaded & (SLOW_LIBRARIES | SOLVER_LIBRARIES)


@pytest.mark.slow
def test_wheel_holds_packages_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to((ROOT / package).parent).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == wanted
    assert {Path(package).name for package in PACKAGES} == {name.partition("/")[0] for name in shipped}
    assert {f"{Path(package).name}/py.typed" for package in PACKAGES} <= shipped
    assert any(name.startswith("fivefold_prompts/library/") for name in shipped), "the prompts are not shipped"

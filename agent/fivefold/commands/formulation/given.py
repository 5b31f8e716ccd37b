"""What a command was given: the formulation of its file, with the data of its data files put in."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from fivefold.commands.formulation.showing import cut, say, write_file
from fivefold.data.attached import tables_of
from fivefold.errors import CallerError
from fivefold.formulations import MAX_BYTES, FaultyError, formulation_in, reading, text_of
from fivefold.formulations import arrays as arrays_of
from fivefold.outcome import Outcome
from fivefold.settings import Settings
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.build.vectorised import build
from fivefold_solvers.data.columns import Columns
from fivefold_solvers.data.fill import fill
from fivefold_solvers.data.finding import DataFinding
from fivefold_solvers.data.mapping import DataMapping, show
from fivefold_solvers.data.needs import needs
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Given:
    """A formulation with its data."""

    formulation: Formulation
    columns: Columns | None = None
    """Data that is too large to be written into the formulation; None where all is in it."""
    mapping: DataMapping | None = None
    """Which data was taken from where; None without data files."""
    findings: tuple[Finding | DataFinding, ...] = ()
    """What was noted on reading the formulation and its data."""

    @property
    def whole(self) -> Formulation:
        """The formulation with all data in it.

        Raises:
            FaultyError: there is too much data for that.
        """
        if self.columns is not None:
            raise FaultyError(
                "the data is too large to be written into the formulation, which this command needs; "
                "`run`, `diagnose`, `export` and `analyze ... prices|ranges` take it", ()
            )  # fmt: skip
        return self.formulation

    def arrays(self) -> Arrays:
        """Return the arrays of the program.

        Raises:
            FaultyError: formulation or data have errors, or it is not linear.
        """
        if self.columns is None:
            return arrays_of(self.formulation)
        try:
            return build(self.formulation, self.columns)
        except BuildError as fault:
            raise FaultyError("the formulation cannot be built from this data", fault.findings) from None
        except NotVectorised as fault:
            raise FaultyError(f"there is too much data for this formulation: {fault.reason}", ()) from None


def text_given(name: str) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises:
        CallerError: it cannot be read, or is too large or no text.
    """
    if name == "-":
        if sys.stdin is None:
            raise CallerError("standard input is closed; give a file")
        return text_of(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    try:
        with Path(name).open("rb") as file:
            return text_of(file.read(MAX_BYTES + 1), name)
    except IsADirectoryError:
        raise CallerError(f"`{name}` is a folder; give a file, such as {Path(name) / 'formulation.json'}") from None
    except OSError as fault:
        raise CallerError(f"cannot read `{name}`: {fault.strerror}; give a file, or - for standard input") from None
    except ValueError:
        raise CallerError(f"`{name!r}` cannot be a path; give a file, or - for standard input") from None


def given(args: argparse.Namespace, settings: Settings) -> Given:
    """Return the formulation that the arguments name, with its data.

    Raises:
        CallerError: a file cannot be read, or is not what it should be.
        FaultyError: the data has faults, or it is open where some of it is.
    """
    text = text_given(args.file)
    where = "standard input" if args.file == "-" else str(args.file)
    found = reading(text)
    formulation = formulation_in(found, where)
    if args.data is None:
        _refuse_without_data(formulation, args)
        return Given(formulation, findings=found.findings)
    return with_data(formulation, args, settings, found.findings)


def with_data(
    formulation: Formulation, args: argparse.Namespace, settings: Settings, noted: tuple[Finding, ...] = ()
) -> Given:
    """Return the formulation with the data of the files that the arguments name."""
    tables = tables_of(args.data, isolation=settings.isolation)
    mapping = _mapping(formulation, tables, args.replace or [], args.map)
    if args.write_map is not None:
        write_file(args.write_map, mapping.model_dump_json(indent=2) + "\n")
    if not args.json:
        say(*cut(show(mapping).splitlines()))
    if not mapping.bindings and not mapping.open:
        raise CallerError(
            "--data binds nothing: the formulation has values for all its sets and parameters; "
            f"name those to take from the files: --replace {' '.join(_names(formulation)[:3]) or 'NAME'}"
        )
    filled = fill(formulation, mapping, tables)
    if not filled.ok:
        faults = [finding for finding in filled.findings if finding.severity is Severity.ERROR]
        hint = "or write the mapping with --write-map FILE, change it, and give it with --map FILE"
        hint = hint if any(fault.code in {"open-element", "bad-binding"} for fault in faults) else ""
        raise FaultyError("the data does not fit the formulation", faults, hint)
    return Given(filled.formulation, filled.columns, mapping, (*noted, *filled.findings))


def tell(findings: tuple[Finding | DataFinding, ...], args: argparse.Namespace) -> None:
    """Print notes and warnings beside the answer, unless JSON is wanted."""
    if not args.json:
        say(*cut([f"{finding.severity}: {finding}" for finding in findings], 10))


def _refuse_without_data(formulation: Formulation, args: argparse.Namespace) -> None:
    wanted = needs(formulation)
    missing = [f"set `{one.name}`" for one in wanted.open_sets]
    missing += [f"parameter `{one.name}`" for one in wanted.open_parameters]
    if missing and args.command not in {"check", "render"}:
        more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        raise CallerError(f"there is no data for {', '.join(missing[:4])}{more}; name its files with --data FILE ...")
    for option in ("map", "write_map", "replace"):
        if getattr(args, option) is not None:
            raise CallerError(f"--{option.replace('_', '-')} is about data files; name them with --data")


def _names(formulation: Formulation) -> list[str]:
    names = [parameter.name for parameter in formulation.parameters if parameter.expression is None]
    return [*names, *(block.name for block in formulation.sets if block.expression is None)]


def _mapping(
    formulation: Formulation, tables: tuple[DataTable, ...], replaced: list[str], path: Path | None
) -> DataMapping:
    wanted = needs(formulation)
    for name in replaced:
        if name not in wanted.sets and name not in wanted.parameters:
            there = ", ".join([*wanted.sets, *wanted.parameters]) or "none"
            raise CallerError(f"--replace: there is no set or parameter '{name}'; there are {there}")
    proposed = propose(formulation, tables, replaced)
    if path is None:
        return proposed
    try:
        written = DataMapping.model_validate_json(text_given(str(path)))
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        message = f"--map: {path}: {f'{place}: ' if place else ''}{first['msg']}; --write-map FILE writes one to change"
        raise CallerError(message) from None
    return proposed.choose(*written.bindings)


def outcome_in(text: str, name: str) -> Outcome | None:
    """Return the outcome that a file holds; None where it holds a formulation."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or "run_id" not in data or "problem" not in data:
        return None
    try:
        return Outcome.model_validate(data)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise CallerError(
            f"{name}: {place}: {first['msg']}; `fivefold solve --resume RUN --out DIR` writes it"
        ) from None


def file_of(name: str) -> str:
    """Return the file that is meant: of a folder that `solve` or `run` wrote the outcome, else the formulation."""
    if name == "-" or not Path(name).is_dir():
        return name
    known = [Path(name) / file for file in ("outcome.json", "formulation.json")]
    return str(next((path for path in known if path.exists()), known[0]))

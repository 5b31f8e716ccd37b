"""The command `fivefold prompts optimize`: a search begun or gone on with, and what it found kept."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from pydantic import ValidationError

from fivefold.errors import CallerError, OutsideError
from fivefold.settings import Settings
from fivefold_benchmarks.prompts_actions import gate_line, kept_sets
from fivefold_benchmarks.run_commands import INTERRUPTED, chosen_cases
from fivefold_benchmarks.tuning.bounds import Price, RunBounds, Writer
from fivefold_benchmarks.tuning.corrections import Correction, case_of, read_corrections
from fivefold_benchmarks.tuning.following import Follower
from fivefold_benchmarks.tuning.running import Agent, Workload
from fivefold_benchmarks.tuning.tasks import TUNED, Parts, deal, key_of, parameters, start_of, task, usable
from fivefold_prompts.optimizer import search
from fivefold_prompts.optimizer.budget import BoundBroken, Caps, OverBudget
from fivefold_prompts.optimizer.gate import GateRules
from fivefold_prompts.optimizer.ledger import Ledger, LedgerError
from fivefold_prompts.optimizer.memory import change
from fivefold_prompts.optimizer.pool import Member
from fivefold_prompts.optimizer.rollout import OutsideFault
from fivefold_prompts.sets import PromptSet, PromptSets
from fivefold_prompts.version import PromptError

_ELSEWHERE = ("base_url", "writer_url", "llm", "writer", "concurrency", "quiet", "resume", "out")
"""What may be another when a search goes on: where it runs, not what it does."""
_NOT_ASKED = ("command", "action", "version")
AUTHOR = "fivefold prompts optimize"


@dataclass(frozen=True, slots=True)
class _Begun:
    """A search, ready to go."""

    work: Workload
    parts: Parts
    start: Mapping[str, str]
    parent: PromptSet
    settings: search.Settings
    writer: Writer


def optimize(args: argparse.Namespace, settings: Settings) -> int:
    """Search, keep what was found, and return 0 where something was promoted, 1 where not.

    Raises:
        CallerError: the arguments contradict themselves or the ledger, or the budget is too small.
        OutsideError: the LLM failed, or programs cannot be run; the same command goes on later.
    """
    follower = Follower(sys.stderr, quiet=args.quiet)
    path: Path = args.resume or args.out
    if args.resume is not None and not path.is_file():
        raise CallerError(f"there is no ledger `{path}` to go on with")
    try:
        with Ledger(path, follower.heard) as ledger:
            fixed = _fixed(args)
            args = _as_begun(args, fixed, ledger)
            begun = _begun(args, settings)
            ledger.add("command", "command", {"format": 1}, {"arguments": fixed})
            _tell_plan(begun, follower)
            report, measured = _searched(begun, args, settings, ledger)
            follower.close()
            return _kept(begun, args, kept_sets(settings), report, measured, ledger)
    except (LedgerError, PromptError) as fault:
        raise CallerError(str(fault)) from fault
    except OverBudget as fault:
        raise CallerError(f"the budget is too small to begin: {fault}") from fault
    except BoundBroken as fault:
        raise OutsideError(f"the search stopped: {fault}; what was done is kept in {path}") from fault
    except OutsideFault as fault:
        raise OutsideError(f"{fault}; `fivefold prompts optimize --resume {path}` goes on later") from fault
    except KeyboardInterrupt:
        follower.close()
        print(f"fivefold: stopped; `fivefold prompts optimize --resume {path}` goes on", file=sys.stderr)
        return INTERRUPTED
    finally:
        follower.close()


def _searched(begun: _Begun, args: argparse.Namespace, settings: Settings, ledger: Ledger) -> tuple[search.Report, str]:
    """Do the search; return also in words on what it measured."""
    agent = Agent(
        begun.work,
        settings,
        writer=begun.writer,
        llm=args.llm,
        base_url=args.base_url,
        concurrency=args.concurrency,
    )
    with agent:
        asked = task(
            begun.work,
            agent,
            begun.parts,
            begun.start,
            proposer=args.proposer,
            parallel=args.concurrency,
            about={"writer_bounds": begun.writer.model_dump(mode="json", exclude={"llm", "base_url"})},
        )
        with _stoppable(agent):
            report = search.optimize(asked, begun.settings, ledger)
        sizes = f"{len(begun.parts.search)} to search, {len(begun.parts.gate)} at the gate"
        return (
            report,
            f"{', '.join(args.problems) or 'corrections'}: {sizes}, by {begun.work.score}, {agent.names['llm']}",
        )


@contextlib.contextmanager
def _stoppable(agent: Agent) -> Generator[None]:
    """Take Ctrl-C and SIGTERM as a wish to stop now: runs under way are given up, also those in other threads."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        agent.stop()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _begun(args: argparse.Namespace, settings: Settings) -> _Begun:
    """Return the search that the arguments ask for."""
    if args.concurrency < 1:
        raise CallerError("`--concurrency` must be at least 1")
    if not args.problems and args.corrections is None:
        raise CallerError("give problems to learn from: benchmarks, files of JSON lines, or `--corrections`")
    cases = chosen_cases(args, settings) if args.problems else []
    corrected = _corrected(args, settings)
    found = usable([*cases, *(case for case, _ in corrected)], labels=args.score == "labels")
    names = args.tune.split(",") if args.tune else list(TUNED)
    parameters(names)
    parent = kept_sets(settings).get(args.start)
    corrections = {key_of(case): correction for case, correction in corrected}
    parts = deal(found, seed=args.seed, counts=_counts(args.parts), corrected=frozenset(corrections))
    try:
        bounds, writer, chosen = _bounds(args), _writer(args), _search_settings(args)
    except ValidationError as fault:
        slip = fault.errors()[0]
        raise CallerError(f"`--{str(slip['loc'][0]).replace('_', '-')}`: {slip['msg']}") from None
    start, beside = start_of(parent, names, bounds)
    work = Workload(cases=found, bounds=bounds, score=args.score, corrections=corrections, beside=beside)
    _check_floor(chosen, parts)
    return _Begun(work, parts, start, parent, chosen, writer)


def _corrected(args: argparse.Namespace, settings: Settings) -> list[tuple[Any, Correction]]:
    if args.corrections is None:
        return []
    found = read_corrections(args.corrections)
    return [(case_of(correction, isolation=settings.isolation), correction) for correction in found]


def _bounds(args: argparse.Namespace) -> RunBounds:
    return RunBounds(
        rounds=args.rounds,
        samples=args.samples,
        form=args.form,
        max_tokens=args.max_tokens,
        max_seconds=args.max_seconds,
        temperature=args.temperature,
        price=_price(args.price),
    )


def _writer(args: argparse.Namespace) -> Writer:
    return Writer(
        llm=args.writer,
        base_url=args.writer_url,
        max_tokens=args.writer_tokens,
        temperature=args.writer_temperature,
        price=_price(args.writer_price or args.price),
    )


def _search_settings(args: argparse.Namespace) -> search.Settings:
    return search.Settings(
        seed=args.seed,
        steps=args.steps,
        directions=args.directions,
        batch=args.batch,
        examples=args.examples,
        noise=args.noise,
        gate=GateRules(type_cases=None) if args.allow_trade else GateRules(),
        one_seed=args.temperature == 0,
        characters=args.characters,
        caps=Caps(rollouts=args.cap_rollouts, tokens=args.cap_tokens, seconds=args.cap_seconds, money=args.cap_money),
        rollout_most=_bounds(args).most,
        ask_most=_writer(args).most(args.characters),
    )


def _price(given: str | None) -> Price:
    if given is None:
        return Price()
    try:
        read, written = map(float, given.split(","))
        return Price(read=read, written=written)
    except ValueError:
        raise CallerError(f"a price is two numbers, as `0.5,1.5`, not {given!r}") from None


def _counts(given: str | None) -> list[int] | None:
    if given is None:
        return None
    counts = given.split(",")
    if len(counts) != 3 or not all(count.isdecimal() and int(count) for count in counts):
        raise CallerError(f"`--parts` is three numbers, as `30,30,60`, not {given!r}")
    return [int(count) for count in counts]


def _check_floor(settings: search.Settings, parts: Parts) -> None:
    """Refuse a budget under which nothing could be promoted."""
    floor = floor_of(settings, parts)
    if settings.caps.rollouts is not None and settings.caps.rollouts < floor:
        raise CallerError(f"`--cap-rollouts` is {settings.caps.rollouts}; one step and the gate take {floor}")


def floor_of(settings: search.Settings, parts: Parts) -> int:
    """Return the fewest runs with which something can be promoted: both looks at the start, one step, the gate."""
    noise = len(parts.search) if settings.noise is None else min(settings.noise, len(parts.search))
    step = 2 * min(settings.examples, settings.batch, len(parts.train))
    return 2 * len(parts.search) + noise + step + 2 * len(parts.gate)


def most_of(settings: search.Settings, parts: Parts) -> int:
    """Return the most runs that all steps may take: each candidate may be carried on once, and all merged."""
    candidates = 2 * settings.directions
    step = min(settings.batch, len(parts.train)) + candidates * settings.examples + (candidates + 1) * len(parts.search)
    return floor_of(settings, parts) + settings.steps * step


def _tell_plan(begun: _Begun, follower: Follower) -> None:
    parts, settings = begun.parts, begun.settings
    follower.say(f"{len(parts.train)} cases to train, {len(parts.search)} to search, {len(parts.gate)} at the gate")
    follower.say(
        f"at least {floor_of(settings, parts)} runs to promote something, at most {most_of(settings, parts)}; "
        f"changing: {', '.join(begun.start)}"
    )


def _fixed(args: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that say what a search does, as plain data."""
    given = {name: value for name, value in vars(args).items() if name not in (*_ELSEWHERE, *_NOT_ASKED)}
    fixed: dict[str, Any] = json.loads(json.dumps(_absolute(given), default=str))
    return fixed


def _as_begun(args: argparse.Namespace, fixed: Mapping[str, Any], ledger: Ledger) -> argparse.Namespace:
    """Return the arguments with which the ledger was begun, where it is gone on with.

    Raises:
        CallerError: there are other ones now.
    """
    written = ledger.find("command")
    if written is None:
        if args.resume is not None:
            raise CallerError(f"`{args.resume}` was not begun by this command, so it cannot be gone on with")
        return args
    then: dict[str, Any] = written.note["arguments"]
    if args.resume is None and then != fixed:
        changed = [f"`{name}`" for name in fixed if then.get(name) != fixed[name]]
        raise CallerError(
            f"this ledger was begun with other arguments: {', '.join(changed)}; `--resume` takes those it was begun "
            "with, another `--out` begins anew"
        )
    paths = {name: Path(then[name]) for name in ("data", "ids", "corrections") if then.get(name) is not None}
    return argparse.Namespace(**{**vars(args), **then, **paths})


def _absolute(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments that mean the same in another working folder."""
    told = {name: value.resolve() if isinstance(value, Path) else value for name, value in given.items()}
    told["problems"] = [
        str(Path(name).resolve()) if Path(name).is_file() else name for name in given.get("problems", ())
    ]
    return told


def _kept(
    begun: _Begun, args: argparse.Namespace, sets: PromptSets, report: search.Report, measured: str, ledger: Ledger
) -> int:
    """Keep the best candidate with those that it came from, move the tag where it was promoted, and tell."""
    id = _keep_line(begun, sets, report, measured)
    print(f"best: {report.best.score:.3f} on the search cases, {report.pool[0].score:.3f} before; kept as {id[:8]}")
    if changed := change(begun.start, report.best.candidate):
        print(f"changed: {changed}")
    if report.admission is None:
        print("gate: not looked at, nothing was better than what is in use")
    else:
        print(f"gate: {gate_line(report.admission.model_dump(mode='json'))}")
    if report.promoted is not None:
        if sets.tags().get(args.tag) != id:
            sets.tag(args.tag, id, gate_line(report.admission.model_dump(mode="json")) if report.admission else "")
        print(
            f"promoted: `fivefold solve --prompts {args.tag}` uses it, `fivefold prompts rollback {args.tag}` "
            "takes it back"
        )
    spent = report.spent
    print(
        f"stopped: {report.stopped}; {spent.rollouts} runs, {spent.tokens} tokens, {spent.seconds:.0f} s"
        + (f", {spent.money:.4g} in money" if spent.money else "")
    )
    print("results: " + ", ".join(f"{name} {count}" for name, count in report.results.items()))
    print(f"digest: {ledger.digest()}")
    return 0 if report.promoted is not None else 1


def _keep_line(begun: _Begun, sets: PromptSets, report: search.Report, measured: str) -> str:
    """Keep the best and its ancestors, each with its parent, and return the best one's id."""
    members = {member.id: member for member in report.pool}
    id = begun.parent.id
    for member in _ancestry(report.best, members):
        values = {**begun.work.beside, **member.candidate}
        first, best = member.parent is None, member.id == report.best.id
        admission = report.admission if best and not first else None
        made = PromptSet(
            values=values,
            parent=None if first and begun.parent.values.items() >= values.items() else id,
            author=begun.parent.author if first else AUTHOR,
            scores={"search": round(member.score, 6)},
            measured=measured,
            reason="what the search started from" if first else _reason(member, report),
            admission={} if admission is None else admission.model_dump(mode="json"),
        )
        id = sets.put(made)
    return id


def _reason(member: Member, report: search.Report) -> str:
    if member.id != report.best.id:
        return f"tried in step {member.step + 1}"
    return "promoted by the gate" if report.promoted is not None else "not promoted"


def _ancestry(best: Member, members: Mapping[str, Member]) -> Sequence[Member]:
    """Return a member with those it came from, the first one first; who was put out of the pool is left out."""
    line = [best]
    while (parent := members.get(line[-1].parent or "")) is not None:
        line.append(parent)
    return line[::-1]

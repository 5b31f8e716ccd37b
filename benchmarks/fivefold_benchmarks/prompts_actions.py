"""What the actions of `fivefold prompts` do with the sets that are kept; the search is in `tuning.optimizing`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from fivefold.errors import CallerError
from fivefold.prompts import sets_folder
from fivefold.settings import Settings
from fivefold_prompts.sets import SHIPPED, PromptSet, PromptSets, versions_of
from fivefold_prompts.version import PromptError


def kept_sets(settings: Settings) -> PromptSets:
    """Return the sets of this user."""
    return PromptSets(sets_folder(settings))


def _list(args: argparse.Namespace, sets: PromptSets) -> int:
    tags = sets.tags()
    latest = {id: sets.measurements(id)[-1] for id in sets.ids()}
    found = [_line(kept, sorted(tag for tag, at in tags.items() if at == id)) for id, kept in latest.items()]
    found.sort(key=lambda line: line["created"])
    if args.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    print(f"{SHIPPED:<8}  the prompts that come with the package")
    for line in found:
        scores = ", ".join(f"{name} {value:.3f}" for name, value in line["scores"].items())
        told = [", ".join(line["tags"]), line["created"][:16], line["author"], scores, line["reason"]]
        print(f"{line['id'][:8]}  " + "  ".join(part for part in told if part))
    return 0


def _line(kept: PromptSet, tags: list[str]) -> dict[str, Any]:
    about = kept.model_dump(mode="json", include={"parent", "author", "created", "scores", "measured", "reason"})
    return {"id": kept.id, "tags": tags, "prompts": sorted(kept.values), **about}


def _show(args: argparse.Namespace, sets: PromptSets) -> int:
    kept = sets.get(args.set)
    if args.prompt is not None:
        if args.prompt not in kept.values:
            raise CallerError(f"the set has no prompt `{args.prompt}`; it has {', '.join(sorted(kept.values))}")
        print(kept.values[args.prompt], end="")
        return 0
    moves = [{"tag": tag, **move} for tag in sets.tags() for move in sets.history(tag) if move["id"] == kept.id]
    if args.json:
        print(json.dumps({"id": kept.id, **kept.model_dump(mode="json"), "moves": moves}, indent=1, ensure_ascii=False))
        return 0
    print(f"id        {kept.id}")
    for name in ("parent", "author"):
        if value := getattr(kept, name):
            print(f"{name:<9} {value}")
    for measured in sets.measurements(args.set) if args.set != SHIPPED else ():
        _show_measurement(measured)
    for move in moves:
        print(f"tag       {move['tag']} since {move['at']}" + (f": {move['why']}" if "why" in move else ""))
    for name, text in sorted(kept.values.items()):
        print(f"\n--- {name}\n{text}", end="")
    return 0


def _show_measurement(kept: PromptSet) -> None:
    for name in ("created", "measured", "reason"):
        if value := getattr(kept, name):
            print(f"{name:<9} {value}")
    for part, score in kept.scores.items():
        print(f"score     {part} {score:.3f}")
    if kept.admission:
        print(f"gate      {gate_line(kept.admission)}")


def gate_line(admission: dict[str, Any]) -> str:
    """Return what the gate said, in a line."""
    low, high = admission["interval"]
    told = (
        f"{admission['cases']} cases, {admission['won']} won, {admission['lost']} lost, p = {admission['p']:.3g}, "
        f"gain {100 * admission['gain']:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
    )
    against = "; ".join(admission["reasons"])
    traded = "".join(f", although {worse}" for worse in admission.get("traded", ()))
    return f"{told}: {'promoted' + traded if admission['promoted'] else 'refused, ' + against}"


def _diff(args: argparse.Namespace, sets: PromptSets) -> int:
    told = sets.diff(args.before, args.after, words=args.words)
    print(told or "no difference")
    return 0


def _tag(args: argparse.Namespace, sets: PromptSets) -> int:
    versions_of(sets.get(args.set))
    sets.tag(args.tag, args.set, args.why)
    print(f"{args.tag} stands at {sets.tags()[args.tag][:8]}")
    return 0


def _rollback(args: argparse.Namespace, sets: PromptSets) -> int:
    print(f"{args.tag} stands at {sets.rollback(args.tag, args.why)[:8]} again")
    return 0


def _export(args: argparse.Namespace, sets: PromptSets) -> int:
    sets.export(args.set, args.folder)
    print(f"written to {args.folder}; `fivefold prompts import {args.folder}` takes it back", file=sys.stderr)
    return 0


def _import(args: argparse.Namespace, sets: PromptSets) -> int:
    versions_of(sets.read(args.folder, args.author))
    id = sets.take(args.folder, args.author)
    if args.tag:
        sets.tag(args.tag, id, "imported")
    print(id)
    return 0


def _report(args: argparse.Namespace, sets: PromptSets) -> int:
    from fivefold_prompts.optimizer.ledger import LedgerError
    from fivefold_prompts.optimizer.report import write_report

    if not args.file.is_file():
        raise CallerError(f"there is no ledger `{args.file}`; name the `--out` of a search")
    try:
        print(write_report(args.file, args.out or args.file.with_suffix(".html")))
    except LedgerError as fault:
        raise CallerError(str(fault)) from fault
    return 0


def _saying(action: Callable[[argparse.Namespace, PromptSets], int]) -> Callable[[argparse.Namespace, Settings], int]:
    """Return an action whose faults are the caller's."""

    def done(args: argparse.Namespace, settings: Settings) -> int:
        try:
            return action(args, kept_sets(settings))
        except PromptError as fault:
            raise CallerError(str(fault)) from fault

    return done


ACTIONS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "list": _saying(_list),
    "show": _saying(_show),
    "diff": _saying(_diff),
    "tag": _saying(_tag),
    "rollback": _saying(_rollback),
    "export": _saying(_export),
    "import": _saying(_import),
    "report": _saying(_report),
}

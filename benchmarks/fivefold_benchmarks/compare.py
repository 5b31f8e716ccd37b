"""Several pipelines at the same LLM on the same items, in one run: solved, ran, tokens and seconds of each.

    python -m fivefold_benchmarks.compare smoke.jsonl --base-url http://localhost:8000/v1 --out run.jsonl

Every finished attempt is appended to `--out` at once; the same command goes on where it was stopped. Replies of
the LLM come from the reply cache where the same request was answered before; their tokens and seconds are then
those of the first answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fivefold.errors import CallerError, FivefoldError
from fivefold.llm import LLM
from fivefold.settings import from_environment
from fivefold_benchmarks.items import Item, is_right, read_items
from fivefold_benchmarks.pipelines import PIPELINES
from fivefold_benchmarks.statistics import wilson


@dataclass(frozen=True, slots=True)
class Line:
    """One pipeline's result on one item."""

    pipeline: str
    item: str
    right: bool
    ran: bool
    status: str
    objective: float | None
    prompt_tokens: int
    completion_tokens: int
    calls: int
    llm_s: float
    run_s: float


async def compare(
    items: Sequence[Item], names: Sequence[str], llm: LLM, out: Path | None, *, concurrency: int = 1
) -> list[Line]:
    """Return one line per pipeline and item, those already in `out` first.

    Raises:
        LLMError: the endpoint failed for good; what was done is in `out`.
    """
    done = _read_lines(out)
    known = {(line.pipeline, line.item) for line in done}
    todo = [(item, name) for item in items for name in names if (name, item.id) not in known]
    if out is not None:
        _end_last_line(out)
    slot = asyncio.Semaphore(concurrency)
    started = time.monotonic()
    finished: list[Line] = []

    async def one(item: Item, name: str) -> None:
        async with slot:
            attempt = await PIPELINES[name](llm, item.question)
            line = Line(
                name, item.id, is_right(attempt.objective, item.answer), attempt.ran, attempt.status,
                attempt.objective, attempt.usage.prompt_tokens, attempt.usage.completion_tokens, attempt.usage.calls,
                round(attempt.usage.seconds, 2), round(attempt.run_s, 2),
            )  # fmt: skip
            finished.append(line)
            if out is not None:
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(line)) + "\n")
            rate = (time.monotonic() - started) / len(finished)
            left = rate * (len(todo) - len(finished))
            mark = "right" if line.right else "ran" if line.ran else "-"
            print(
                f"{len(finished):>4}/{len(todo)}  {name:<20} {item.id:<24} {mark:<6} {line.status[:44]:<44} "
                f"{line.llm_s:>6.1f} s  (about {left / 60:.0f} min left)",
                file=sys.stderr,
                flush=True,
            )

    async with asyncio.TaskGroup() as group:
        for item, name in todo:
            group.create_task(one(item, name))
    wanted = {(name, item.id) for item in items for name in names}
    return [line for line in (*done, *finished) if (line.pipeline, line.item) in wanted]


def _end_last_line(out: Path) -> None:
    """End a last line that was cut, so that the next one does not go on in it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists() and (raw := out.read_bytes()) and not raw.endswith(b"\n"):
        out.write_bytes(raw + b"\n")


def _read_lines(out: Path | None) -> list[Line]:
    if out is None or not out.exists():
        return []
    lines: list[Line] = []
    for text in out.read_text("utf-8").splitlines():
        try:
            lines.append(Line(**json.loads(text)))
        except (ValueError, TypeError):
            # A line that was cut when the run was stopped is simply done again.
            continue
    return lines


def table(lines: Sequence[Line], names: Sequence[str]) -> str:
    """Return the comparison as a Markdown table; ratios are to the first pipeline."""
    head = "| pipeline | items | right | 95 % | ratio | ran | tokens read | tokens written | LLM s | programs s |"
    rows = [head, "|---|---|---|---|---|---|---|---|---|---|"]
    base: int | None = None
    for name in names:
        own = [line for line in lines if line.pipeline == name]
        right = sum(line.right for line in own)
        base = right if base is None else base
        low, high = wilson(right, len(own))
        ratio = f"{right / base:.2f}" if base else "-"
        rows.append(
            f"| {name} | {len(own)} | {right} | {100 * low:.0f}-{100 * high:.0f} % | {ratio} | "
            f"{sum(line.ran for line in own)} | {sum(line.prompt_tokens for line in own)} | "
            f"{sum(line.completion_tokens for line in own)} | {sum(line.llm_s for line in own):.0f} | "
            f"{sum(line.run_s for line in own):.0f} |"
        )
    return "\n".join(rows)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fivefold_benchmarks.compare", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="items as JSON lines (`id`, `question`, `answer`)")
    parser.add_argument("--ids", type=Path, help="file with the ids to take, one a line; all without it")
    parser.add_argument("--pipelines", default=",".join(PIPELINES), help=f"of {', '.join(PIPELINES)}")
    parser.add_argument("--base-url", help="OpenAI-compatible endpoint (default: OPENAI_BASE_URL)")
    parser.add_argument("--llm", help="name of the LLM at the endpoint")
    parser.add_argument("--out", type=Path, help="JSON lines that every attempt is appended to")
    parser.add_argument("--concurrency", type=int, default=1, help="items at once (1)")
    return parser.parse_args(argv)


async def _main(args: argparse.Namespace) -> str:
    names = args.pipelines.split(",")
    unknown = [name for name in names if name not in PIPELINES]
    if unknown:
        raise CallerError(f"there is no pipeline {', '.join(unknown)}; there are {', '.join(PIPELINES)}")
    items = [item for path in args.files for item in read_items(path)]
    if args.ids is not None:
        try:
            chosen = set(args.ids.read_text("utf-8").split())
        except (OSError, UnicodeDecodeError) as fault:
            raise CallerError(f"cannot read the ids of {args.ids}: {fault}") from None
        items = [item for item in items if item.id in chosen]
    settings = from_environment()
    async with LLM.connect(settings, base_url=args.base_url, llm=args.llm, concurrency=args.concurrency) as llm:
        lines = await compare(items, names, llm, args.out, concurrency=args.concurrency)
    return table(lines, names)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison and print its table; return the exit code."""
    args = _arguments(argv)
    try:
        print(asyncio.run(_main(args)))
    except FivefoldError as fault:
        print(f"compare: {fault}", file=sys.stderr)
        return fault.exit_code
    except ExceptionGroup as group:
        faults, others = group.split(FivefoldError)
        if others is not None or faults is None:
            raise
        print(f"compare: {faults.exceptions[0]}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("compare: stopped; the same command with the same --out goes on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

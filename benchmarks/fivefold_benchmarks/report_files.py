"""The files of a report: Markdown, JSON, a page, and the answers as rows that `bench rescore` reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fivefold.errors import OutsideError
from fivefold_benchmarks.case import Case, Label
from fivefold_benchmarks.collected import Collected
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.report import RunFacts
from fivefold_benchmarks.report_html import to_html
from fivefold_benchmarks.report_markdown import to_markdown
from fivefold_benchmarks.report_trace import steps


def write_report(runs: Collected, facts: RunFacts, folder: Path) -> list[Path]:
    """Write `report.md`, `report.json`, `report.html` and one `answers-PIPELINE.jsonl` each; return their paths.

    Raises:
        OutsideError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "report.md", folder / "report.json", folder / "report.html"]
        written[0].write_text(to_markdown(facts) + "\n", "utf-8")
        written[1].write_text(facts.model_dump_json(indent=2) + "\n", "utf-8")
        with written[2].open("w", encoding="utf-8") as page:
            page.writelines(to_html(facts, runs, lambda record: steps(runs.trace_of(record))))
        for name in runs.pipelines:
            written.append(folder / f"answers-{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.jsonl")
            own = [record for record in runs.records if record.pipeline == name]
            rows = [json.dumps(answer_row(record, runs.cases[record.item]), ensure_ascii=False) for record in own]
            written[-1].write_text("".join(f"{row}\n" for row in rows), "utf-8")
    except OSError as fault:
        raise OutsideError(f"cannot write the report to {folder}: {fault}") from None
    return written


def answer_row(record: EvalRecord, case: Case) -> dict[str, object]:
    """Return a record as the row that `rescore` scores under every rule, as the report does."""
    return {
        "id": case.id,
        "benchmark": case.benchmark,
        "answer": case.answer,
        "answer_published": case.answer_published,
        "answers": case.quantities,
        "alt_answers": [_label_row(label) for label in case.labels],
        "expected": case.expected,
        "status": case.status,
        "kind": case.kind,
        "group": case.group,
        "sample": record.sample,
        "prediction": record.prediction.model_dump(mode="json"),
    }


def _label_row(label: Label) -> dict[str, object]:
    return {
        "version": label.version,
        "value": label.value,
        "values": label.values,
        "source": label.source,
        "benchmark": label.benchmark,
        "question_revised": label.revised,
        "status": label.says,
        "note": label.reason,
    }

"""Which public benchmarks there are: where they come from, under what licence, whose answers there are, what overlaps.

Nothing of a benchmark is kept here but its address. The entries are data; `loaders` fetches and reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fivefold.errors import CallerError

GITHUB = "https://raw.githubusercontent.com/"

RESOCRATIC = "yangzhch6/ReSocratic/56a638f689abbfd67650121cd4fdbe044e69e86c"
SIRL = "Cardinal-Operations/SIRL/8e85194b8f25"
ORLM = "Cardinal-Operations/ORLM/33bc47d0a1d1"
OPTMATH = "optsuite/OptMATH/f15bbc4477c7"
LLMOPT = "antgroup/LLMOPT/1492dd33e39e"
MAMO = "FreedomIntelligence/Mamo/2c91069dee5c"
OPTIMIND = "microsoft/OptiGuide/419cf7b9eee20b6af036abf15152fa775b20c951"
OR_LLM_AGENT = "bwz96sco/or_llm_agent/dfcc0e79fbe0"
ORTHOUGHT = "ZJU-TSELab/ORThought/fb8a5ded1ab5f9759a3f513dc96ecb53ee1043d4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One published version of a benchmark: a file, or a numbered folder for each problem."""

    label: str
    """Name of the version."""
    path: str
    """Owner, repository, commit and file below `GITHUB`; `{n:03d}` where each problem has files of its own."""
    family: str = ""
    """Who labelled; versions that copy others have none and no vote."""
    subset: str = ""
    """Published sub-set that its rows are."""
    reason: str = ""
    """Why there is this version beside the others."""
    rounded: bool = False
    """Whether its answers are rounded to two decimals."""
    numbers: tuple[int, int] | None = None
    """First and last number where each problem has files of its own."""
    files: tuple[str, ...] = ()
    """Those files, question first, then answer."""
    sha256: str | None = None
    """Of the file; None: recorded at the first fetch, and another content is refused from then on."""

    @property
    def paths(self) -> list[str]:
        """All files of this version."""
        if self.numbers is None:
            return [self.path]
        first, last = self.numbers
        return [f"{self.path.format(n=n)}/{file}" for n in range(first, last + 1) for file in self.files]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One public set of problems."""

    name: str
    rows: int
    """How many problems the first source has."""
    sources: tuple[Source, ...]
    """The first one gives texts and published answers, the others more answers for equal texts, oldest first."""
    licence: str
    """As far as its authors say."""
    needs_login: str = ""
    """Where to log in and accept terms before it may be downloaded; empty where anybody may."""
    rule: str = ""
    """The rule that its authors score by, as in `rules.RULES`; empty where they publish none."""
    remark: str = ""
    """What to know before scoring on it."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Problems that two benchmarks share: never average them as if independent."""

    one: str
    other: str
    shared: int
    by: Literal["equal text", "same problem"]


def _llmopt(file: str, reason: str, *, family: str = "", subset: str = "") -> Source:
    """Return LLMOPT's version of a set: all of its answers have two decimals."""
    path = f"{LLMOPT}/data/testset/{file}"
    return Source(label="LLMOPT", path=path, family=family, subset=subset, reason=reason, rounded=True)


def _optimind(name: str, subset: str, reason: str) -> Source:
    """Return OptiMind's cleaned version of a set."""
    path = f"{OPTIMIND}/optimind/data/optimind_cleaned_classified_{name}.csv"
    return Source(label="OptiMind", path=path, family="OptiMind", subset=subset, reason=reason)


_NO_LICENCE = "none given: all rights reserved, so it is downloaded by you and never shipped"

BENCHMARKS: dict[str, Benchmark] = {
    entry.name: entry
    for entry in (
        Benchmark(
            name="optibench",
            rows=605,
            rule="optibench-all",
            sources=(
                Source(
                    label="ReSocratic",
                    path=f"{RESOCRATIC}/data/OptiBench.json",
                    family="ReSocratic",
                    subset="optibench605",
                ),
                _llmopt("optibench.jsonl", "a copy: the objective alone, two decimals"),
                Source(
                    label="SIRL",
                    path=f"{SIRL}/test_data/OptiBench.jsonl",
                    reason="a copy: the objective alone, two decimals; 88 keys cannot be met to 1e-6",
                    rounded=True,
                ),
            ),
            licence="repository Apache-2.0; the data are not licensed apart",
            remark="605 rows are 459 problems, many in up to four wordings: count groups",
        ),
        Benchmark(
            name="optmath_bench",
            rows=193,
            rule="optmath",
            sources=(
                Source(
                    label="OptMATH193",
                    path=f"{SIRL}/test_data/OptMATH_Bench_193.jsonl",
                    family="OptMATH",
                    subset="v193",
                    reason="the earlier release, kept by SIRL alone; holds the later one and 27 more",
                ),
                Source(
                    label="OptMATH166",
                    path=f"{OPTMATH}/benchmark/OptMATH_Bench.json",
                    family="OptMATH",
                    subset="v166",
                    reason="the current release",
                ),
                _llmopt("optmath_bench.jsonl", "a copy with two decimals"),
                _optimind(
                    "optmath",
                    "optimind",
                    "cleaned: drops incomplete problems; where it changed the text, its answer is not ours",
                ),
            ),
            licence="repository Apache-2.0; OptiMind's labels MIT",
            remark="57 of the 166 are incomplete as OptiMind reads them; 9 keys are 0, which its scorer refuses",
        ),
        Benchmark(
            name="nl4opt",
            rows=245,
            rule="orlm",
            sources=(
                Source(
                    label="SIRL",
                    path=f"{SIRL}/test_data/NL4OPT.jsonl",
                    family="ORLM",
                    subset="orlm245",
                    reason="the 245 of 289 test problems that ORLM labelled; most papers use these",
                ),
                Source(
                    label="NL4OPT-E",
                    path=f"{RESOCRATIC}/data/NL4OPT-E.json",
                    family="NL4OPT-E",
                    subset="nl4opt-e289",
                    reason="all 289 with all quantities; 50 texts are reworded and so do not meet here",
                ),
                _llmopt("nl4opt_test.jsonl", "relabelled, two decimals", family="LLMOPT", subset="llmopt230"),
            ),
            licence="official set MIT, ORLM's labels CC BY-NC 4.0, NL4OPT-E Apache-2.0",
            remark="22 keys say that there is no optimum, 8 of them as -99999, which ORLM's scorer can never meet",
        ),
        Benchmark(
            name="nlp4lp",
            rows=269,
            sources=(),
            licence="CC BY-NC-SA 4.0 in its metadata, 'CC BY NC 4.0, research only' in its text",
            needs_login="https://huggingface.co/datasets/udell-lab/NLP4LP",
            remark="its answers are the output of its own programs; nearly all texts are NL4OPT's",
        ),
        Benchmark(
            name="mamo_easy",
            rows=652,
            rule="mamo",
            sources=(
                Source(
                    label="Mamo",
                    path=f"{MAMO}/data/optimization/Easy_LP/mamo_easy_lp.jsonl",
                    family="Mamo",
                    subset="mamo652",
                ),
                _llmopt("mamo_easy_test.jsonl", "relabelled, two decimals", family="LLMOPT"),
                Source(
                    label="SIRL-fixed",
                    path=f"{SIRL}/test_data/MAMO_EasyLP_fixed.jsonl",
                    family="SIRL",
                    subset="sirl642",
                    reason="corrected; 10 ill-posed problems dropped",
                ),
            ),
            licence="CC BY-SA 4.0",
        ),
        Benchmark(
            name="mamo_complex",
            rows=211,
            rule="mamo",
            sources=(
                Source(
                    label="Mamo",
                    path=f"{MAMO}/data/optimization/Complex_LP/mamo_complex_lp.jsonl",
                    family="Mamo",
                    subset="mamo211",
                ),
                Source(
                    label="SIRL-fixed",
                    path=f"{SIRL}/test_data/MAMO_ComplexLP_fixed.jsonl",
                    family="SIRL",
                    subset="sirl203",
                    reason="corrected; 8 ill-posed problems dropped",
                ),
                _optimind(
                    "mamo_complex",
                    "optimind",
                    "cleaned, several answers may count; 87 texts are changed and so do not meet here",
                ),
            ),
            licence="CC BY-SA 4.0; OptiMind's labels MIT",
        ),
        Benchmark(
            name="industryor",
            rows=100,
            rule="orlm",
            sources=(
                Source(
                    label="SIRL-fixedV2",
                    path=f"{SIRL}/test_data/IndustryOR_fixedV2.json",
                    family="ORLM",
                    subset="industryor-v2",
                    reason="the version of October 2025",
                ),
                _optimind("industryor", "optimind99", "cleaned; where it changed the text, its answer is not ours"),
            ),
            licence="CC BY-NC 4.0; OptiMind's labels MIT",
            remark="version 2; papers before October 2025 used version 1",
        ),
        Benchmark(
            name="industryor_v1",
            rows=100,
            rule="orlm",
            sources=(
                Source(
                    label="ORLM",
                    path=f"{ORLM}/results/IndustryOR.q2mc_en.ORLM-LLaMA-3-8B/executed.jsonl",
                    family="ORLM",
                    subset="industryor-v1",
                    reason="the version of May 2024, as in ORLM's released results",
                ),
            ),
            licence="CC BY-NC 4.0",
            remark="no text equals one of version 2; 3 keys are -99999",
        ),
        Benchmark(
            name="complexor",
            rows=18,
            rule="exact",
            sources=(
                _llmopt("complexor.jsonl", "the only version with the data in the text; two decimals", family="LLMOPT"),
            ),
            licence=_NO_LICENCE,
            remark="5 of 18 answers of the original differ from its own samples",
        ),
        Benchmark(
            name="bwor",
            rows=82,
            rule="or-llm-agent",
            sources=(
                Source(label="OR-LLM-Agent", path=f"{OR_LLM_AGENT}/data/datasets/BWOR.json", family="OR-LLM-Agent"),
            ),
            licence=_NO_LICENCE,
            remark="one labeller; shares textbook problems with IndustryOR, several answers differ",
        ),
        Benchmark(
            name="logior",
            rows=92,
            rule="orthought",
            sources=(
                Source(
                    label="ORThought",
                    path=f"{ORTHOUGHT}/datasets/processed/LogiOR/prob_{{n:03d}}",
                    family="ORThought",
                    subset="logior",
                    numbers=(1, 92),
                    files=("question.txt", "answer.json"),
                ),
            ),
            licence="CC BY 4.0",
        ),
        Benchmark(
            name="task3",
            rows=410,
            sources=(
                _llmopt("task3_test.jsonl", "410 of 421; the organisers never published their key", family="LLMOPT"),
            ),
            licence=_NO_LICENCE,
            remark="408 of 410 texts are OptiBench's: not another benchmark",
        ),
    )
}

OVERLAPS: tuple[Overlap, ...] = (
    Overlap("optibench", "task3", 408, "equal text"),
    Overlap("nl4opt", "nlp4lp", 254, "equal text"),
    Overlap("nl4opt", "optibench", 211, "equal text"),
    Overlap("nl4opt", "task3", 206, "equal text"),
    Overlap("nlp4lp", "optibench", 203, "equal text"),
    Overlap("nlp4lp", "task3", 195, "equal text"),
    Overlap("industryor", "industryor_v1", 64, "same problem"),
    Overlap("bwor", "industryor_v1", 12, "same problem"),
    Overlap("bwor", "industryor", 10, "same problem"),
)
"""Counted on the whole sets: nl4opt with all 289 problems of the official test."""


def benchmark(name: str) -> Benchmark:
    """Return the benchmark of a name.

    Raises:
        CallerError: there is none; says which there are.
    """
    try:
        return BENCHMARKS[name]
    except KeyError:
        raise CallerError(f"there is no benchmark `{name}`; there are {', '.join(BENCHMARKS)}") from None


def overlaps(names: set[str]) -> list[Overlap]:
    """Return what the named benchmarks share with each other."""
    return [overlap for overlap in OVERLAPS if {overlap.one, overlap.other} <= names]

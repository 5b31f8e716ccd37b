"""The experiments on the prompt optimizer, each a Markdown table: what holds, and how it stands beside other tools.

    python benchmarks/optimizer/run.py e0 e1 e2 e5 e6 e7
    python benchmarks/optimizer/run.py e3 --seeds 8 --rollouts 600 --landscapes abcdefg

No LLM is asked: systems and writers are made up. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The trials of tests/prompts are used as they are.
sys.path.insert(0, str(ROOT))

import skill  # noqa: E402 - after the path is set
import trials  # noqa: E402 - after the path is set
from environments import default_cache  # noqa: E402 - after the path is set


def main() -> None:
    """Run the experiments that are named and print their tables."""
    asked = _arguments().parse_args()
    for name in asked.experiments:
        if name == "e3":
            arms = [one.strip() for one in asked.arms.split(";") if one.strip()]
            seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
            results = skill.run_all(asked.work, asked.cache, asked.landscapes, seeds, asked.rollouts, arms)
            print(f"## E3\n\n{skill.tables(results, asked.landscapes)}")
        else:
            print(f"## {name.upper()}\n\n{trials.TRIALS[name]()}")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Experiments on the prompt optimizer.")
    parser.add_argument("experiments", nargs="+", choices=sorted(["e3", *trials.TRIALS]), help="which")
    parser.add_argument("--seeds", type=int, default=8, help="searches of each tool on each landscape (e3)")
    parser.add_argument("--first-seed", type=int, default=1001, help="the search was developed on 1 to 8 (e3)")
    parser.add_argument("--rollouts", type=int, default=600, help="budget in runs; tokens are 1,000 times that (e3)")
    parser.add_argument("--landscapes", default="abcdefg", help="which landscapes (e3)")
    parser.add_argument("--arms", default="", help="which tools, between semicolons; all unless said (e3)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "optimizer", help="folder for results")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder for environments of other tools")
    return parser


if __name__ == "__main__":
    main()

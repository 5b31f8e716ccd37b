"""All attacks, by name."""

from tests.attacks import (
    cases_files,
    cases_kernel,
    cases_network,
    cases_output,
    cases_persistence,
    cases_processes,
    cases_resources,
    cases_source,
)
from tests.attacks.case import Case

GROUPS: dict[str, list[Case]] = {
    "processes": cases_processes.CASES,
    "resources": cases_resources.CASES,
    "files": cases_files.CASES,
    "network": cases_network.CASES,
    "kernel": cases_kernel.CASES,
    "words": cases_output.CASES,
    "whoever comes next": cases_persistence.CASES,
    "sources": cases_source.CASES,
}
"""Attacks by what they aim at."""

CASES: dict[str, Case] = {case.name: case for group in GROUPS.values() for case in group}
"""Attacks by name, in the order in which they are run."""

assert len(CASES) == sum(len(group) for group in GROUPS.values()), "two attacks have one name"

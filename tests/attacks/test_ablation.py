"""The attacks can get through: each layer is switched off, and what rests on it alone gets through at once.

Without this the suite could be green because its attacks are no attacks.
"""

import pytest

from fivefold_solvers.sandbox.runner import isolation
from tests.attacks.ablation import COLUMNS, run_columns
from tests.attacks.case import LAYERS
from tests.attacks.cases import CASES
from tests.attacks.host import Verdict

RESTS_ON: dict[str, tuple[str, ...]] = {
    "namespaces": ("look_at_outside",),
    "landlock": ("list_the_root",),
    "seccomp": ("raw_fork", "socket_pairs", "call_memfd_create", "call_inotify_init1", "locks_and_leases"),
    "rlimits": ("file_with_a_hole", "many_descriptors"),
    "environment": ("secrets_of_the_environment",),
    "watch": ("sleep", "closed_pipes", "thread_bomb_small_stacks"),
}
"""Attacks that only one layer stops, and that harm nobody when it is off."""
NAKED = (
    "exec_shell", "subprocesses", "read_a_secret", "list_folders", "tcp", "udp", "unix_socket", "abstract_socket",
    "secrets_of_the_environment", "many_large_files", "sleep", "memory_of_others", "signals_to_others",
)  # fmt: skip
"""Attacks that get through where nothing holds them."""
LEVELS = {"no namespaces": "confined", "no seccomp": "limited", "no rlimits": "none", "no environment": "none"}
"""What a machine without a layer must call itself; the self-test finds out, not the settings."""


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Verdict]]:
    if (found := isolation()).level != "strict":
        pytest.skip(f"not all layers are to be had here: {'; '.join(found.missing)}")
    names = list(dict.fromkeys(name for group in (*RESTS_ON.values(), NAKED) for name in group))
    wanted = {f"no {layer}": names for layer, names in RESTS_ON.items()}
    return run_columns({"all on": names, "nothing on": NAKED, **wanted})


@pytest.mark.parametrize("layer", LAYERS)
def test_what_rests_on_a_layer_gets_through_without_it(results: dict[str, dict[str, Verdict]], layer: str):
    for name in RESTS_ON[layer]:
        assert CASES[name].stopped_by == (layer,), name
        assert results["all on"][name].held, name
        assert results[f"no {layer}"][name].escapes, name


def test_attacks_get_through_where_nothing_holds_them(results: dict[str, dict[str, Verdict]]):
    for name in NAKED:
        assert results["all on"][name].held and results["nothing on"][name].escapes, name


@pytest.mark.parametrize("column", LEVELS)
def test_a_machine_without_a_layer_says_so(results: dict[str, dict[str, Verdict]], column: str):
    assert {verdict.isolation for verdict in results[column].values()} == {LEVELS[column]}
    assert {verdict.isolation for verdict in results["all on"].values()} == {"strict"}


def test_the_columns_are_every_layer_once():
    assert [off for off in COLUMNS.values() if len(off) == 1] == [(layer,) for layer in LAYERS]

"""One number to be slid: what it is, its ends, and the range within which its price or the solution stays."""

from collections.abc import Iterator

import pytest

from fivefold.settings import Settings
from fivefold_server.config import Config
from tests.server.serving import Json, Running, serving

SHOP: Json = {
    "sets": [{"name": "P", "elements": ["bowls", "vases"]}],
    "parameters": [
        {"name": "clay", "values": 44},
        {"name": "price", "index": ["p in P"], "values": {"bowls": 20, "vases": 40}},
        {"name": "clays", "index": ["p in P"], "values": {"bowls": 3, "vases": 2}},
    ],
    "variables": [{"name": "make", "index": ["p in P"]}],
    "objective": {"sense": "maximize", "expression": "sum(price[p]*make[p] for p in P)"},
    "constraints": [
        {"name": "kiln", "expression": "4*make['bowls'] + 10*make['vases'] <= 110"},
        {"name": "clay_left", "expression": "sum(clays[p]*make[p] for p in P) <= clay"},
    ],
}
"""480 is best, with 10 bowls and 7 vases: a kg of clay is worth 20/11 from 22 to 82.5 kg."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("slider")
    with serving(Config(settings=Settings(data_dir=folder))) as running:
        yield running


@pytest.fixture(scope="module")
def path(server: Running) -> str:
    problem = server.post("/problems", title="Shop")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=SHOP)
    return f"/problems/{problem}/formulations/1"


@pytest.mark.parametrize(
    ("kind", "name", "value", "low", "high"),
    [
        ("set", "clay", 44, 22, 82.5),
        ("set", "price[bowls]", 20, 16, 60),
        ("limit", "kiln", 110, 176 / 3, 220),
    ],
)
def test_range_of_a_number_that_stands_in_one_place(
    server: Running, path: str, kind: str, name: str, value: float, low: float, high: float
) -> None:
    told = server.post(f"{path}/slider", kind=kind, name=name)
    assert told["value"] == value and told["low"] <= 0 and told["high"] >= high
    assert told["range"]["low"] == pytest.approx(low) and told["range"]["high"] == pytest.approx(high)
    assert told["step"] <= (told["high"] - told["low"]) / 40


def test_coefficient_of_a_row_has_a_slider_and_no_range(server: Running, path: str) -> None:
    told = server.post(f"{path}/slider", kind="set", name="clays[bowls]")
    assert told["range"] is None and (told["low"], told["high"]) == (0, 6)


def test_prices_in_the_range_are_what_solving_again_gives(server: Running, path: str) -> None:
    told = server.post(f"{path}/slider", kind="limit", name="kiln")
    slope = told["range"]["slopes"][1]
    for limit in (80, 200):
        moved = server.post(f"{path}/what-if", changes=[{"kind": "limit", "text": f"kiln={limit}"}])
        assert moved["after"]["objective"] == pytest.approx(480 + slope * (limit - 110))


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("set", "price", "price[bowls]"),
        ("set", "nothing", "there is no parameter"),
        ("set", "clay[1]", "there is no entry"),
        ("limit", "clay_left", "no number alone"),
        ("limit", "nothing", "there is no constraint"),
    ],
)
def test_what_is_no_single_number_is_said(server: Running, path: str, kind: str, name: str, said: str) -> None:
    answer = server.http.post(f"/api/v1{path}/slider", json={"kind": kind, "name": name})
    assert answer.status_code == 422 and said in answer.text


def test_limit_that_is_no_number_is_said(server: Running, path: str) -> None:
    change = {"kind": "limit", "text": "kiln=much"}
    answer = server.http.post(f"/api/v1{path}/what-if", json={"changes": [change]})
    assert answer.status_code == 422 and "`much` is no number" in answer.json()["detail"]

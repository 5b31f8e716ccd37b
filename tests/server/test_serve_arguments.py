"""The arguments of `fivefold serve` that say which LLM is asked."""

from argparse import Namespace

import pytest

from fivefold.errors import CallerError
from fivefold.settings import Settings
from fivefold_server.command import with_llm

HERE = Settings(base_url="http://127.0.0.1:9001/v1", api_key="secret", llm="one")


def test_what_is_typed_goes_before_the_environment() -> None:
    assert with_llm(Namespace(base_url=None, llm=None), HERE) == HERE
    assert with_llm(Namespace(base_url=None, llm="two"), HERE).llm == "two"


def test_a_key_stays_with_the_endpoint_that_it_is_for() -> None:
    other = with_llm(Namespace(base_url="http://127.0.0.1:9002/v1", llm=None), HERE)
    assert (other.base_url, other.api_key, other.llm) == ("http://127.0.0.1:9002/v1", None, "one")
    assert with_llm(Namespace(base_url="http://127.0.0.1:9001/v1/", llm=None), HERE).api_key == "secret"


def test_what_is_no_endpoint_is_refused() -> None:
    with pytest.raises(CallerError, match="give one like"):
        with_llm(Namespace(base_url="localhost:9001", llm=None), HERE)

"""Markdown of formulations: what is written reads back exactly, and no text makes the reader fail."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import errors
from fivefold_solvers.formulation.markdown import from_markdown, to_markdown
from tests.strategies import formulations


@given(formulations())
@settings(max_examples=200, deadline=None)
def test_what_is_written_reads_back_without_a_finding(formulation: Formulation) -> None:
    text = to_markdown(formulation)
    back, findings = from_markdown(text)
    assert findings == []
    assert back == formulation

"""The graph of a run: which step follows which, kept step by step. The only room that knows LangGraph.

::

    read ─> formulate ─> check ─> emit ─> run ─> judge ─> explain
                           ^                       │
                           └────── repair <────────┤
              run <─ write_program <───────────────┘  (where no formulation could be built)

One loop, bounded by rounds, tokens and seconds. Every step is checkpointed, so that a killed run resumes at the
step it was in. Where a person is asked, `clarify` and `approve` lead to `wait`, where a run stays until there is a
reply::

    read ─> clarify ─> wait ─> clarify ...          judge ─> clarify ─> wait ─> formulate, check or explain
                                                    judge ─> approve ─> wait ─> emit, check or revise
"""

from fivefold.graph.checkpoints import Waiting
from fivefold.graph.going import Reached, run_graph, stored_state, unfinished

__all__ = ["Reached", "Waiting", "run_graph", "stored_state", "unfinished"]

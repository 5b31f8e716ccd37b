"""Step `formulate`: the LLM writes the five elements, as JSON that its endpoint holds to a schema."""

from __future__ import annotations

from typing import TypedDict, cast

from fivefold.checks.curves import beyond_sums, wants_examples
from fivefold.data.attached import told
from fivefold.nodes.copied import without_copied
from fivefold.nodes.naming import named_rows, names_in
from fivefold.nodes.writing import data_schema, declared_names, indexed_schema, rows_schema, variables_schema
from fivefold.problem import Problem
from fivefold.standard.reading import standard_formulation
from fivefold.state import Form, Json, Posed, Reply
from fivefold.tools import Tools, as_text
from fivefold_prompts.version import Message

DECLARE_TOKENS = 600
ROWS_TOKENS = 1_200
INDEXED_TOKENS = 2_500


class _Sampling(TypedDict):
    temperature: float
    seed: int | None


class FormulateSets(TypedDict):
    """What this step sets."""

    form: Form
    declared: Json
    written: Json
    round: int


async def formulate(state: Posed, tools: Tools) -> FormulateSets:
    """Return the first formulation: a standard model with the data of the text, or else what the LLM writes.

    The scalar form takes two answers: the variables, then objective and constraints under a pattern made from
    their names, so that no undeclared name can be written where the endpoint enforces patterns.
    """
    if state["form"] != "data" and tools.options.standard and tools.options.form == "auto":
        problem = Problem.model_validate(state["problem"])
        standard = await standard_formulation(problem, tools)
        if standard is not None:
            written = standard.model_dump(mode="json", exclude={"version"})
            return {"form": "indexed", "declared": {}, "written": written, "round": 0}
    reply = await written_reply(state, tools)
    return {"form": state["form"], "declared": reply["declared"], "written": reply["written"], "round": 0}


async def written_reply(state: Posed, tools: Tools, *, temperature: float = 0.0, seed: int | None = None) -> Reply:
    """Return a formulation that the LLM writes from the problem alone."""
    problem = Problem.model_validate(state["problem"])
    sampling = _Sampling(temperature=temperature, seed=seed)
    if state["form"] == "indexed":
        messages = tools.render("formulate_indexed", problem=problem.text)
        reply = await tools.ask(messages, schema=indexed_schema(), max_tokens=INDEXED_TOKENS, **sampling)
        return {"declared": {}, "written": as_object(reply.parsed)}
    if state["form"] == "data":
        messages = tools.render("formulate_data", problem=problem.words, tables=told(tools.tables))
        reply = await tools.ask(messages, schema=data_schema(), max_tokens=INDEXED_TOKENS, **sampling)
        return {"declared": {}, "written": as_object(reply.parsed)}
    first = await tools.ask(declaring(tools, problem), schema=variables_schema(), max_tokens=DECLARE_TOKENS, **sampling)
    declared = as_object(first.parsed)
    names = declared_names(declared)
    if not names:
        return {"declared": declared, "written": {}}
    conversation = [*conversation_of(tools, problem, declared), *tools.render("constrain")]
    schema = rows_schema(names, functions=beyond_sums(problem.text))
    second = await tools.ask(conversation, schema=schema, max_tokens=ROWS_TOKENS, **sampling)
    example = "\n".join(message["content"] for message in declaring(tools, problem))
    return {"declared": declared, "written": without_copied(as_object(second.parsed), example, problem.text)}


def declaring(tools: Tools, problem: Problem) -> list[Message]:
    """Return the question for the decisions, with the examples that the problem's words call for."""
    return tools.render("declare_nonlinear" if wants_examples(problem.text) else "declare", problem=problem.text)


def conversation_of(tools: Tools, problem: Problem, declared: Json) -> list[Message | dict[str, str]]:
    """Return the conversation before the question for objective and constraints."""
    return [
        *declaring(tools, problem),
        {"role": "assistant", "content": as_text(declared)},
    ]


def as_object(parsed: object) -> Json:
    """Return a parsed reply where it is an object, an empty one otherwise."""
    return {str(key): value for key, value in cast(Json, parsed).items()} if isinstance(parsed, dict) else {}


def whole(reply: Reply) -> Json:
    """Return both answers as one formulation in JSON, in which rows with a meaning only have names made of it."""
    formulation = {**reply["declared"], **reply["written"]}
    rows = formulation.get("constraints")
    if isinstance(rows, list):
        formulation["constraints"] = named_rows(cast(list[object], rows), taken=names_in(formulation))
    return formulation

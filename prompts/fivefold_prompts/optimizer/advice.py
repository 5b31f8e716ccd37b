"""A writer of prompts for small LLMs: asked for a sentence of advice, which is put in its place for them.

An LLM that cannot write edits can often say in words what to look out for. Where the sentence goes is not its choice:
behind the first paragraph of one prompt, a different one each time.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from fivefold_prompts.optimizer.attempt import Attempt, attempt
from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.optimizer.proposers import View, question_on
from fivefold_prompts.optimizer.rollout import Answer, Ask, Turn

LONGEST = 300
"""Characters of advice that are taken over."""


def advise(view: View, ask: Ask) -> list[Attempt]:
    """Ask what to add to a prompt, in a sentence or two, and add it."""
    asked = question_on(view)
    textual = [parameter for parameter in asked.parameters.values() if parameter.textual]
    seen = asked.messages[0]["content"].rpartition("# Reply\n")[0]
    made: list[Attempt] = []
    rules = view.rules
    for number in range(view.directions if textual else 0):
        parameter = textual[(view.step * view.directions + number) % len(textual)]
        before = view.candidate[parameter.name]

        def as_edit(messages: Sequence[Turn], sample: int, name: str = parameter.name, text: str = before) -> Answer:
            answer = ask(messages, sample)
            return answer.model_copy(update={"text": edit_of(answer.text, name, text)})

        messages: list[Turn] = [{"role": "user", "content": seen + _wanted(parameter.name)}]
        sample = 100 * view.step + number
        done = attempt(as_edit, messages, view.candidate, {parameter.name: parameter}, rules, sample)
        made.append(done)
        if done.candidate is not None:
            rules = replace(rules, tried=rules.tried | {candidate_id(done.candidate)})
    return made


def edit_of(reply: str, name: str, before: str) -> str:
    """Return the reply as an edit: the prompt with the advice behind its first paragraph."""
    advice = read_advice(reply)
    if not advice:
        return reply
    return (
        f"<changes><edit><parameter>{name}</parameter><operation>replace_all</operation>"
        f"<text>\n{with_advice(before, advice)}\n</text></edit></changes>"
    )


def read_advice(reply: str) -> str:
    """Return the sentences of a reply, without numbering, quotes and marks; cut at the end of one."""
    _, _, after = reply.rpartition("</think>")
    lines = (re.sub(r"^\s*(?:[-*•>]|\(?\d+[.):])\s*", "", line).strip(" \t\"'`*") for line in after.splitlines())
    told = " ".join(line for line in lines if line and not line.endswith(":") and not line.startswith("#"))
    if len(told) <= LONGEST:
        return told
    sentences = told[:LONGEST].rpartition(". ")
    return sentences[0] + "." if sentences[1] else ""


def with_advice(text: str, advice: str) -> str:
    """Return a prompt with a line behind the first paragraph of its first section."""
    lines = text.rstrip("\n").split("\n")
    begin = 1 if lines[0].startswith("## ") else 0
    ends = (at for at in range(begin + 1, len(lines)) if not lines[at].strip() or lines[at].startswith("## "))
    end = next(ends, len(lines))
    return "\n".join([*lines[:end], advice, *lines[end:]])


def _wanted(name: str) -> str:
    return (
        f"# Reply\nWrite one or two sentences to be added to the prompt `{name}`, so that such mistakes are not made."
        " They go to the LLM with every problem: tell it what to do in general. Name no problem, number or answer."
        " Write only these sentences."
    )

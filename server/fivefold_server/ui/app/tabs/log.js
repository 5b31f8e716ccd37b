// What was done: every step of a run with its time, tokens, and what the solver printed.
import { get, useLoad } from "../api.js";
import { html, useState } from "../html.js";
import { Lines } from "../lines.js";
import { Chip, Empty, Field, Table, take } from "../parts.js";
import { MOST_LINES, OVER } from "../story.js";
import { STATUS, STEPS, TONE, plural, seconds } from "../words.js";

const REPORT = "FIVEFOLD_RESULT ";

export function LogTab({ story }) {
  const runs = [...story.runs.values()];
  const [chosen, setChosen] = useState(null);
  const [search, setSearch] = useState("");
  const run = runs.find((one) => one.id === chosen) || runs.at(-1);
  const over = run && OVER.has(run.status);
  const outcome = useLoad(() => (over ? get(`/runs/${run.id}/outcome`).catch(() => null) : null), [run?.id, over]);
  if (!run) return html`<${Empty} title="Nothing was run yet"><p>Every step of a run is listed here, with its time.</p><//>`;
  const usage = outcome.data?.usage;
  const steps = run.steps.map((step) =>
    step.step === "attempt"
      ? [`Attempt ${step.attempt} not good enough`, "", "", step.message]
      : [STEPS[step.step] || step.step, String(step.visit), seconds(step.seconds), step.message || (step.state === "done" ? "" : step.state)]);
  const printed = run.lines.length ? run.lines : linesOf(outcome.data?.result?.stdout);
  const wanted = search.toLowerCase();
  const lines = printed.map((line, place) => [place + 1, line]).filter(([, line]) => line.toLowerCase().includes(wanted));
  const choices = runs.map((one, place) => [one.id, `${place + 1}: ${one.kind === "words" ? "formulate and solve" : one.kind === "question" ? "a question" : `version ${one.version}`}, ${STATUS[one.status]}`]);
  return html`<div class="row spread"><h2>Log</h2>${runs.length > 1 && html`<${Field} label="Run" kind=${choices} value=${run.id} onInput=${setChosen} />`}</div>
    <p class="row"><${Chip} tone=${TONE[run.status]}>${STATUS[run.status]}<//> <span class="quiet-text">run ${run.id}</span></p>
    ${usage && html`<p>${plural(usage.calls, "call")} of the LLM, ${usage.prompt_tokens} tokens asked and ${usage.completion_tokens} answered.
      LLM ${seconds(usage.llm_s)}, solver ${seconds(usage.solver_s)}, in all ${seconds(usage.wall_s)}.</p>`}
    <h3>Steps</h3><${Table} label="Steps" columns=${["Step", "Round", "Took", "What came of it"]} rows=${steps} numeric=${[1, 2]} />
    ${run.notes.length > 0 && html`<h3>Notes</h3><ul>${run.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    <h3>Solver</h3>
    ${printed.length === 0
      ? html`<p class="quiet-text">The program of this run printed nothing that was kept.</p>`
      : html`<${Field} label="Search the solver's lines" kind="search" value=${search} onInput=${setSearch} />
        <p class="row"><span class="quiet-text" role="status">${search ? `${lines.length} of ${plural(printed.length, "line")}` : plural(printed.length, "line")}${
          run.lines.length >= MOST_LINES ? ", as many as are kept" : ""}</span>
          <button type="button" class="quiet" onClick=${() => take(new Blob([`${printed.join("\n")}\n`], { type: "text/plain" }), `log-${run.id}.txt`)}>Save as text</button></p>
        ${lines.length > 0 && html`<${Lines} key=${`${run.id} ${search}`} label="What the solver printed" lines=${lines} follow=${!over && !search} />`}`}`;
}

/** What a program printed, but for its report to the server. */
const linesOf = (stdout) => (stdout || "").split("\n").filter((line) => line.trim() && !line.startsWith(REPORT));

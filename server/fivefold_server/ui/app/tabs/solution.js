// The solution of a run: the answer, how far it can be trusted, every value as table and chart, or why there is none.
import { get, post, useAction, useLoad } from "../api.js";
import { Chart } from "../chart.js";
import { html, useState } from "../html.js";
import { Chip, Empty, Fault, Field, Loading, Note, Said, Table } from "../parts.js";
import { STATUS, number, percent, plural, seconds, stateOf } from "../words.js";
import { Diagnosis } from "./diagnosis.js";
import { Audit, Verdict } from "./verdict.js";

const PAGE = 200;
const MORE = 4;
const LONGEST_S = 3600;
/** Name of the chart of variables without index. */
const SCALARS = "decisions";

export function SolutionTab({ problem, whole, story, ended, open, latest }) {
  const [chosen, setChosen] = useState(null);
  const runs = [...story.runs.values()].filter((run) => run.solution);
  const run = runs.find((one) => one.id === chosen) || ended;
  const solve = useAction(async () => {
    await post(`/problems/${problem.id}/solve`, {});
    problem.refresh();
  });
  if (!run) {
    if (open) return html`<${Empty} title="It is being worked out"><p>The solution comes here. The conversation shows every step.</p><//>`;
    return html`<${Empty} title="No solution yet"><p>${latest ? "Solve the formulation to see one." : "Say in the conversation what is to be decided."}</p>
      ${latest && html`<button type="button" class="primary" onClick=${solve.run} disabled=${solve.busy}>Solve version ${latest}</button>`}<${Fault} error=${solve.error} /><//>`;
  }
  const stale = run.version !== latest;
  const choices = runs.map((one, place) => [one.id, `${place + 1}: version ${one.version}, ${one.solution.objective === null ? STATUS[one.status] : number(one.solution.objective)}`]).reverse();
  return html`<div class="row spread"><h2>Solution</h2>${runs.length > 1 && html`<${Field} label="Run" kind=${choices} value=${run.id} onInput=${setChosen} />`}</div>
    ${stale && html`<${Note} tone="warn" title=${`This is the solution of version ${run.version}; the formulation is at version ${latest}`}>
      <button type="button" onClick=${solve.run} disabled=${solve.busy || Boolean(open)}>Solve version ${latest}</button><//>`}
    <${Fault} error=${solve.error} />
    <${OneSolution} key=${run.id} problem=${problem} run=${run} kept=${whole.runs.find((one) => one.id === run.id)} open=${open} />`;
}

/** What was found was cut short: the same again with more time. */
function Longer({ problem, run, kept, open }) {
  const before = kept?.asked.time_limit_s ?? kept?.asked.options?.time_limit_s ?? 60;
  const time_limit_s = Math.min(MORE * before, LONGEST_S);
  const solve = useAction(async () => {
    await post(`/problems/${problem.id}/solve`, { version: run.version, time_limit_s });
    problem.refresh();
  });
  return html`<p class="row"><button type="button" disabled=${solve.busy || Boolean(open)} onClick=${solve.run}>Solve with up to ${seconds(time_limit_s)}</button>
    <span class="quiet-text">It began with up to ${seconds(before)}.</span></p><${Fault} error=${solve.error} />`;
}

function OneSolution({ problem, run, kept, open }) {
  const [nonzero, setNonzero] = useState(false);
  const found = useLoad((signal) => get(`/runs/${run.id}/solution?limit=${PAGE}&nonzero=${nonzero}`, { signal }), [run.id, nonzero]);
  const drawn = useLoad((signal) => get(`/runs/${run.id}/charts`, { signal }).catch((fault) => (fault.name === "AbortError" ? Promise.reject(fault) : { charts: [] })), [run.id]);
  const outcome = useLoad(() => (run.kind === "words" ? get(`/runs/${run.id}/outcome`).catch(() => null) : null), [run.id]);
  if (found.error) return html`<${Fault} error=${found.error} again=${found.reload} />`;
  if (!found.data) return html`<${Loading} what="Loading the solution" />`;
  const one = found.data;
  const solved = one.objective !== null || one.variables.some((table) => table.entries > 0);
  const charts = Object.fromEntries((drawn.data?.charts || []).map((chart) => [chart.name, chart]));
  const whole = one.variables.reduce((sum, table) => sum + table.entries, 0);
  return html`<${Headline} one=${one} />
    ${["time_limit", "stopped"].includes(run.status) && run.version && html`<${Longer} problem=${problem} run=${run} kept=${kept} open=${open} />`}
    ${one.text && html`<${Said} text=${one.text} kind="answer" />`}
    ${!solved && run.version && html`<${Diagnosis} problem=${problem} version=${run.version} open=${open} />`}
    ${one.verdict && html`<${Verdict} verdict=${one.verdict} derivations=${outcome.data?.derivations} />`}
    ${one.audit && solved && html`<${Audit} audit=${one.audit} />`}
    ${solved && html`<div class="row spread"><h3>Values</h3>${whole > 1 && html`<label><input type="checkbox" checked=${nonzero} onChange=${() => setNonzero(!nonzero)} /> Hide zeros</label>`}</div>
      <${Scalars} run=${run} tables=${one.variables.filter((table) => table.columns.length === 0)} chart=${charts[SCALARS]} />
      ${one.variables.filter((table) => table.columns.length > 0).map((table) => html`<${OneVariable} key=${table.name} run=${run} table=${table} nonzero=${nonzero} chart=${charts[table.name]} />`)}
      <${Rows} run=${run} />`}`;
}

function Headline({ one }) {
  const objective = one.sense === "satisfy" ? "any point that meets all constraints" : one.objective_name || "objective";
  const [tone, state] = stateOf(one.status, one.verdict?.grade);
  return html`<div class="headline"><p class="row"><${Chip} tone=${tone}>${state}<//>
      <span class="quiet-text">${[one.solver, seconds(one.wall_s), one.solution_status !== "none" && one.solution_status].filter(Boolean).join(" · ")}</span></p>
    ${one.objective !== null && html`<p class="objective"><span class="quiet-text">${objective}, ${one.sense}d</span><strong>${number(one.objective, one.unit)}</strong></p>
      ${one.gap > 1e-9 && html`<p>It may still be improved by ${percent(one.gap)} at most: nothing is better than ${number(one.bound, one.unit)}.</p>`}`}</div>`;
}

/** Variables without index share one table and one chart. */
function Scalars({ run, tables, chart }) {
  const filled = tables.filter((table) => table.rows.length);
  if (!filled.length) return null;
  const rows = filled.map((table) => [html`<code>${table.name}</code>`, number(table.rows[0].value), table.unit, table.description]);
  return html`<${Table} label="Values of the decisions" columns=${["Decision", "Value", "Unit", "Meaning"]} rows=${rows} numeric=${[1]} />
    ${chart && html`<${Chart} key=${run.id} run=${run.id} chart=${chart} />`}`;
}

function OneVariable({ run, table, nonzero, chart }) {
  const [more, setMore] = useState([]);
  const [search, setSearch] = useState("");
  const load = useAction(async () => {
    const offset = table.rows.length + more.length;
    const page = await get(`/runs/${run.id}/solution?limit=1000&offset=${offset}&nonzero=${nonzero}`);
    setMore([...more, ...page.variables.find((one) => one.name === table.name).rows]);
  });
  const rows = [...table.rows, ...more];
  const shown = rows.filter((row) => row.key.join(" ").toLowerCase().includes(search.toLowerCase()));
  return html`<h4><code>${table.name}</code> <span class="quiet-text">${table.description} ${table.unit && `in ${table.unit}`}</span></h4>
    ${chart && html`<${Chart} run=${run.id} chart=${chart} />`}
    ${rows.length > 15 && html`<${Field} label=${`Search ${table.name}`} kind="search" value=${search} onInput=${setSearch} />`}
    ${rows.length === 0 ? html`<p class="quiet-text">All values are 0.</p>` : html`<${Table} label=${`Values of ${table.name}`} columns=${[...table.columns, "Value"]} numeric=${[table.columns.length]}
      rows=${shown.map((row) => [...row.key.map(String), number(row.value)])} />`}
    ${rows.length < table.shown && html`<p class="row"><span class="quiet-text">${rows.length} of ${plural(table.shown, "entry", "entries")}</span>
      <button type="button" class="quiet" onClick=${load.run} disabled=${load.busy}>Show more</button></p>`}<${Fault} error=${load.error} />`;
}

/** How far each constraint is from its limit, recomputed when it is asked for. */
function Rows({ run }) {
  const [asked, setAsked] = useState(false);
  const found = useLoad(() => (asked ? get(`/runs/${run.id}/audit`) : null), [asked, run.id]);
  const rows = (found.data?.rows || []).slice(0, 500);
  return html`<h3>Constraints</h3>
    ${!asked && html`<button type="button" onClick=${() => setAsked(true)}>Recompute every constraint</button>`}
    ${asked && found.loading && html`<${Loading} what="Recomputing" />`}<${Fault} error=${found.error} />
    ${found.data && html`<${Audit} audit=${found.data} /><${Table} label="Constraints" columns=${["Constraint", "At", "Left", "", "Violated by"]} numeric=${[2, 4]}
      rows=${rows.map((row) => [html`<code>${row.constraint}</code>`, row.place, number(row.slack), row.binding ? html`<${Chip} tone="ask">at its limit<//>` : "", row.violation ? number(row.violation) : ""])} />`}`;
}

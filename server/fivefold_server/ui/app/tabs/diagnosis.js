// Why there is no solution, or no best one: what conflicts, and what would mend it at which price.
import { get, post, useAction, useLoad } from "../api.js";
import { html, useState } from "../html.js";
import { Fault, Loading, Note } from "../parts.js";
import { number } from "../words.js";
import { Origin, labelOf, telling } from "./clash.js";
import { LIMITED } from "./limits.js";

const DIGITS = 12;

export function Diagnosis({ problem, version }) {
  const [hard, setHard] = useState([]);
  const found = useLoad((signal) => post(`/problems/${problem.id}/formulations/${version}/diagnose`, { hard }, { signal }), [problem.id, version, hard.join()]);
  const whole = useLoad((signal) => get(`/problems/${problem.id}/formulations/${version}`, { signal }), [problem.id, version]);
  const take = useAction(async (operations) => {
    const made = await post(`/problems/${problem.id}/formulations/${version}/edits`, { operations, note: "a way out was taken over" });
    await post(`/problems/${problem.id}/solve`, { version: made.version });
    problem.refresh();
  });
  if (found.error) return html`<${Fault} error=${found.error} again=${found.reload} />`;
  if (!found.data) return html`<${Loading} what="Looking for the reason" />`;
  const { conflict, relaxations, direction, text } = found.data;
  const formulation = whole.data?.formulation;
  const clauses = conflict ? telling(conflict.clauses) : [];
  const toggle = (name) => setHard(hard.includes(name) ? hard.filter((one) => one !== name) : [...hard, name]);
  return html`<section aria-labelledby="why"><h3 id="why">Why</h3>
    ${!conflict && html`<p class="said">${text}</p>`}
    ${conflict && html`<${Note} tone="warn" title="These cannot all hold together">${conflict.minimal && html`<p>Without any one of them the others can.</p>`}<${Origin} clauses=${clauses} /><//>
      ${clauses.map((one) => html`<article class="panel-card"><div class="row spread"><h4>${labelOf(one, formulation)}</h4>
        <label><input type="checkbox" checked=${hard.includes(one.element)} onChange=${() => toggle(one.element)} /> a fact that cannot move</label></div>
        <pre class="code">${one.text}</pre>${one.quote && html`<blockquote>${one.quote}</blockquote>`}</article>`)}`}
    ${relaxations?.length > 0 && html`<h3>What would make it possible</h3><ol class="ways">${relaxations.map((way) => html`<li class="panel-card">
      <ul>${way.moves.map((move) => html`<li>${labelOf(move.clause, formulation)}: ${number(move.after)} instead of ${number(move.before)}</li>`)}</ul>
      ${way.objective !== null && html`<p>The objective is then ${number(way.objective)}.</p>`}
      <${Take} operations=${operationsOf(way, formulation)} act=${take} /></li>`)}</ol>
      <${Fault} error=${take.error} /><p class="quiet-text">Or change the numbers in the formulation, or try them under What-if.</p>`}
    ${found.loading && html`<${Loading} what="Looking again" />`}
    ${direction && conflict && html`<p class="said">${text}</p>`}</section>`;
}

function Take({ operations, act }) {
  return operations && html`<p><button type="button" disabled=${act.busy} onClick=${() => act.run(operations)}>Take this over and solve</button></p>`;
}

/** The edits that make a way out; none where a number to be moved does not stand alone in one place. */
function operationsOf(way, formulation) {
  if (!formulation) return null;
  const made = way.moves.map((move) => limitMoved(move, formulation) || boundMoved(move, formulation));
  return made.every(Boolean) ? made : null;
}

function limitMoved({ clause, before, after }, formulation) {
  const one = formulation.constraints.find((constraint) => constraint.name === clause.name);
  const match = one && !one.forall?.length && one.expression.match(LIMITED);
  if (!match || !alike(Number(match[3]), before)) return null;
  return { op: "change", section: "constraints", name: one.name, fields: { expression: `${match[1].trim()} ${match[2]} ${written(after)}` } };
}

function boundMoved({ clause, side, before, after }, formulation) {
  const one = formulation.variables.find((variable) => variable.name === clause.element && clause.name === clause.element);
  if (!one || one.index?.length || typeof one[side] !== "number" || !alike(one[side], before)) return null;
  return { op: "change", section: "variables", name: one.name, fields: { [side]: written(after) } };
}

const alike = (one, other) => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one));
const written = (value) => Number(value.toPrecision(DIGITS));

// Why there is no solution, or no best one: what conflicts, and what would mend it at which price.
import { post, useLoad } from "../api.js";
import { html, useState } from "../html.js";
import { Fault, Loading, Note } from "../parts.js";
import { number } from "../words.js";

export function Diagnosis({ problem, version }) {
  const [hard, setHard] = useState([]);
  const found = useLoad((signal) => post(`/problems/${problem.id}/formulations/${version}/diagnose`, { hard }, { signal }), [problem.id, version, hard.join()]);
  if (found.error) return html`<${Fault} error=${found.error} again=${found.reload} />`;
  if (!found.data) return html`<${Loading} what="Looking for the reason" />`;
  const { conflict, relaxations, direction, text } = found.data;
  const toggle = (name) => setHard(hard.includes(name) ? hard.filter((one) => one !== name) : [...hard, name]);
  return html`<section aria-labelledby="why"><h3 id="why">Why</h3>
    ${!conflict && html`<p class="said">${text}</p>`}
    ${conflict && html`<${Note} tone="warn" title="These cannot all hold together"><p>${conflict.minimal ? "Without any one of them the others can." : ""}</p><//>
      ${conflict.clauses.map((one) => html`<article class="panel-card"><div class="row spread"><h4><code>${one.name}</code></h4>
        <label><input type="checkbox" checked=${hard.includes(one.element)} onChange=${() => toggle(one.element)} /> a fact that cannot move</label></div>
        <pre class="code">${one.text}</pre>${one.quote && html`<blockquote>${one.quote}</blockquote>`}</article>`)}`}
    ${relaxations?.length > 0 && html`<h3>What would make it possible</h3><ol class="ways">${relaxations.map((way) => html`<li class="panel-card">
      <ul>${way.moves.map((move) => html`<li><code>${move.clause.name}</code>: ${number(move.after)} instead of ${number(move.before)}</li>`)}</ul>
      ${way.objective !== null && html`<p>The objective is then ${number(way.objective)}.</p>`}</li>`)}</ol>
      <p class="quiet-text">Change the numbers in the formulation, or try them under What-if.</p>`}
    ${found.loading && html`<${Loading} what="Looking again" />`}
    ${direction && conflict && html`<p class="said">${text}</p>`}</section>`;
}

// What one unit more of each limit is worth, and how far numbers may go before the answer changes.
import { post, useLoad } from "../api.js";
import { html } from "../html.js";
import { NoVersion } from "../no_version.js";
import { Chip, Fault, Loading, Note, Table } from "../parts.js";
import { number } from "../words.js";
import { Bars } from "./bars.js";
import { Diagnosis } from "./diagnosis.js";

export function SensitivityTab({ problem, version, content, open }) {
  if (!version) return html`<${NoVersion} open=${open} what="What each limit is worth" />`;
  if (!content.data) return html`<${Loading} />`;
  if (!content.data.checks.ok) return html`<${Note} tone="warn" title="This version cannot be solved"><p>Mend the formulation first.</p><//>`;
  const unit = content.data.formulation.objective.unit;
  return html`<h2>Sensitivity</h2><${Answers} key=${version} problem=${problem} version=${version} unit=${unit} />`;
}

function Answers({ problem, version, unit }) {
  const found = useLoad((signal) => post(`/problems/${problem.id}/formulations/${version}/prices`, {}, { signal }), [problem.id, version]);
  if (found.data && !found.data.ok) return html`<${Note} tone="warn" title="There is no best solution whose numbers could be asked about" /><${Diagnosis} problem=${problem} version=${version} />`;
  return html`<${Prices} found=${found} unit=${unit} />${found.data && html`<${Ranges} problem=${problem} version=${version} />`}`;
}

function Prices({ found, unit }) {
  const prices = (found.data?.prices || []).toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const worth = prices.filter((one) => Math.abs(one.value) > 1e-9);
  return html`<section aria-labelledby="prices"><h3 id="prices">What one unit more is worth</h3>
    ${found.loading && html`<${Loading} what="Computing prices" />`}<${Fault} error=${found.error} again=${found.reload} />
    ${found.data && prices.length === 0 && html`<${Note} tone="calm"><p class="said">${found.data.text}</p><//>`}
    ${worth.length > 0 && html`<ul>${worth.slice(0, 8).map((one) => html`<li>${one.text}</li>`)}</ul>
      <${Bars} title="worth of one unit more" unit=${unit} entries=${worth.map((one) => ({ label: one.clause.name, value: one.value }))} />`}
    ${prices.length > 0 && html`<${Table} label="Prices" columns=${["Limit", "Is", "One unit up", "One unit down", "Left", ""]} numeric=${[1, 2, 3, 4]}
      rows=${prices.map((one) => [html`<code title=${one.clause.text}>${one.clause.name}</code>`, number(one.limit), number(one.up), number(one.down === null ? null : -one.down), number(one.slack), one.binding ? html`<${Chip} tone="ask">at its limit<//>` : ""])} />
      <p class="quiet-text">“One unit up” says how much the best objective changes when there is one unit more of that limit (its shadow price, or dual).
        “Left” says how much of the limit the answer does not use (its slack); what is not used up is worth nothing more.</p>
      <p class="quiet-text">Changes of the objective${unit ? ` in ${unit}` : ""}. ${found.data.how}${found.data.integers_held ? " Whole numbers were held at their values." : ""}</p>`}</section>`;
}

function Ranges({ problem, version }) {
  const found = useLoad((signal) => post(`/problems/${problem.id}/formulations/${version}/ranges`, {}, { signal }), [problem.id, version]);
  const ranges = found.data?.ranges || [];
  const rows = ranges.map((one) => [one.what, number(one.value), one.low === null ? "no limit" : number(one.low), one.high === null ? "no limit" : number(one.high), one.claim]);
  return html`<section aria-labelledby="ranges"><h3 id="ranges">How far numbers may go</h3>
    ${found.loading && html`<${Loading} what="Computing ranges" />`}<${Fault} error=${found.error} again=${found.reload} />
    ${found.data && ranges.length === 0 && html`<p class="said">${found.data.text}</p>`}
    ${ranges.length > 0 && html`<${Table} label="Ranges" columns=${["Number", "Is", "From", "To", "Within this"]} numeric=${[1, 2, 3]} rows=${rows} />
      <p class="quiet-text">One number at a time may move between From and To, with all others as they are. An objective coefficient is what one unit of a decision adds to the objective.</p>
      ${ranges.map((one) => one.how).filter((how, place, all) => all.indexOf(how) === place).map((how) => html`<p class="quiet-text">${how}</p>`)}`}
    ${found.data?.left_out > 0 && html`<p class="quiet-text">${found.data.left_out} more are left out.</p>`}</section>`;
}

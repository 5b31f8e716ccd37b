// What the checks say of an answer, in plain words: its grade, doubts, confidence, and other derivations.
import { html } from "../html.js";
import { Chip, Note, Table } from "../parts.js";
import { GRADES, number, percent } from "../words.js";

const SURE = 0.75;

export function Verdict({ verdict, derivations }) {
  const [grade, title, words] = GRADES[verdict.grade] || ["calm", verdict.grade, ""];
  // Green would say more than is known of an answer whose like is often wrong.
  const tone = grade === "good" && verdict.confidence !== null && verdict.confidence < SURE ? "calm" : grade;
  // Where there is no answer, nothing is known of how often its like were right, and nothing was to be accepted.
  const known = verdict.confidence !== null && verdict.confidence !== undefined;
  const doubts = verdict.checks.filter((one) => !one.passed);
  const looked = verdict.checks.filter((one) => one.passed);
  const wary = grade === "warn" || grade === "bad";
  return html`<section class="verdict" aria-labelledby="verdict"><h3 id="verdict">How far can it be trusted?</h3>
    <${Note} tone=${tone} title=${title}><p>${words}</p>
      ${known && !wary && html`<p>Of answers with such signs, about <strong>${percent(verdict.confidence)}</strong> were right where the right one is known.</p>`}
      ${known && wary && html`<p>Of answers with such doubts, about <strong>${percent(1 - verdict.confidence)}</strong> were wrong where the right one is known; whether this one is, only the doubts below can tell.</p>`}
      ${!verdict.accepted && known && html`<p>That is less sure than was asked for, so the answer is not accepted.</p>`}<//>
    ${doubts.length > 0 && html`<h4>Doubts</h4><ul class="doubts">${doubts.map((one) => html`<li><strong>${one.message}</strong>${one.evidence && html`<br /><span class="quiet-text">${one.evidence}</span>`}</li>`)}</ul>`}
    ${looked.length > 0 && html`<details><summary>What was looked at without finding fault (${looked.length})</summary><ul>${looked.map((one) => html`<li>${one.message}</li>`)}</ul></details>`}
    ${derivations?.length > 0 && html`<${Derivations} derivations=${derivations} />`}</section>`;
}

function Derivations({ derivations }) {
  const rows = derivations.map((one, place) => [
    `${place + 1}${one.kept ? " (this one)" : ""}`, one.kind, GRADES[one.grade]?.[1] || one.grade, number(one.objective),
    one.kept ? "–" : one.agrees ? html`<${Chip} tone="good">agrees<//>` : html`<${Chip} tone="warn">differs<//>`, one.difference.join("; "),
  ]);
  return html`<h4>Independent derivations</h4><${Table} label="Independent derivations" columns=${["", "Wrote", "Checks", "Objective", "Against this one", "What parts them"]} rows=${rows} numeric=${[3]} />`;
}

/** Of a run without the LLM: the result recomputed. */
export function Audit({ audit }) {
  if (audit.holds) {
    return html`<${Note} tone="good" title="Recomputed without the solver: it holds"><p>Objective, every constraint, bounds and whole numbers were computed again from the
      formulation and its data${audit.exact ? ", exactly" : ""}.</p><//>`;
  }
  return html`<${Note} tone="bad" title="Recomputed without the solver: it does not hold"><ul>${audit.faults.map((fault) => html`<li>${fault}</li>`)}</ul><//>`;
}

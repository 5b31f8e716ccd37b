// All versions of the formulation: who made them and why, what differs, and taking an old one up again.
import { get, post, useAction, useLoad } from "../api.js";
import { html, useState } from "../html.js";
import { Fault, Loading, Sign } from "../parts.js";
import { SINGULAR, ago } from "../words.js";

const WORDS = { added: "added", dropped: "left out", changed: "changed" };
const TONES = { added: "good", dropped: "bad", changed: "warn" };
const said = (value) => (value === null || value === "" ? "nothing" : typeof value === "string" ? value : JSON.stringify(value).slice(0, 300));

export function Versions({ problem, version, latest, onVersion }) {
  const found = useLoad(() => get(`/problems/${problem.id}/formulations`), [problem.id, latest]);
  const [pair, setPair] = useState(null);
  const restore = useAction(async (number) => {
    await post(`/problems/${problem.id}/formulations/${number}/restore`);
    problem.refresh();
  });
  const rows = [...(found.data || [])].reverse();
  return html`<section aria-labelledby="versions"><h3 id="versions">Versions</h3>
    <${Fault} error=${found.error || restore.error} />${found.loading && !found.data && html`<${Loading} />`}
    <ol class="versions">${rows.map((one) => html`<li key=${one.version} class=${one.version === version ? "here" : ""}>
      <span><strong>Version ${one.version}</strong> ${one.author === "agent" ? "by the agent" : "by you"}${one.approved ? ", approved" : ""}
        <span class="quiet-text"> ${one.note ? `${one.note} · ` : ""}${ago(one.created)}${one.ok ? "" : " · cannot be solved"}</span></span>
      <span class="row">
        ${one.version !== version && html`<button type="button" class="quiet" aria-label=${`Show version ${one.version}`} onClick=${() => onVersion(one.version)}>Show</button>`}
        ${one.parent && html`<button type="button" class="quiet" aria-label=${`Changes of version ${one.version}`} aria-expanded=${pair?.[1] === one.version ? "true" : "false"}
          onClick=${() => setPair(pair?.[1] === one.version ? null : [one.parent, one.version])}>Changes</button>`}
        ${one.version !== latest && html`<button type="button" class="quiet" aria-label=${`Take version ${one.version} up again`} disabled=${restore.busy} onClick=${() => restore.run(one.version)}>Take up again</button>`}</span>
      ${pair?.[1] === one.version && html`<${Difference} problem=${problem} pair=${pair} />`}</li>`)}</ol></section>`;
}

function Difference({ problem, pair }) {
  const found = useLoad(() => get(`/problems/${problem.id}/formulations/diff?a=${pair[0]}&b=${pair[1]}`), [problem.id, ...pair]);
  if (found.error) return html`<${Fault} error=${found.error} />`;
  if (!found.data) return html`<${Loading} what="Comparing" />`;
  const tone = (line) => (line.startsWith("+") ? "added" : line.startsWith("-") ? "dropped" : "");
  return html`<div class="difference"><p>Against version ${pair[0]}:</p><${Changes} elements=${found.data.elements} />
    ${found.data.text && html`<details><summary>As text</summary><pre class="code" tabindex="0">${found.data.text.split("\n").slice(2).map((line) => html`<span class=${tone(line)}>${`${line}\n`}</span>`)}</pre></details>`}</div>`;
}

/** What differs, element by element. */
export function Changes({ elements }) {
  if (!elements.length) return html`<p>Nothing differs.</p>`;
  return html`<ul class="changes">${elements.map((one) => html`<li><${Sign} tone=${TONES[one.change]} /> ${SINGULAR[one.section] || one.section} <code>${one.name}</code> ${WORDS[one.change]}
    ${Object.entries(one.fields).map(([field, [before, after]]) => html`<div class="change"><span class="quiet-text">${field}</span> <del>${said(before)}</del> <ins>${said(after)}</ins></div>`)}</li>`)}</ul>`;
}

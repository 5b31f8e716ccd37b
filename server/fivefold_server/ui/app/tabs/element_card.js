// One element for people: name, formula, meaning, unit, and where it comes from.
import { html } from "../html.js";
import { Formula } from "../math.js";
import { Chip } from "../parts.js";
import { SINGULAR, SOURCES } from "../words.js";
import { EditForm } from "./edit_form.js";

const SOURCE_TONES = { stated: "good", derived: "calm", assumed: "warn" };
const SHORT = 60;

export function ElementCard({ problem, version, section, element, latex, editing, edit, onDone, onLeave }) {
  if (editing?.section === section && editing.name === element.name && editing.element) {
    return html`<${EditForm} problem=${problem} version=${version} section=${section} element=${element} onDone=${onDone} onLeave=${onLeave} />`;
  }
  const source = element.source;
  const domain = section === "variables" && element.domain !== "continuous" ? element.domain : "";
  return html`<article class="panel-card element" aria-label=${`${SINGULAR[section]} ${element.name}`}>
    <div class="row spread"><h4><code>${element.name}</code>${section === "objective" ? html` <span class="quiet-text">${element.sense}</span>` : null}</h4>
      <span class="row">${domain && html`<span class="quiet-text">${domain}</span>`}${element.unit && html`<span class="quiet-text">in ${element.unit}</span>`}
        ${source && html`<${Chip} tone=${SOURCE_TONES[source.kind]}>${SOURCES[source.kind]}<//>`}
        ${edit && html`<button type="button" class="quiet" aria-label=${`Edit ${element.name}`} onClick=${() => edit(section, element, element.name)}>Edit</button>`}</span></div>
    ${element.description && html`<p>${element.description}</p>`}
    ${latex ? html`<${Formula} latex=${latex} />` : html`<pre class="code">${element.expression || element.name}</pre>`}
    ${(section === "parameters" || section === "sets") && html`<${Values} value=${section === "sets" ? element.elements : element.values} />`}
    ${source?.quote && html`<blockquote>${source.quote}</blockquote>`}
    ${source?.reason && html`<p class="quiet-text">${source.reason}</p>`}</article>`;
}

/** Values of a long table, which the formula only names; short ones stand in it. */
function Values({ value }) {
  if (value === null || value === undefined || typeof value !== "object") return null;
  const text = JSON.stringify(value);
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (text.length < SHORT) return null;
  return html`<details><summary>Values (${count})</summary><pre class="code small" tabindex="0">${text.length > 20000 ? `${text.slice(0, 20000)} …` : text}</pre></details>`;
}

export function AssumptionCard({ problem, version, assumption, name, editing, edit, onDone, onLeave }) {
  if (editing?.section === "assumptions" && editing.name === name) {
    return html`<${EditForm} problem=${problem} version=${version} section="assumptions" element=${{ ...assumption, name }} onDone=${onDone} onLeave=${onLeave} />`;
  }
  return html`<article class="panel-card" aria-label=${`Assumption ${name}`}><div class="row spread"><p><strong>${assumption.text}</strong></p>
      ${edit && html`<button type="button" class="quiet" aria-label=${`Edit assumption ${name}`} onClick=${() => edit("assumptions", assumption, name)}>Edit</button>`}</div>
    ${assumption.reason && html`<p class="quiet-text">${assumption.reason}</p>`}
    ${assumption.element && html`<p class="quiet-text">It touches <code>${assumption.element}</code>.</p>`}</article>`;
}

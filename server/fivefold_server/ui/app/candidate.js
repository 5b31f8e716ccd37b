// A formulation that was just written, while its run still goes on: to read, not yet to edit.
import { html } from "./html.js";
import { Note } from "./parts.js";
import { ElementCard } from "./tabs/element_card.js";
import { SECTIONS } from "./words.js";

const ORDER = ["sets", "parameters", "variables", "objective", "constraints"];

export function Candidate({ candidate }) {
  const { formulation, findings, round } = candidate;
  return html`<h2>Formulation</h2>
    <${Note} tone="busy" title=${round ? `Mended ${round === 1 ? "once" : `${round} times`}, still being worked on` : "Just written, still being worked on"}>
      <p>It can be edited when the run is over, or when it asks you.</p><//>
    ${findings.length > 0 && html`<${Note} tone="warn" title="The checks doubt"><ul>${findings.map((line) => html`<li>${line}</li>`)}</ul><//>`}
    ${ORDER.map((section) => html`<${Part} key=${section} section=${section} formulation=${formulation} />`)}`;
}

function Part({ section, formulation }) {
  const elements = section === "objective" ? [formulation.objective] : formulation[section];
  if (elements.length === 0) return null;
  return html`<section aria-labelledby=${`candidate-${section}`}><h3 id=${`candidate-${section}`}>${SECTIONS[section][0]} <span class="quiet-text">${SECTIONS[section][1]}</span></h3>
    ${elements.map((element) => html`<${ElementCard} key=${element.name} section=${section} element=${element} latex=${null} editing=${null} edit=${null} />`)}</section>`;
}

/** The candidate to show instead of a version: of the run that goes on, until it waits or is over. */
export function candidateOf(story, open) {
  return open && open.status === "running" ? story.runs.get(open.id)?.candidate || null : null;
}

// The five elements as cards that can be edited, with what checking found, assumptions, and all versions.
import { post, useAction } from "../api.js";
import { Candidate, candidateOf } from "../candidate.js";
import { html, useState } from "../html.js";
import { NoVersion } from "../no_version.js";
import { Chip, CopyButton, Fault, Loading, Note } from "../parts.js";
import { approveVersion } from "../replying.js";
import { SECTIONS, SINGULAR } from "../words.js";
import { EditForm } from "./edit_form.js";
import { AssumptionCard, ElementCard } from "./element_card.js";
import { TextEditor } from "./text_editor.js";
import { Versions } from "./versions.js";

const ORDER = ["sets", "parameters", "variables", "objective", "constraints"];
const CLASSES = {
  LP: "linear", MILP: "linear with whole numbers", QP: "quadratic", MIQP: "quadratic with whole numbers",
  NLP: "nonlinear", MINLP: "nonlinear with whole numbers", CP: "constraint programming",
};

export function FormulationTab({ problem, story, version, latest, content, open, onVersion, ended }) {
  const [editing, setEditing] = useState(null);
  const solve = useAction(async () => {
    await post(`/problems/${problem.id}/solve`, { version });
    problem.refresh();
  });
  const waiting = open?.waiting?.kind === "approval" ? open.waiting : null;
  const approve = useAction(async () => {
    if (waiting) return approveVersion(problem, waiting, version);
    await post(`/problems/${problem.id}/formulations/${version}/approve`);
    content.reload();
    return undefined;
  });
  const candidate = editing ? null : candidateOf(story, open);
  if (candidate) return html`<${Candidate} candidate=${candidate} />`;
  if (!version) return html`<${NoVersion} open=${open} what="The formulation" />`;
  const one = content.data;
  if (content.error) return html`<${Fault} error=${content.error} again=${content.reload} />`;
  if (!one || one.version !== version) return html`<${Loading} what="Loading the formulation" />`;
  const { checks, formulation } = one;
  const editable = version === latest;
  const done = () => {
    setEditing(null);
    problem.refresh();
  };
  const edit = editable ? (section, element, name) => setEditing({ section, element, name }) : null;
  const latexOf = (section, name) => one.rendered?.elements.find((part) => part.section === section && part.name === name)?.latex;
  const shared = { problem, version, editing, edit, onDone: done, onLeave: () => setEditing(null) };
  const stale = ended && ended.version !== version;
  return html`<div class="row spread"><h2>Formulation</h2><span class="row">
      ${checks.class && html`<${Chip} tone="calm">${checks.class}: ${CLASSES[checks.class] || ""}<//>`}
      ${one.approved && !waiting ? html`<${Chip} tone="good">approved<//>` : html`<button type="button" onClick=${() => approve.run()} disabled=${approve.busy || !checks.ok}>${waiting ? "Approve and solve" : "Approve"}</button>`}
      <button type="button" class="primary" onClick=${solve.run} disabled=${!checks.ok || Boolean(open) || solve.busy}>${ended && !stale ? "Solve again" : "Solve this version"}</button></span></div>
    <${Fault} error=${solve.error || approve.error} />
    ${!editable && html`<${Note} tone="warn" title=${`This is version ${version}; the latest is ${latest}`}><button type="button" onClick=${() => onVersion(null)}>Show the latest</button><//>`}
    ${stale && editable && checks.ok && html`<${Note} tone="warn" title=${`The solution is of version ${ended.version}`}><p>Solve this version to see what changes.</p><//>`}
    <${Findings} checks=${checks} />
    ${formulation.assumptions.length > 0 && html`<section class="assumptions" aria-labelledby="assumptions"><h3 id="assumptions">Assumptions <span class="quiet-text">${SECTIONS.assumptions[1]}; are they right?</span></h3>
      ${formulation.assumptions.map((assumption, place) => html`<${AssumptionCard} key=${place} ...${shared} assumption=${assumption} name=${String(place + 1)} />`)}</section>`}
    ${ORDER.map((section) => html`<${Section} key=${section} ...${shared} section=${section} formulation=${formulation} latexOf=${latexOf} />`)}
    ${one.rendered && html`<details class="more"><summary>The whole as LaTeX</summary><pre class="code" tabindex="0" role="region" aria-label="LaTeX">${one.rendered.latex}</pre><${CopyButton} text=${one.rendered.latex} label="Copy LaTeX" /></details>`}
    ${one.rendered && editable && html`<${TextEditor} problem=${problem} version=${version} markdown=${one.rendered.markdown} onDone=${done} />`}
    <${Versions} problem=${problem} version=${version} latest=${latest} onVersion=${onVersion} />`;
}

function Section({ section, formulation, latexOf, ...shared }) {
  const elements = section === "objective" ? [formulation.objective] : formulation[section];
  const { editing, edit, problem, version, onDone, onLeave } = shared;
  const adding = editing?.section === section && editing.element === null;
  return html`<section aria-labelledby=${`head-${section}`}><div class="row spread">
      <h3 id=${`head-${section}`}>${SECTIONS[section][0]} <span class="quiet-text">${SECTIONS[section][1]}</span></h3>
      ${edit && section !== "objective" && html`<button type="button" class="quiet" onClick=${() => edit(section, null, "")}>Add a ${SINGULAR[section]}</button>`}</div>
    ${elements.length === 0 && !adding && html`<p class="quiet-text">None.</p>`}
    ${elements.map((element) => html`<${ElementCard} key=${element.name} ...${shared} section=${section} element=${element} latex=${latexOf(section, element.name)} />`)}
    ${adding && html`<${EditForm} problem=${problem} version=${version} section=${section} element=${null} onDone=${onDone} onLeave=${onLeave} />`}</section>`;
}

export function Findings({ checks }) {
  const errors = checks.findings.filter((one) => one.severity === "error");
  const rest = checks.findings.filter((one) => one.severity !== "error");
  return html`${errors.length > 0 && html`<${Note} tone="bad" title="It cannot be solved as it is"><ul>${errors.map((one) => html`<li>${one.text}</li>`)}</ul><//>`}
    ${rest.length > 0 && html`<${Note} tone="warn" title="Worth a look"><ul>${rest.map((one) => html`<li>${one.text}</li>`)}</ul><//>`}`;
}

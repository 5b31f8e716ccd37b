// Editing an element, or adding one: what would come of it is shown while it is typed, and kept as a new version.
import { post, useAction } from "../api.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Formula } from "../math.js";
import { Fault, Field } from "../parts.js";
import { SINGULAR } from "../words.js";
import { FIELDS, changedFields, textsOf } from "./fields.js";
import { Changes } from "./versions.js";

const PAUSE_MS = 350;
const MOST_FORMULAS = 4;

export function EditForm({ problem, version, section, element, onDone, onLeave }) {
  const before = useRef(textsOf(section, element)).current;
  const [texts, setTexts] = useState(before);
  const [name, setName] = useState(element?.name || "");
  const [preview, setPreview] = useState(null);
  const [fault, setFault] = useState(null);
  const form = useRef(null);
  const path = `/problems/${problem.id}/formulations/${version}/edits`;
  const named = section !== "objective" && section !== "assumptions";
  const operations = () => operationsOf(section, element, before, texts, named ? name.trim() : "");

  // Before it is painted: afterwards, what is typed already would go into another field.
  useLayoutEffect(() => form.current?.querySelector("input, textarea, select")?.focus(), []);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const wanted = operations();
        setPreview(wanted.length ? await post(path, { operations: wanted, preview: true }, { signal: stop.signal }) : null);
        setFault(null);
      } catch (wrong) {
        if (wrong.name !== "AbortError") setFault(wrong);
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [texts, name]);
  const save = useAction(async () => {
    const wanted = operations();
    if (wanted.length) await post(path, { operations: wanted, note: noteOf(section, element, name) });
    onDone();
  });
  const drop = useAction(async () => {
    await post(path, { operations: [{ op: "drop", section, name: element.name }], note: `${SINGULAR[section]} ${element.name} left out` });
    onDone();
  });
  const send = (event) => {
    event.preventDefault();
    save.run();
  };
  const key = (event) => {
    if (event.key === "Escape") onLeave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  };
  const title = element ? `Edit ${SINGULAR[section]} ${element.name}` : `New ${SINGULAR[section]}`;
  return html`<form class="panel-card editing" ref=${form} onSubmit=${send} onKeyDown=${key} aria-label=${title}>
    <h4>${title}</h4>
    <div class="grid">
      ${named && html`<${Field} label="Name" value=${name} onInput=${setName} spellcheck="false" required />`}
      ${FIELDS[section].map((field) => html`<${Field} key=${field.name} wide=${field.kind === "area"} label=${field.label} hint=${field.hint} kind=${field.kind} value=${texts[field.name]}
        spellcheck=${field.name === "description" || section === "assumptions" ? "true" : "false"} onInput=${(value) => setTexts({ ...texts, [field.name]: value })} />`)}
    </div>
    <div aria-live="polite">${fault ? html`<${Fault} error=${fault} />` : preview && html`<${Preview} preview=${preview} />`}</div>
    <div class="row"><button class="primary" type="submit" disabled=${save.busy}>Keep as a new version</button>
      <button type="button" onClick=${onLeave}>Leave it as it is</button>
      ${element && section !== "objective" && html`<button type="button" class="danger" onClick=${drop.run} disabled=${drop.busy}>Leave it out</button>`}</div>
    <${Fault} error=${save.error || drop.error} /></form>`;
}

function Preview({ preview }) {
  const errors = preview.checks.findings.filter((one) => one.severity === "error");
  return html`<div class=${`note ${errors.length ? "bad" : "good"}`}>
    <p><strong>${errors.length ? "It could not be solved like this" : `What would change (${preview.checks.class})`}</strong></p>
    ${preview.elements.slice(0, MOST_FORMULAS).map((one) => html`<${Formula} key=${`${one.section} ${one.name}`} latex=${one.latex} />`)}
    ${errors.length > 0 ? html`<ul>${errors.slice(0, 6).map((one) => html`<li>${one.text}</li>`)}</ul>` : html`<${Changes} elements=${preview.diff.elements} />`}</div>`;
}

function operationsOf(section, element, before, texts, name) {
  const fields = changedFields(section, before, texts);
  if (!element) {
    const ready = section === "assumptions" ? texts.text.trim() : name;
    const named = section === "assumptions" ? {} : { name };
    return ready ? [{ op: "add", section, element: { ...named, ...fields } }] : [];
  }
  const wanted = [];
  if (Object.keys(fields).length) wanted.push({ op: "change", section, name: section === "objective" ? "" : element.name, fields });
  if (name && name !== element.name) wanted.push({ op: "rename", name: element.name, to: name });
  return wanted;
}

function noteOf(section, element, name) {
  if (!element) return `${SINGULAR[section]} ${name} added`;
  return name && name !== element.name ? `${element.name} is now ${name}` : `${SINGULAR[section]} ${element.name} edited`;
}

// The whole formulation as Markdown text, to be edited: what is wrong is marked in its line while it is written.
import { post, useAction } from "../api.js";
import { Editor } from "../editor.js";
import { html, useEffect, useState } from "../html.js";
import { Fault, Field, Sign } from "../parts.js";
import { Changes } from "./versions.js";

const PAUSE_MS = 500;
const TONES = { error: "bad", warning: "warn", note: "calm" };
const NO_MARKS = [];

export function TextEditor({ problem, version, markdown, onDone }) {
  const [open, setOpen] = useState(false);
  return html`<details class="more" open=${open} onToggle=${(event) => setOpen(event.target.open)}><summary>The whole as text, to read or edit</summary>
    ${open && html`<${Writing} key=${version} problem=${problem} markdown=${markdown} onDone=${() => { setOpen(false); onDone(); }} />`}</details>`;
}

function Writing({ problem, markdown, onDone }) {
  const [text, setText] = useState(markdown);
  const [found, setFound] = useState(null);
  const [fault, setFault] = useState(null);
  const [goTo, setGoTo] = useState(null);
  const [plain, setPlain] = useState(false);
  const [round, setRound] = useState(0);
  const path = `/problems/${problem.id}/formulations`;
  const touched = text !== markdown;
  useEffect(() => {
    if (!touched) {
      setFound(null);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setFound(await post(`${path}/read`, { text }, { signal: stop.signal }));
        setFault(null);
      } catch (wrong) {
        if (wrong.name !== "AbortError") setFault(wrong);
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  const back = () => {
    setText(markdown);
    setRound(round + 1);
  };
  const save = useAction(async () => {
    await post(path, { text, note: "edited as text" });
    onDone();
  });
  const send = (event) => {
    event.preventDefault();
    if (touched && !save.busy) save.run();
  };
  const key = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event);
  const box = html`<${Field} label="The formulation as text" kind="area" rows=${18} value=${text} onInput=${setText} spellcheck="false" class="even" />`;
  return html`<form onSubmit=${send} onKeyDown=${key} class="writing">
    ${plain ? box : html`<${Editor} key=${round} text=${text} label="The formulation as text" language="markdown" onText=${setText} marks=${found?.findings || NO_MARKS} goTo=${goTo} fallback=${box} />`}
    <div aria-live="polite">${fault && html`<${Fault} error=${fault} />`}${found && html`<${Found} found=${found} onLine=${plain ? null : (line) => setGoTo({ line })} />`}</div>
    <div class="row"><button class="primary" type="submit" disabled=${!touched || save.busy}>Keep as a new version</button>
      <button type="button" disabled=${!touched} onClick=${back}>Back to how it was</button>
      <label><input type="checkbox" checked=${plain} onChange=${() => setPlain(!plain)} /> a plain box</label></div>
    <${Fault} error=${save.error} /></form>`;
}

function Found({ found, onLine }) {
  const errors = found.findings.filter((one) => one.severity === "error");
  const title = errors.length ? "It could not be solved like this" : `What would change${found.class ? ` (${found.class})` : ""}`;
  return html`<div class=${`note ${errors.length ? "bad" : "good"}`}><p><strong>${title}</strong></p>
    ${found.findings.length > 0 && html`<ul class="marks">${found.findings.slice(0, 20).map((one) => html`<li><${Sign} tone=${TONES[one.severity] || "calm"} />${" "}
      ${one.line && (onLine ? html`<button type="button" class="quiet" onClick=${() => onLine(one.line)}>line ${one.line}</button>` : html`<strong>line ${one.line}</strong>`)} ${one.text}</li>`)}</ul>`}
    ${errors.length === 0 && html`<${Changes} elements=${found.changes} />`}</div>`;
}

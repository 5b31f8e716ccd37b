// Small parts that every page uses: notes, empty and loading states, fields, tables, menus.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from "./html.js";
import { LLM_SAID, SIGN } from "./words.js";

export function Loading({ what = "Loading" }) {
  return html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${what} …</p>`;
}

export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children}</div>`;
}

const LONG_LINES = 24;
const END_LINES = 8;

/** What was said; of a long text the beginning and the end, since conclusions and doubts stand at the end. */
export function Said({ text, kind = "" }) {
  const [whole, setWhole] = useState(false);
  const lines = text.trim().split("\n");
  const left = lines.length - 2 * END_LINES;
  const few = lines.length <= LONG_LINES;
  const shown = few || whole ? [lines, []] : [lines.slice(0, END_LINES), lines.slice(-END_LINES)];
  const button = few ? null : html`<button type="button" class="quiet fold" aria-expanded=${whole ? "true" : "false"} onClick=${() => setWhole(!whole)}>${whole ? "Show fewer lines" : `Show ${left} more lines`}</button>`;
  return html`<p class=${`said ${kind}`}>${shown[0].join("\n")}${button}${shown[1].join("\n")}</p>`;
}

/** A message with a capital at its beginning; what does not begin with a word, such as a name in quotes, stays. */
const sentence = (text) => (/^[a-z]+[ ,;:]/.test(text || "") ? text[0].toUpperCase() + text.slice(1) : text);

/** What went wrong and what to do about it. */
export function Fault({ error, again }) {
  if (!error) return null;
  if (LLM_SAID[error.code]) return html`<${LlmFault} error=${error} again=${again} />`;
  // A refusal with one finding has it as its own words too.
  const told = `${error.message || error.detail}; ${error.mend}`;
  const more = [...(error.findings || []), ...(error.faults || [])].filter((one) => one.text !== told).slice(0, 12);
  return html`<div class="note bad" role="alert">
    <p><strong>${sentence(error.message || error.detail)}</strong></p>
    ${error.mend && html`<p>${sentence(error.mend)}</p>`}
    ${more.length > 0 && html`<ul>${more.map((one) => html`<li>${one.text || `${one.place}: ${one.message}`}</li>`)}</ul>`}
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

function LlmFault({ error, again }) {
  const [what, mend] = LLM_SAID[error.code];
  return html`<div class="note bad" role="alert"><p><strong>${what}</strong></p><p>${mend}</p>
    <details><summary>For whoever runs the LLM</summary><p>${error.message || error.detail}</p>${error.mend && html`<p>${sentence(error.mend)}</p>`}</details>
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}</div>`;
}

export function Note({ tone = "calm", title, children }) {
  return html`<div class=${`note ${tone}`} role=${tone === "bad" ? "alert" : undefined}>
    ${title && html`<p><strong><${Sign} tone=${tone} /> ${title}</strong></p>`}${children}
  </div>`;
}

/** A mark beside words: never a colour alone. */
export function Sign({ tone }) {
  return html`<span class=${`sign ${tone}`} aria-hidden="true">${SIGN[tone]}</span>`;
}

export function Chip({ tone = "calm", children }) {
  return html`<span class=${`chip ${tone}`}><${Sign} tone=${tone} />${children}</span>`;
}

/** An input with its label; `kind` is text, number, area or a list of choices. */
export function Field({ label, hint, value, onInput, kind = "text", rows = 2, wide = false, ...more }) {
  const id = useId();
  const shared = { id, value: value ?? "", onInput: (event) => onInput(event.target.value), "aria-describedby": hint ? `${id}-hint` : undefined, ...more };
  let input;
  if (Array.isArray(kind)) {
    input = html`<select ...${shared}>${kind.map(([name, words]) => html`<option value=${name} selected=${name === value}>${words}</option>`)}</select>`;
  } else if (kind === "area") {
    input = html`<textarea rows=${rows} ...${shared}></textarea>`;
  } else {
    input = html`<input type=${kind} ...${shared} />`;
  }
  return html`<div class=${wide ? "field wide" : "field"}><label for=${id}>${label}</label>${input}${hint && html`<small id=${`${id}-hint`}>${hint}</small>`}</div>`;
}

const MOST_ROWS = 120;
const STEP_ROWS = 20;
const ROW_PX = 34;

/**
 * A table that scrolls by itself; cells are texts or templates, columns of numbers stand to the right. Of many rows only
 * those near the ones in view are in the page, so that thousands are as quick as a few.
 */
export function Table({ label, columns, rows, numeric = [] }) {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(ROW_PX);
  const box = useRef(null);
  const side = (place) => (numeric.includes(place) ? "number" : undefined);
  const many = rows.length > MOST_ROWS;
  const first = many ? Math.min(top, rows.length - MOST_ROWS) : 0;
  const shown = many ? rows.slice(first, first + MOST_ROWS) : rows;
  useLayoutEffect(() => {
    if (!many) return;
    const there = box.current.querySelectorAll("tbody tr:not(.gap)");
    const all = there[there.length - 1].getBoundingClientRect().bottom - there[0].getBoundingClientRect().top;
    if (all > 0 && Math.abs(all / there.length - height) > 0.01) setHeight(all / there.length);
  }, [many, first, columns.length]);
  const scrolled = () => {
    const above = Math.floor(box.current.scrollTop / height) - MOST_ROWS / 3;
    setTop(Math.max(0, Math.floor(above / STEP_ROWS) * STEP_ROWS));
  };
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0" ref=${box} onScroll=${many ? scrolled : undefined}>
    <table aria-rowcount=${many ? rows.length + 1 : undefined}>
    <thead><tr>${columns.map((name, place) => html`<th scope="col" class=${side(place)}>${name}</th>`)}</tr></thead>
    <tbody>${many && html`<${Gap} rows=${first} height=${height} columns=${columns.length} />`}
      ${shown.map((row, at) => html`<tr aria-rowindex=${many ? first + at + 2 : undefined}>${row.map((cell, place) => html`<td class=${side(place)}>${cell}</td>`)}</tr>`)}
      ${many && html`<${Gap} rows=${rows.length - first - shown.length} height=${height} columns=${columns.length} />`}</tbody>
  </table></div>`;
}

/** The room of rows that are not in the page. */
function Gap({ rows, height, columns }) {
  return rows > 0 ? html`<tr class="gap" aria-hidden="true"><td colspan=${columns} style=${{ height: `${rows * height}px`, padding: 0 }}></td></tr>` : null;
}

/** A button that shows more: closes on Escape and when something else is chosen. */
export function Menu({ label, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => box.current?.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const key = (event) => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    button.current.focus();
  };
  return html`<div class="menu" ref=${box} onKeyDown=${key}>
    <button type="button" ref=${button} aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${label} ▾</button>
    ${open && html`<div class="menu-list" onClick=${() => setOpen(false)}>${children}</div>`}
  </div>`;
}

/** Seconds since something began, while it goes on. */
export function useClock(running) {
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

/** A text that is kept in this browser until it is sent. */
export function useDraft(name) {
  const key = `fivefold.draft.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  useEffect(() => setText(sessionStorage.getItem(key) ?? ""), [key]);
  const keep = (next) => {
    setText(next);
    if (next) sessionStorage.setItem(key, next);
    else sessionStorage.removeItem(key);
  };
  return [text, keep];
}

export function CopyButton({ text, label = "Copy" }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Not allowed; select the text instead");
    }
    setTimeout(() => setSaid(""), 2000);
  };
  return html`<button type="button" onClick=${copy}><span aria-live="polite">${said || label}</span></button>`;
}

/** Give a file to whoever looks at the page. */
export function take(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name.replace(/[^\w.-]+/g, "-") }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

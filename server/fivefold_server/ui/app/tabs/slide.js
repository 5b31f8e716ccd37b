// A number to slide: the best objective follows it, solved again each time, and the range in which its price holds is marked.
import { post, useLoad } from "../api.js";
import { html, useEffect, useId, useState } from "../html.js";
import { number } from "../words.js";

const TYPED_MS = 400;
const SLID_MS = 200;

/** @param {{path: string, asked: {kind: string, target: string, value: string}, change: string, unit: string}} what is different, and as text */
export function Slide({ path, asked, change, unit, onValue }) {
  const id = useId();
  const name = useSettled(asked.target.trim(), TYPED_MS);
  const settled = useSettled(change, SLID_MS);
  const found = useLoad((signal) => (name ? post(`${path}/slider`, { kind: asked.kind, name }, { signal }) : null), [path, asked.kind, name]);
  const solved = useLoad((signal) => (settled ? post(`${path}/what-if`, { changes: [{ kind: asked.kind, text: settled }] }, { signal }) : null), [path, asked.kind, settled]);
  if (!name) return null;
  if (found.error) return html`<p class="quiet-text wide">${found.error.message}${found.error.mend && `; ${found.error.mend}`}.</p>`;
  if (!found.data) return null;
  const { value, low, high, step, range } = found.data;
  const band = range ? [range.low, range.high] : [];
  return html`<div class="field wide slide">
    <label for=${id}>Slide it</label>
    <div class="row"><span class="quiet-text">${number(low)}</span>
      <input id=${id} type="range" min=${low} max=${high} step=${step} list=${`${id}-band`} aria-describedby=${`${id}-range`}
        value=${asked.value.trim() === "" ? value : asked.value} onInput=${(event) => onValue(event.target.value)} />
      <span class="quiet-text">${number(high)}</span></div>
    <datalist id=${`${id}-band`}>${band.filter((one) => one !== null).map((one) => html`<option value=${one}></option>`)}</datalist>
    <small id=${`${id}-range`}>${name} is ${number(value)}. ${range ? `From ${end(range.low)} to ${end(range.high)}: ${range.claim}.` : "No range can be claimed for it."}</small>
    <output for=${id} class="slid" aria-live="polite">${said({ settled, change, solved, unit, range, at: Number(asked.value) })}</output></div>`;
}

const end = (value) => (value === null ? "anything" : number(value));

/** What the number at which the slider stands comes to. */
function said({ settled, change, solved, unit, range, at }) {
  if (!change) return "";
  if (solved.error) return solved.error.message;
  if (settled !== change || solved.loading || !solved.data) return `${change}: solving …`;
  const { ok, after, difference } = solved.data;
  if (!ok || after.objective === null) return `${change}: no solution`;
  const beyond = range && ((range.low !== null && at < range.low) || (range.high !== null && at > range.high));
  const more = difference === 0 ? "the same" : `${difference > 0 ? "+" : "−"}${number(Math.abs(difference))}`;
  return `${change}: ${number(after.objective, unit)} (${more})${beyond ? ", beyond the range" : ""}`;
}

/** A text once it has not changed for a moment. */
function useSettled(text, wait) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), wait);
    return () => clearTimeout(timer);
  }, [text, wait]);
  return settled;
}

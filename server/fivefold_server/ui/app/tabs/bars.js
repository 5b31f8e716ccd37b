// A bar chart as SVG, drawn from a table that stands beside it.
import { html } from "../html.js";
import { number } from "../words.js";

const MOST = 40;
const ROW = 24;
const LABEL = 150;
const WIDTH = 640;
const ROOM = 90;

/** @param {{label: string, value: number}[]} entries */
export function Bars({ entries, title, unit }) {
  const shown = entries.slice(0, MOST);
  const low = Math.min(0, ...shown.map((one) => one.value));
  const high = Math.max(0, ...shown.map((one) => one.value));
  if (shown.length < 2 || low === high) return null;
  const scale = (WIDTH - LABEL - ROOM) / (high - low);
  const zero = LABEL - low * scale;
  const height = shown.length * ROW + 8;
  const longest = shown.reduce((best, one) => (Math.abs(one.value) > Math.abs(best.value) ? one : best));
  const summary = `Bar chart of ${title}: ${shown.length} bars, the largest is ${longest.label} with ${number(longest.value, unit)}. The table has all values.`;
  return html`<figure class="bars"><svg viewBox=${`0 0 ${WIDTH} ${height}`} role="img" aria-label=${summary}>
    ${shown.map((one, place) => {
      const y = 4 + place * ROW;
      const long = Math.abs(one.value) * scale;
      const x = one.value < 0 ? zero - long : zero;
      return html`<g key=${one.label}><text x=${LABEL - 8} y=${y + 16} class="bar-label">${short(one.label)}</text>
        <rect class="bar" x=${x} y=${y + 3} width=${Math.max(long, 1)} height=${ROW - 8} rx="2"><title>${one.label}: ${number(one.value, unit)}</title></rect>
        <text x=${(one.value < 0 ? zero : x + long) + 6} y=${y + 16} class="bar-value">${number(one.value)}</text></g>`;
    })}
    <line class="axis" x1=${zero} x2=${zero} y1="0" y2=${height} /></svg>
    <figcaption>${title}${unit ? ` in ${unit}` : ""}${entries.length > MOST ? `: the first ${MOST} of ${entries.length}` : ""}</figcaption></figure>`;
}

const short = (label) => (label.length > 22 ? `${label.slice(0, 21)}…` : label);

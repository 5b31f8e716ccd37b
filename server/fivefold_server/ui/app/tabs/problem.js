// The problem as it was said, with the words marked that elements of the formulation come from.
import { html, useMemo, useState } from "../html.js";
import { Empty, Note } from "../parts.js";
import { widthOf } from "../words.js";

export function ProblemTab({ whole, content }) {
  const [lit, setLit] = useState(null);
  const said = whole.messages.filter((message) => message.role === "user");
  const quotes = useMemo(() => quotesOf(content.data?.formulation), [content.data]);
  if (!said.length) return html`<${Empty} title="Nothing was said yet"><p>Say in the conversation what is to be decided.</p><//>`;
  const parts = said.map((message) => marked(message.text.trim(), quotes));
  const widths = said.map((message) => widthOf(message.text));
  const names = [...new Set(quotes.flatMap((quote) => quote.names))];
  const unused = content.data ? parts.flatMap(unusedOf).slice(0, 12) : [];
  return html`<h2>The problem in your words</h2>
    ${names.length > 0 && html`<p class="quiet-text">Marked words are where elements of the formulation come from.</p>
      <p class="row">${names.map((name) => html`<button type="button" class="tag" aria-pressed=${lit === name ? "true" : "false"} onMouseEnter=${() => setLit(name)} onMouseLeave=${() => setLit(null)}
        onFocus=${() => setLit(name)} onBlur=${() => setLit(null)}>${name}</button>`)}</p>`}
    ${parts.map((pieces, place) => html`<p class=${`story ${widths[place]}`}>${pieces.map((piece) =>
      piece.names ? html`<mark class=${piece.names.includes(lit) ? "lit" : ""} title=${piece.names.join(", ")}>${piece.text}</mark>` : piece.text)}</p>`)}
    ${unused.length > 0 && names.length > 0 && html`<${Note} title="No element quotes these sentences. Is that right?"><ul>${unused.map((text) => html`<li>${text}</li>`)}</ul><//>`}`;
}

/** Each quote with the names of the elements that stand on it. */
export function quotesOf(formulation) {
  if (!formulation) return [];
  const found = new Map();
  const all = [...formulation.sets, ...formulation.parameters, ...formulation.variables, formulation.objective, ...formulation.constraints];
  for (const element of all) {
    const quote = element.source?.kind === "stated" ? element.source.quote.trim() : "";
    if (quote) found.set(quote, [...(found.get(quote) || []), element.name]);
  }
  return [...found].map(([quote, names]) => ({ quote, names }));
}

/** The text in pieces: those that a quote covers carry the names of its elements. */
export function marked(text, quotes) {
  const cover = Array.from({ length: text.length }, () => null);
  for (const { quote, names } of quotes) {
    const words = quote.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const found = new RegExp(words.join("\\s+"), "i").exec(text);
    if (!found) continue;
    for (let place = found.index; place < found.index + found[0].length; place += 1) cover[place] = [...(cover[place] || []), ...names];
  }
  const pieces = [];
  for (let place = 0; place < text.length; place += 1) {
    const key = cover[place]?.join() ?? "";
    const last = pieces.at(-1);
    if (last && last.key === key) last.text += text[place];
    else pieces.push({ key, names: cover[place], text: text[place] });
  }
  return pieces;
}

/** Sentences of which no word is quoted. */
function unusedOf(pieces) {
  const free = pieces.map((piece) => (piece.names ? "\u0000" : piece.text)).join("");
  return free.split(/(?<=[.?!])\s+/).map((one) => one.trim()).filter((one) => one.length > 12 && !one.includes("\u0000"));
}

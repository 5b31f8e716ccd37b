// A chart with its name, the reason for its kind, the table behind it, other kinds, and pictures to take away.
import { get, useAction } from "./api.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { Fault, Field, Table, take } from "./parts.js";
import { number, plural } from "./words.js";
import { draw } from "./vega.js";

const KINDS = { bar: "bar chart", line: "line chart", heat: "heat map", network: "network", gantt: "Gantt chart" };
const SHARP = 2;

export function Chart({ run, chart }) {
  const [other, setOther] = useState(null);
  const change = useAction(async (kind) => {
    const found = await get(`/runs/${run}/charts?name=${encodeURIComponent(chart.name)}&kind=${kind}`);
    setOther(found.charts[0] || null);
  });
  const shown = other || chart;
  const view = useRef(null);
  return html`<figure class="chart" data-kind=${shown.kind}>
    <${Drawing} chart=${shown} onView=${(one) => { view.current = one; }} />
    <figcaption><span>${sentence(shown.title)}: ${KINDS[shown.kind]}, because ${shown.reason}.${shown.left_out > 0 ? ` ${plural(shown.left_out, "entry is", "entries are")} not drawn.` : ""}</span></figcaption>
    <div class="row chart-tools">
      ${chart.kinds.length > 1 && html`<${Field} label="Drawn as" kind=${chart.kinds.map((kind) => [kind, KINDS[kind]])} value=${shown.kind} onInput=${change.run} />`}
      <${Pictures} chart=${shown} view=${view} />
    </div>
    <${Fault} error=${change.error} />
    <details><summary>The chart as a table</summary>
      <${Table} label=${`Table of the chart ${shown.title}`} columns=${shown.columns} numeric=${numericOf(shown)} rows=${shown.rows.map((row) => row.map((cell) => (typeof cell === "number" ? number(cell) : cell)))} /></details>
  </figure>`;
}

/** The drawing itself; it follows the width of its place and the colours of the page. */
function Drawing({ chart, onView }) {
  const place = useRef(null);
  const [fault, setFault] = useState("");
  const scheme = useScheme();
  useEffect(() => {
    const node = place.current; // a chart may be ready when its place has left the page
    let gone = false;
    let view = null;
    let begun = false;
    const fit = () => {
      const width = node.clientWidth || 0;
      if (!width || gone) return;
      if (view && chart.spec.width === "container") view.width(width).runAsync();
      if (begun) return;
      begun = true;
      draw(chart.spec, node).then((made) => {
        if (gone) {
          made.finalize();
          return;
        }
        view = made;
        onView(made);
        node.dataset.drawn = chart.kind;
      }, (wrong) => gone || setFault(String(wrong.message || wrong)));
    };
    setFault("");
    const watch = new ResizeObserver(fit);
    watch.observe(node);
    return () => {
      gone = true;
      watch.disconnect();
      view?.finalize();
      onView(null);
      node.replaceChildren();
    };
  }, [chart, scheme]);
  return html`<div class="drawing" role="img" aria-label=${`${chart.summary} The table below has the same.`} ref=${place}></div>
    ${fault && html`<p class="quiet-text">The chart cannot be drawn (${fault}); the table has the same.</p>`}`;
}

function Pictures({ chart, view }) {
  const save = useAction(async (kind) => {
    if (kind === "json") return take(new Blob([JSON.stringify(chart.spec, null, 2)], { type: "application/json" }), `${chart.name}.vl.json`);
    if (!view.current) return undefined;
    if (kind === "svg") return take(new Blob([await view.current.toSVG()], { type: "image/svg+xml" }), `${chart.name}.svg`);
    const canvas = await view.current.toCanvas(SHARP);
    return take(await new Promise((done) => canvas.toBlob(done)), `${chart.name}.png`);
  });
  const words = [["svg", "SVG"], ["png", "PNG"], ["json", "Vega-Lite"]];
  return html`<span class="row" role="group" aria-label=${`Take away the chart ${chart.title}`}>${words.map(([kind, word]) =>
    html`<button type="button" class="quiet" onClick=${() => save.run(kind)}>${word}</button>`)}</span><${Fault} error=${save.error} />`;
}

/** Changes when the page turns light or dark, so that drawings are made again. */
function useScheme() {
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const turned = () => setScheme((count) => count + 1);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const watch = new MutationObserver(turned);
    watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", turned);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", turned);
    };
  }, []);
  return scheme;
}

const numericOf = (chart) => chart.columns.map((_, place) => place).filter((place) => chart.rows.length > 0 && chart.rows.every((row) => typeof row[place] === "number"));
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

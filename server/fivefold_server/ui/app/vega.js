// Vega-Lite without eval and without a network: specifications become drawings in the page's own colours.
const NAMES = ["ink", "quiet", "line", "surface", "accent", "accent-soft", "accent-ink"];
// Colours of series and groups that stand out from the page, and from each other also in grey.
const SERIES = {
  light: ["#2450b8", "#b4540a", "#17693a", "#8a2f8a", "#a61b1b", "#0f6f7c", "#6b5d00", "#55607a", "#b03a6f", "#3f7a1f"],
  dark: ["#9ab8ff", "#f0a867", "#7fd6a0", "#e29be2", "#ff9d96", "#74d3e0", "#dccb5e", "#b3bdd1", "#f39abf", "#a9dd84"],
};
const FONT = "system-ui, sans-serif";
// Nothing is loaded by a chart: its data is in its specification.
const SHUT = {
  load: () => Promise.reject(new Error("charts load nothing")),
  sanitize: () => Promise.reject(new Error("charts load nothing")),
};
let loading = null;

function load() {
  loading ??= import("../vendor/vega/vega.min.js").then(async () => {
    const [{ expressionInterpreter }] = await Promise.all([import("../vendor/vega-interpreter/vega-interpreter.js"), import("../vendor/vega-lite/vega-lite.min.js")]);
    return { vega: globalThis.vega, lite: globalThis.vegaLite, expressionInterpreter };
  });
  return loading;
}

/** Draw a specification into a place; returns the view, to be finished when the place goes. */
export async function draw(spec, place) {
  const { vega, lite, expressionInterpreter } = await load();
  const colours = coloursAt(place);
  const known = { ink: colours.ink, over: colours["accent-ink"] };
  const params = (spec.params || []).map((one) => (one.name in known ? { ...one, value: known[one.name] } : one));
  const compiled = lite.compile({ ...spec, params, config: config(colours) }, { logger: vega.logger(vega.Error) }).spec;
  const runtime = vega.parse(compiled, null, { ast: true });
  // Vega names its place and all marks in it; ours has a name already, and a table beside it.
  const container = place.appendChild(place.ownerDocument.createElement("div"));
  container.setAttribute("aria-hidden", "true");
  const view = new vega.View(runtime, { expr: expressionInterpreter, loader: SHUT, logger: vega.logger(vega.Error), renderer: "svg", container, hover: true });
  await view.runAsync();
  return view;
}

/** Colours as they are just now: names of style sheets mean nothing inside a drawing. */
function coloursAt(place) {
  const probe = place.ownerDocument.createElement("span");
  probe.hidden = true;
  place.append(probe);
  const found = Object.fromEntries(NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return found;
}

function config(colours) {
  const words = { labelColor: colours.ink, titleColor: colours.quiet, labelFontSize: 13, titleFontSize: 13, titleFontWeight: "normal" };
  return {
    aria: false,
    background: colours.surface,
    font: FONT,
    padding: 10,
    axis: { ...words, domainColor: colours.quiet, gridColor: colours.line, tickColor: colours.quiet },
    header: { ...words },
    legend: { ...words },
    view: { stroke: null },
    text: { color: colours.ink, fontSize: 13 },
    bar: { color: colours.accent },
    rule: { color: colours.accent },
    circle: { color: colours.accent },
    line: { color: colours.accent, strokeWidth: 2.5 },
    point: { color: colours.accent, size: 50, filled: true },
    range: {
      category: SERIES[isDark(colours.surface) ? "dark" : "light"],
      heatmap: [colours["accent-soft"], colours.accent], ramp: [colours["accent-soft"], colours.accent],
    },
  };
}

const isDark = (colour) => (colour.match(/\d+/g) || []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 384;

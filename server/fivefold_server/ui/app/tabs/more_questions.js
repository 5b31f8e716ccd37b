// Other questions about the best solution: what else is as good, the trade-off against another goal, which number it takes.
import { post, useAction } from "../api.js";
import { Chart } from "../chart.js";
import { html, useState } from "../html.js";
import { Fault, Field, Note, Table } from "../parts.js";
import { number } from "../words.js";

const OTHERS = [["next", "The next best"], ["diverse", "Ones that differ a lot"], ["freedom", "The room of each decision"]];
const SENSES = [["maximize", "more is better"], ["minimize", "less is better"]];
const GOALS = [["at_least", "at least"], ["at_most", "at most"]];

/** The same for each question: a form, an answer in words, and what stands behind it. */
function Asking({ title, path, body, ready, children, answer }) {
  const [reply, setReply] = useState(null);
  const ask = useAction(async () => setReply(await post(path, body)));
  const send = (event) => {
    event.preventDefault();
    if (ready) ask.run();
  };
  return html`<form class="panel-card" onSubmit=${send} aria-label=${title}><h4>${title}</h4><div class="grid">${children}</div>
      <button class="primary" type="submit" disabled=${!ready || ask.busy}>${ask.busy ? "Solving …" : "Solve"}</button>
      <${Fault} error=${ask.error} /></form>
    <div aria-live="polite">${reply && html`<div class="panel-card" role="region" aria-label=${`Answer: ${title}`}>${reply.ok ? answer(reply) : html`<${Note} tone="warn"><p class="said">${reply.text}</p><//>`}</div>`}</div>`;
}

export function Alternatives({ path, formulation }) {
  const [kind, setKind] = useState("next");
  const [within, setWithin] = useState("");
  const loss = within.trim() === "" ? null : Number(within) / 100;
  const ready = loss === null || (Number.isFinite(loss) && loss >= 0);
  const unit = formulation.objective.unit;
  return html`<${Asking} title="What else is as good?" path=${`${path}/alternatives`} body=${{ kind, count: 5, within: loss }} ready=${ready}
      answer=${(reply) => (reply.freedom ? html`<${Freedom} rooms=${reply.freedom} />` : html`<${Others} reply=${reply} unit=${unit} />`)}>
    <${Field} label="Solutions" kind=${OTHERS} value=${kind} onInput=${setKind} />
    <${Field} label="Loss, at most" hint="percent of the best objective; empty for as usual" kind="number" min="0" step="any" value=${within} onInput=${setWithin} /><//>`;
}

function Others({ reply, unit }) {
  if (!reply.alternatives.length) return html`<p class="said">${reply.text}</p>`;
  const changed = (change) => `${change.name}${change.key.length ? `[${change.key.join(", ")}]` : ""}: ${number(change.before)} → ${number(change.after)}`;
  return html`<${Table} label="Other solutions" columns=${["", "Objective", "What differs from the best one"]} numeric=${[1]}
      rows=${[["the best", number(reply.solved.objective, unit), ""], ...reply.alternatives.map((one, place) => [String(place + 1), number(one.objective, unit), one.changes.slice(0, 12).map(changed).join("; ") + (one.changes.length > 12 ? "; …" : "")])]} />
    <p class="quiet-text">${reply.how}${reply.complete ? " There are no others of this kind." : ""}</p>`;
}

function Freedom({ rooms }) {
  const rows = rooms.map((one) => [html`<code>${one.name}</code>`, number(one.at), number(one.low), number(one.high), one.low === one.high ? "settled" : one.proven ? "" : "not proven"]);
  return html`<${Table} label="Room of each decision" columns=${["Decision", "Is", "Least", "Most", ""]} numeric=${[1, 2, 3]} rows=${rows} />
    <p class="quiet-text">What each decision can be by itself while the objective stays as good as you allow.</p>`;
}

export function TradeOff({ path, formulation }) {
  const [asked, setAsked] = useState({ sense: "maximize", expression: "", name: "" });
  const set = (part) => (value) => setAsked({ ...asked, [part]: value });
  const body = { sense: asked.sense, expression: asked.expression.trim(), name: asked.name.trim() || "second", points: 7 };
  const example = formulation.variables[0]?.name || "x";
  return html`<${Asking} title="What is the trade-off against another goal?" path=${`${path}/pareto`} body=${body} ready=${Boolean(body.expression)}
      answer=${(reply) => html`${reply.chart && html`<${Chart} chart=${reply.chart} />`}
        ${!reply.chart && html`<${Table} label="Points of the trade-off" columns=${reply.names} numeric=${[0, 1]} rows=${reply.points.map((one) => [number(one.first), number(one.second)])} />`}
        <p class="quiet-text">${reply.how}</p>`}>
    <${Field} label="The other goal" hint=${`an expression such as ${formulation.variables.length > 1 && !formulation.variables[0].index?.length ? `${example} + ${formulation.variables[1].name}` : example}`} value=${asked.expression} onInput=${set("expression")} spellcheck="false" />
    <${Field} label="Which way" kind=${SENSES} value=${asked.sense} onInput=${set("sense")} />
    <${Field} label="Call it" value=${asked.name} onInput=${set("name")} /><//>`;
}

export function GoalSeek({ path, formulation }) {
  const [asked, setAsked] = useState({ parameter: "", low: "", high: "", bound: "at_least", target: "" });
  const set = (part) => (value) => setAsked({ ...asked, [part]: value });
  if (!formulation.parameters.length) return html`<${Note} title="There is no parameter to vary"><p>The numbers of this formulation stand in its expressions. Give a number a name under Formulation, Parameters, and use the name.</p><//>`;
  const numbers = ["low", "high", "target"].map((part) => asked[part].trim());
  const ready = asked.parameter.trim() && numbers.every((text) => text !== "" && Number.isFinite(Number(text)));
  const [low, high, target] = numbers.map(Number);
  const body = { parameter: asked.parameter.trim(), low, high, [asked.bound]: target };
  return html`<${Asking} title="What must a number be?" path=${`${path}/goal-seek`} body=${body} ready=${Boolean(ready)}
      answer=${(reply) => html`<p class="said">${reply.text}</p>${reply.chart && html`<${Chart} chart=${reply.chart} />`}`}>
    <${Field} label="Parameter or entry" hint=${`such as ${formulation.parameters[0].name}`} value=${asked.parameter} onInput=${set("parameter")} spellcheck="false" />
    <${Field} label="From" kind="number" step="any" value=${asked.low} onInput=${set("low")} /><${Field} label="To" kind="number" step="any" value=${asked.high} onInput=${set("high")} />
    <${Field} label="The objective is to be" kind=${GOALS} value=${asked.bound} onInput=${set("bound")} /><${Field} label="Target" kind="number" step="any" value=${asked.target} onInput=${set("target")} /><//>`;
}

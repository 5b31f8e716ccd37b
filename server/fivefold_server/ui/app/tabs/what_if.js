// What changes if something else changes: solved before and after, and kept side by side as scenarios.
import { post, useAction } from "../api.js";
import { html, useState } from "../html.js";
import { NoVersion } from "../no_version.js";
import { Chip, Empty, Fault, Field, Loading, Note, Table } from "../parts.js";
import { number } from "../words.js";
import { Bars } from "./bars.js";
import { Clash } from "./clash.js";
import { LIMITED } from "./limits.js";
import { Alternatives, GoalSeek, TradeOff } from "./more_questions.js";
import { Slide } from "./slide.js";

const KINDS = [
  ["set", "A number is another"], ["limit", "A constraint has another limit"], ["scale", "A number grows or shrinks"], ["drop", "Without a constraint"], ["add", "With one more constraint"],
  ["why-not", "Why not decide otherwise?"], ["bound", "A decision has other bounds"], ["domain", "A decision is of another kind"],
];
const SLID = new Set(["set", "limit"]);
const DOMAINS = [["continuous", "any number"], ["integer", "whole numbers"], ["binary", "0 or 1"]];

const QUESTIONS = [["what-if", "What if …"], ["alternatives", "What else?"], ["trade-off", "Trade-off"], ["goal", "Which number?"]];
const OTHER = { alternatives: Alternatives, "trade-off": TradeOff, goal: GoalSeek };

/** Every question that is answered by solving again, one kind at a time. */
export function WhatIfTab({ problem, version, content, open }) {
  const [question, setQuestion] = useState("what-if");
  if (!version) return html`<${NoVersion} open=${open} what="Questions about other cases" />`;
  if (!content.data) return html`<${Loading} />`;
  if (!content.data.checks.ok) return html`<${Note} tone="warn" title="This version cannot be solved"><p>Mend the formulation first.</p><//>`;
  const Other = OTHER[question];
  return html`<div class="row spread"><h2>What if …</h2><div class="switch always" role="group" aria-label="Question">${QUESTIONS.map(([name, words]) =>
      html`<button type="button" aria-pressed=${question === name ? "true" : "false"} onClick=${() => setQuestion(name)}>${words}</button>`)}</div></div>
    ${Other
      ? html`<${Other} key=${`${question}-${version}`} path=${`/problems/${problem.id}/formulations/${version}`} formulation=${content.data.formulation} />`
      : html`<${Scenarios} problem=${problem} version=${version} formulation=${content.data.formulation} />`}`;
}

function Scenarios({ problem, version, formulation }) {
  const [scenarios, setScenarios] = useScenarios(problem.id);
  const [asked, setAsked] = useState({ kind: formulation.parameters.length ? "set" : "limit", target: "", value: "" });
  const path = `/problems/${problem.id}/formulations/${version}`;
  const ask = useAction(async () => {
    const text = textOf(asked);
    const reply = asked.kind === "why-not" ? await post(`${path}/why-not`, { decisions: [text] }) : await post(`${path}/what-if`, { changes: [{ kind: asked.kind, text }] });
    setScenarios([{ id: Date.now(), version, title: titleOf(asked, text), reply: brief(reply) }, ...scenarios].slice(0, 30));
  });
  const send = (event) => {
    event.preventDefault();
    ask.run();
  };
  const solved = scenarios.filter((one) => one.reply.ok);
  const base = solved[0]?.reply.before.objective;
  const unit = formulation.objective.unit;
  return html`<form class="panel-card" onSubmit=${send} aria-label="Ask what if"><div class="grid">
        <${Field} label="What is different" kind=${KINDS} value=${asked.kind} onInput=${(kind) => setAsked({ kind, target: "", value: "" })} />
        <${Inputs} formulation=${formulation} asked=${asked} onAsked=${setAsked} />
        ${SLID.has(asked.kind) && html`<${Slide} path=${path} asked=${asked} change=${textOf(asked)} unit=${unit} onValue=${(value) => setAsked({ ...asked, value })} />`}</div>
      <button class="primary" type="submit" disabled=${ask.busy || !textOf(asked)}>${ask.busy ? "Solving …" : "Solve both and compare"}</button>
      <${Fault} error=${ask.error} /></form>
    ${scenarios.length === 0 && html`<${Empty} title="No scenario yet"><p>Each question is solved before and after the change; nothing is guessed, and the formulation stays as it is.</p><//>`}
    ${solved.length > 0 && html`<h3>Side by side</h3><${Table} label="Scenarios" columns=${["Scenario", "Version", "Objective", "Difference"]} numeric=${[1, 2, 3]}
      rows=${[["as it is", "", number(base), ""], ...solved.map((one) => [one.title, one.version, number(one.reply.after.objective), number(one.reply.difference)])]} />
      <${Bars} title="objective" unit=${unit} entries=${[{ label: "as it is", value: base }, ...solved.map((one) => ({ label: one.title, value: one.reply.after.objective }))]} />`}
    ${scenarios.map((one) => html`<${Scenario} key=${one.id} one=${one} formulation=${formulation} onGone=${() => setScenarios(scenarios.filter((other) => other !== one))} />`)}`;
}

/** The inputs that a kind of change needs. */
function Inputs({ formulation, asked, onAsked }) {
  const named = (elements) => [["", "choose …"], ...elements.map((one) => [one.name, one.description ? `${one.name}: ${one.description}`.slice(0, 80) : one.name])];
  const target = (label, elements) => html`<${Field} label=${label} kind=${named(elements)} value=${asked.target} onInput=${(value) => onAsked({ ...asked, target: value })} />`;
  const value = (label, hint, kind) => html`<${Field} label=${label} hint=${hint} kind=${kind} value=${asked.value} spellcheck="false" onInput=${(text) => onAsked({ ...asked, value: text })} />`;
  switch (asked.kind) {
    case "set":
      if (!formulation.parameters.length) return html`<p class="quiet-text">The numbers of this formulation stand in its expressions. Leave a constraint out, or add one, to see what changes.</p>`;
      return html`<${Entry} formulation=${formulation} asked=${asked} onAsked=${onAsked} />${value("New value", "a number")}`;
    case "scale":
      if (!formulation.parameters.length) return html`<p class="quiet-text">This formulation has no parameters to scale.</p>`;
      return html`<${Entry} formulation=${formulation} asked=${asked} onAsked=${onAsked} />${value("To how much", "such as 110%")}`;
    case "limit": {
      const limited = formulation.constraints.filter((one) => LIMITED.test(one.expression));
      if (!limited.length) return html`<p class="quiet-text">No constraint of this formulation has a number alone on its right side.</p>`;
      return html`${target("Constraint", limited)}${value("New limit", "a number")}`;
    }
    case "drop":
      return target("Constraint", formulation.constraints);
    case "domain":
      return html`${target("Decision", formulation.variables)}${value("May be", undefined, [["", "choose …"], ...DOMAINS])}`;
    case "bound":
      return value("Bound", `such as ${formulation.variables[0]?.name || "x"} <= 20`);
    case "why-not":
      return value("Decision", `such as ${formulation.variables[0]?.name || "x"} = 1`);
    default:
      return value("Constraint", `such as ${formulation.variables[0]?.name || "x"} >= 3`);
  }
}

function Entry({ formulation, asked, onAsked }) {
  const example = formulation.parameters.map((one) => one.name);
  const indexed = formulation.parameters.find((one) => one.index?.length);
  const entry = indexed && `${indexed.name}[${indexed.index.map((range) => exampleOf(range, formulation.sets)).join(",")}]`;
  return html`<div class="field"><label for="entry">Parameter or entry</label>
    <input id="entry" list="entries" spellcheck="false" value=${asked.target} onInput=${(event) => onAsked({ ...asked, target: event.target.value })} aria-describedby="entry-hint" />
    <datalist id="entries">${example.map((name) => html`<option value=${name}></option>`)}</datalist><small id="entry-hint">such as ${example[0]}${entry ? `, or one entry: ${entry}` : ""}</small></div>`;
}

/** An element of the set that an index like `i in I` runs over. */
function exampleOf(range, sets) {
  const name = range.split(" in ").at(-1).trim();
  return sets.find((one) => one.name === name)?.elements?.[0] ?? "…";
}

function Scenario({ one, formulation, onGone }) {
  const { reply } = one;
  const tone = !reply.ok ? "warn" : reply.better ? "good" : "calm";
  return html`<article class="panel-card" aria-label=${one.title}><div class="row spread"><h4>${one.title}</h4><span class="row">
      <${Chip} tone=${tone}>${!reply.ok ? "no solution" : reply.difference === null ? "solved" : reply.better === null ? "the same" : reply.better ? "better" : "worse"}<//>
      <button type="button" class="quiet" aria-label=${`Remove ${one.title}`} onClick=${onGone}>Remove</button></span></div>
    ${reply.conflict
      ? html`<p>With this change there is no solution.</p><${Clash} conflict=${reply.conflict} formulation=${formulation} /><details><summary>How this was found</summary><p class="said">${reply.text}</p></details>`
      : html`<p class="said">${reply.text}</p>`}
    ${reply.changes.length > 0 && html`<${Table} label=${`Decisions that change: ${one.title}`} columns=${["Decision", "Before", "After"]} numeric=${[1, 2]}
      rows=${reply.changes.map((change) => [change.name + (change.key.length ? `[${change.key.join(", ")}]` : ""), number(change.before), number(change.after)])} />`}</article>`;
}

function textOf({ kind, target, value }) {
  if (kind === "drop") return target;
  if (["set", "limit", "scale", "domain"].includes(kind)) return target.trim() && value.trim() ? `${target.trim()}=${value.trim()}` : "";
  return value.trim();
}

function titleOf(asked, text) {
  return { set: text, limit: text, scale: text, drop: `without ${text}`, add: `with ${text}`, "why-not": `decide ${text}`, bound: text, domain: text }[asked.kind];
}

/** What is kept of a reply in the browser. */
const brief = ({ ok, text, before, after, difference, better, changes, conflict }) => ({
  ok, text, before, after, difference, better, changes: changes.slice(0, 100),
  conflict: conflict?.clauses.length ? { clauses: conflict.clauses.slice(0, 100) } : null,
});

/** Scenarios of a problem, kept in this browser until it is closed. */
function useScenarios(id) {
  const key = `fivefold.scenarios.${id}`;
  const [scenarios, set] = useState(() => JSON.parse(sessionStorage.getItem(key) || "[]"));
  const keep = (next) => {
    set(next);
    sessionStorage.setItem(key, JSON.stringify(next));
  };
  return [scenarios, keep];
}

// The reference for programs: what openapi.json says, by subject, with fields, limits and answers; it needs no other host.
import { html, render, useEffect, useMemo, useState } from "./html.js";
import { Empty, Fault, Field, Loading, Table } from "./parts.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const LIMITS = { minimum: "≥", exclusiveMinimum: ">", maximum: "≤", exclusiveMaximum: "<", minLength: "characters ≥", maxLength: "characters ≤", minItems: "entries ≥", maxItems: "entries ≤" };

function Reference() {
  const [document, setDocument] = useState(null);
  const [error, setError] = useState(null);
  const [search, setSearch] = useState("");
  useEffect(() => {
    fetch("/openapi.json").then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`the server answered ${answer.status}`)))).then(setDocument, setError);
  }, []);
  const operations = useMemo(() => (document ? operationsOf(document) : []), [document]);
  if (error) return html`<main class="reference"><h1>Fivefold for programs</h1><${Fault} error=${error} /></main>`;
  if (!document) return html`<main class="reference"><h1>Fivefold for programs</h1><${Loading} /></main>`;
  const wanted = search.trim().toLowerCase();
  const found = operations.filter((one) => `${one.method} ${one.path} ${one.summary}`.toLowerCase().includes(wanted));
  const subjects = [...new Set(found.map((one) => one.subject))];
  const shapes = Object.entries(document.components?.schemas || {}).toSorted(([a], [b]) => a.localeCompare(b));
  return html`<main class="reference"><header><h1>${document.info.title} for programs</h1>
      ${paragraphs(document.info.description)}
      <p class="quiet-text">Version ${document.info.version}. For generators of clients: <a href="/openapi.json">openapi.json</a>. <a href="/">To the pages</a></p>
      <${Field} label="Search" kind="search" value=${search} onInput=${setSearch} />
      <nav aria-label="Subjects"><ul>${subjects.map((name) => html`<li><a href=${`#${name}`}>${name}</a></li>`)}<li><a href="#shapes">shapes</a></li></ul></nav></header>
    <p class="visually-hidden" role="status">${`${found.length} operations`}</p>
    ${found.length === 0 && html`<${Empty} title="Nothing is called so" />`}
    ${subjects.map((name) => html`<section key=${name} aria-labelledby=${name}><h2 id=${name}>${name}</h2>
      ${found.filter((one) => one.subject === name).map((one) => html`<${Operation} key=${`${one.method} ${one.path}`} one=${one} />`)}</section>`)}
    <section aria-labelledby="shapes"><h2 id="shapes">shapes</h2>
      ${shapes.map(([name, shape]) => html`<${Shape} key=${name} name=${name} shape=${shape} />`)}</section></main>`;
}

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) => METHODS.filter((method) => methods[method]).map((method) => {
    const told = methods[method];
    return { path, method, told, subject: told.tags?.[0] || "other", summary: told.summary || "" };
  }));
}

function Operation({ one }) {
  const [open, setOpen] = useState(false);
  return html`<details class="operation" onToggle=${(event) => setOpen(event.target.open)}>
    <summary><span class="method">${one.method.toUpperCase()}</span><code>${one.path}</code><span class="quiet-text">${one.summary}</span></summary>
    ${open && html`<${Inside} told=${one.told} />`}</details>`;
}

function Inside({ told }) {
  const parameters = told.parameters || [];
  const bodies = Object.entries(told.requestBody?.content || {});
  const rows = parameters.map((one) => [html`<code>${one.name}</code>`, one.in, typeOf(one.schema), one.required ? "yes" : "", meaning(one.schema, one.description)]);
  const answers = Object.entries(told.responses || {}).map(([status, one]) => [status, one.description, kinds(one.content)]);
  return html`<div class="inside">${paragraphs(told.description)}
    ${rows.length > 0 && html`<h3>Parameters</h3><${Table} label="Parameters" columns=${["Name", "In", "Kind", "Needed", "Meaning"]} rows=${rows} />`}
    ${bodies.length > 0 && html`<h3>Body</h3><p>${bodies.map(([media, one]) => html`<span class="row"><code>${media}</code>${typeOf(one.schema)}</span>`)}</p>`}
    <h3>Answers</h3><${Table} label="Answers" columns=${["Status", "When", "Body"]} rows=${answers} /></div>`;
}

function Shape({ name, shape }) {
  const needed = new Set(shape.required || []);
  const rows = Object.entries(shape.properties || {}).map(([field, one]) => [html`<code>${field}</code>`, typeOf(one), needed.has(field) ? "yes" : "", meaning(one, one.description)]);
  return html`<article class="operation" id=${`shape-${name}`} tabindex="-1"><div class="inside"><h3>${name}</h3>${paragraphs(shape.description)}
    ${rows.length > 0 ? html`<${Table} label=${`Fields of ${name}`} columns=${["Field", "Kind", "Needed", "Meaning"]} rows=${rows} />` : html`<p>${typeOf(shape)}</p>`}</div></article>`;
}

const kinds = (content) => Object.entries(content || {}).map(([media, one]) => html`<span class="row"><code>${media}</code>${one.schema ? typeOf(one.schema) : ""}</span>`);

/** The kind of a value in a few words; shapes are links. */
function typeOf(schema) {
  if (!schema) return "anything";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return html`<a href=${`#shape-${name}`}>${name}</a>`;
  }
  const choice = schema.anyOf || schema.oneOf;
  if (choice) return choice.map((one, place) => html`${place > 0 ? " or " : ""}${typeOf(one)}`);
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum) return schema.enum.map((one, place) => html`${place > 0 ? ", " : ""}<code>${JSON.stringify(one)}</code>`);
  if (schema.type === "array") return html`list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") return html`names with ${typeOf(schema.additionalProperties)}`;
  return { null: "nothing", string: "text", integer: "whole number", boolean: "yes or no", object: "object" }[schema.type] || schema.type || "anything";
}

function meaning(schema, description) {
  const limits = Object.entries(LIMITS).filter(([name]) => schema?.[name] !== undefined).map(([name, sign]) => `${sign} ${schema[name]}`);
  const usual = schema?.default !== undefined && schema.default !== null ? `; ${JSON.stringify(schema.default)} unless given` : "";
  return `${description || schema?.description || ""}${usual}${limits.length ? ` (${limits.join(", ")})` : ""}`;
}

const paragraphs = (text) => (text || "").split(/\n\n+/).filter((part) => part.trim()).map((part) => html`<p>${part.trim()}</p>`);

const app = document.getElementById("app");
app.replaceChildren();
render(html`<${Reference} />`, app);

// Settings: whether the LLM answers, what this machine has, one's own choices, tokens, how to connect programs.
import { get, patch, post, remove, useAction, useLoad } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { CopyButton, Fault, Field, Loading, Note, Table } from "../parts.js";
import { navigate } from "../router.js";
import { ago, number, seconds } from "../words.js";

const LONGEST_S = 86400;
const THEMES = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];
const STATES = { good: "good", note: "calm", bad: "bad" };

export function Settings({ onTheme }) {
  const found = useLoad(() => get("/settings"), []);
  return html`<section class="page"><h1>Settings</h1>
    <${Fault} error=${found.error} again=${found.reload} />
    ${found.loading && !found.data && html`<${Loading} />`}
    ${found.data && html`<${Own} settings=${found.data.user} onTheme=${onTheme} />
      <${Llm} llm=${found.data.llm} />
      <${Connect} />
      <${Agents} auth=${found.data.auth} />
      ${found.data.auth && html`<${Tokens} />`}
      <${Doings} />
      <${Machine} />
      <p class="quiet-text">Fivefold ${found.data.version}. It sends nothing anywhere but to the LLM.
        The pages use Preact, htm and KaTeX (<a href="/static/vendor/vendor.json" target="_blank">licences</a>).</p>`}
  </section>`;
}

function Own({ settings, onTheme }) {
  const [own, setOwn] = useState(settings);
  const [limit, setLimit] = useState(String(settings.time_limit_s));
  const save = useAction(async (fields) => {
    const kept = await patch("/settings", fields);
    setOwn(kept);
    onTheme(kept.theme);
  });
  const fits = Number(limit) > 0 && Number(limit) <= LONGEST_S;
  const keepLimit = () => fits && save.run({ time_limit_s: Number(limit) });
  return html`<section aria-labelledby="own"><h2 id="own">Yours</h2><div class="grid">
    <${Field} label="Colours" kind=${THEMES} value=${own.theme} onInput=${(theme) => save.run({ theme })} />
    <${Field} label="Library of programs" kind=${[["pyomo", "Pyomo"], ["ortools", "OR-Tools"]]} value=${own.library} onInput=${(library) => save.run({ library })} />
    <${Field} label="Repairs, at most" kind=${["0", "1", "2", "3", "5"].map((one) => [one, one])} value=${String(own.rounds)} onInput=${(rounds) => save.run({ rounds: Number(rounds) })} />
    <${Field} label="Seconds for one solve" kind="number" min="1" max=${LONGEST_S} value=${limit} onInput=${setLimit} onBlur=${keepLimit}
      aria-invalid=${fits ? undefined : "true"} hint=${fits ? undefined : `Not kept: write a number above 0 and at most ${number(LONGEST_S)}.`} />
  </div><${Fault} error=${save.error} /></section>`;
}

function Llm({ llm }) {
  const health = useLoad(() => get("/llm/health"), []);
  return html`<section aria-labelledby="llm"><h2 id="llm">LLM</h2>
    <p>Asked at <code>${llm.endpoint}</code>${llm.name && html`, by the name <code>${llm.name}</code>`}.</p>
    ${health.loading && html`<${Loading} what="Asking it" />`}
    ${health.data && html`<${Note} tone=${health.data.ok ? "good" : "bad"} title=${health.data.ok ? `${health.data.llm || "It"} answers` : "It cannot be reached"}>
      <p>${health.data.detail} (${seconds(health.data.seconds)})</p><//>`}
    <${Fault} error=${health.error} />
    <button type="button" onClick=${health.reload} disabled=${health.loading}>Ask again</button></section>`;
}

function Connect() {
  const lines = `from openai import OpenAI

client = OpenAI(base_url="${location.origin}/v1", api_key="a token, or anything where there is no login")
answer = client.chat.completions.create(model="fivefold-auto", messages=[{"role": "user", "content": "A bakery ..."}])
print(answer.choices[0].message.content)`;
  return html`<section aria-labelledby="connect"><h2 id="connect">Connect programs</h2>
    <p>Any program that speaks OpenAI's protocol can ask Fivefold; everything else is in the <a href="/docs" target="_blank">reference for programs</a>.</p>
    <pre class="code" tabindex="0" role="region" aria-label="Example in Python">${lines}</pre><${CopyButton} text=${lines} /></section>`;
}

function Agents({ auth }) {
  const server = { url: `${location.origin}/mcp`, ...(auth && { headers: { Authorization: "Bearer a token" } }) };
  const lines = JSON.stringify({ mcpServers: { fivefold: server } }, null, 2);
  return html`<section aria-labelledby="agents"><h2 id="agents">Connect agents</h2>
    <p>Programs that speak the Model Context Protocol get Fivefold's tools from this address; what they make is on these pages.</p>
    <pre class="code" tabindex="0" role="region" aria-label="Configuration of an agent">${lines}</pre><${CopyButton} text=${lines} /></section>`;
}

const DONE = {
  login: "logged in", "login-refused": "was refused a login", logout: "logged out", "password-set": "set a password",
  "token-made": "made a token", "token-revoked": "revoked a token", "user-added": "added a user", "user-removed": "removed a user",
  "settings-changed": "changed settings", "share-made": "made a link", "share-revoked": "revoked a link", export: "took away a file",
  "problem-deleted": "deleted a problem", "file-deleted": "deleted a file",
};
const SHOWN = 20;

/** Who did what when; of others only for administrators. */
function Doings() {
  const [entries, setEntries] = useState([]);
  const [more, setMore] = useState(true);
  const load = useAction(async (before) => {
    const page = await get(`/audit?limit=${SHOWN}${before ? `&before=${before}` : ""}`);
    setEntries((known) => (before ? [...known, ...page] : page));
    setMore(page.length === SHOWN);
  });
  useEffect(() => {
    load.run();
  }, []);
  const rows = entries.map((one) => [new Date(one.ts * 1000).toLocaleString(), one.who || "–", DONE[one.what] || one.what,
    Object.entries(one.about).map(([name, value]) => `${name.replace("_id", "")} ${value}`).join(", "), one.address]);
  return html`<section aria-labelledby="doings"><h2 id="doings">Who did what</h2>
    <${Fault} error=${load.error} again=${() => load.run()} />
    ${rows.length > 0 ? html`<${Table} label="Who did what" columns=${["When", "Who", "What", "To what", "From"]} rows=${rows} />` : !load.busy && html`<p class="quiet-text">Nothing yet: logins, links, exports, deletions and settings are noted here.</p>`}
    ${more && rows.length > 0 && html`<button type="button" disabled=${load.busy} onClick=${() => load.run(entries.at(-1).ts)}>Show more</button>`}</section>`;
}

function Machine() {
  const [asked, setAsked] = useState(false);
  const found = useLoad(() => (asked ? get("/doctor") : null), [asked]);
  return html`<section aria-labelledby="machine"><h2 id="machine">This machine</h2>
    ${!asked && html`<button type="button" onClick=${() => setAsked(true)}>Look what it has</button>`}
    ${asked && found.loading && html`<${Loading} what="Looking" />`}<${Fault} error=${found.error} again=${found.reload} />
    ${found.data && html`<${Table} label="What this machine has" columns=${["", "What", "Found", "What to do"]}
      rows=${found.data.map((line) => [STATES[line.state] === "good" ? "✓" : line.state, line.about, line.found, line.mend])} />`}</section>`;
}

function Tokens() {
  const found = useLoad(() => get("/tokens"), []);
  const [label, setLabel] = useState("");
  const [made, setMade] = useState(null);
  const act = useAction(async (what, id) => {
    if (what === "make") setMade(await post("/tokens", { label }));
    else if (what === "leave") {
      await post("/auth/logout");
      navigate("/login");
      return;
    } else await remove(`/tokens/${id}`);
    found.reload();
  });
  const rows = (found.data || []).map((one) => [one.label || "–", one.kind, ago(one.created),
    html`<button type="button" class="quiet" aria-label=${`Revoke ${one.label || one.kind}`} onClick=${() => act.run("revoke", one.id)}>Revoke</button>`]);
  return html`<section aria-labelledby="tokens"><h2 id="tokens">Tokens and sessions</h2>
    <${Table} label="Tokens" columns=${["For", "Kind", "Made", ""]} rows=${rows} />
    <div class="row end"><${Field} label="What a new token is for" value=${label} onInput=${setLabel} /><button type="button" onClick=${() => act.run("make")}>Make a token</button>
      <button type="button" onClick=${() => act.run("leave")}>Log out</button></div>
    ${made && html`<${Note} tone="good" title="Copy it now: it is told this once"><p><code>${made.token}</code> <${CopyButton} text=${made.token} /></p><//>`}
    <${Fault} error=${act.error || found.error} /></section>`;
}

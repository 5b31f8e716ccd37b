// All problems: as a short list at the side, and as a page with search.
import { get, post, remove, useAction, useLoad } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { Chip, Empty, Fault, Field, Loading } from "../parts.js";
import { navigate } from "../router.js";
import { ago, plural, stateOf } from "../words.js";

export function Rail({ route, listed }) {
  const found = useLoad(() => get("/problems?limit=30"), [listed, route.page, route.id]);
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [route.page, route.id]);
  const here = (page) => (route.page === page ? "page" : undefined);
  const problems = found.data?.problems || [];
  return html`<header class=${`rail ${open ? "open" : ""}`}>
    <div class="rail-head">
      <a class="brand" href="/new"><img src="/static/icon.svg" alt="" width="26" height="26" />Fivefold</a>
      <button type="button" class="rail-open" aria-expanded=${open ? "true" : "false"} aria-controls="rail" onClick=${() => setOpen(!open)}>Menu</button>
    </div>
    <nav id="rail" aria-label="Problems">
      <a class="button primary" href="/new" aria-current=${here("new")}>New problem</a>
      <ul class="rail-list">${problems.map((one) => html`<li key=${one.id}>
        <a href=${`/p/${one.id}`} aria-current=${route.id === one.id ? "page" : undefined} title=${one.title || "Untitled"}>
          <span class=${`dot ${stateOf(one.status, one.grade)[0]}`} aria-hidden="true"></span>
          <span class="rail-title">${one.title || "Untitled"}</span>
          <span class="quiet-text">${stateOf(one.status, one.grade)[1]} · ${ago(one.changed)}</span></a></li>`)}</ul>
      ${found.error && html`<p class="quiet-text">${found.error.message}</p>`}
      <div class="rail-foot"><a href="/problems" aria-current=${here("problems")}>All problems</a>
        <a href="/benchmarks" aria-current=${here("benchmarks")}>Benchmarks</a>
        <a href="/settings" aria-current=${here("settings")}>Settings</a></div>
    </nav>
  </header>`;
}

function State({ one }) {
  const [tone, words] = stateOf(one.status, one.grade);
  return html`<${Chip} tone=${tone}>${words}<//>`;
}

export function Problems({ listed }) {
  const [search, setSearch] = useState("");
  const [asked, setAsked] = useState("");
  const [count, setCount] = useState(50);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(search), 250);
    return () => clearTimeout(timer);
  }, [search]);
  const found = useLoad(() => get(`/problems?search=${encodeURIComponent(asked)}&limit=${count}`), [asked, listed, count]);
  const act = useAction(async (what, one) => {
    if (what === "delete") {
      if (!confirm(`Delete “${one.title || "Untitled"}” with all its versions, runs and files?`)) return;
      await remove(`/problems/${one.id}`);
    } else {
      const copy = await post(`/problems/${one.id}/copy`);
      navigate(`/p/${copy.id}`);
    }
    dispatchEvent(new Event("fivefold:changed"));
  });
  return html`<section class="page">
    <h1>Problems</h1>
    <${Field} label="Search" kind="search" value=${search} onInput=${setSearch} hint="Words of the title or of the conversation" />
    <${Fault} error=${found.error} again=${found.reload} /><${Fault} error=${act.error} />
    ${!found.data && found.loading && html`<${Loading} />`}
    ${found.data?.total === 0 && html`<${Empty} title=${asked ? "Nothing has these words" : "No problem yet"}><p><a href="/new">Begin with an example</a></p><//>`}
    <ul class="list">${(found.data?.problems || []).map((one) => html`<li key=${one.id}>
      <a class="list-title" href=${`/p/${one.id}`}>${one.title || "Untitled"}</a>
      <span class="row"><${State} one=${one} />
        <span class="quiet-text">${one.version ? `version ${one.version} · ` : ""}${ago(one.changed)}</span>
        <button type="button" class="quiet" aria-label=${`Copy ${one.title}`} onClick=${() => act.run("copy", one)}>Copy</button>
        <button type="button" class="quiet" aria-label=${`Delete ${one.title}`} onClick=${() => act.run("delete", one)}>Delete</button></span>
    </li>`)}</ul>
    ${found.data && found.data.total > found.data.problems.length &&
    html`<p>${plural(found.data.total, "problem")} in all. ${count < 200 && html`<button type="button" onClick=${() => setCount(200)}>Show more</button>`}</p>`}
  </section>`;
}

// One problem: the conversation at the left, what came of it at the right, one after the other on narrow screens.
import { get, patch, useAction, useLoad } from "../api.js";
import { Chat } from "../chat.js";
import { Exports } from "../exports.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { Chip, Fault, Loading, Note } from "../parts.js";
import { TABS, navigate } from "../router.js";
import { Share } from "../share.js";
import { OVER } from "../story.js";
import { CodeTab } from "../tabs/code.js";
import { DataTab } from "../tabs/data.js";
import { FormulationTab } from "../tabs/formulation.js";
import { LogTab } from "../tabs/log.js";
import { ProblemTab } from "../tabs/problem.js";
import { SensitivityTab } from "../tabs/sensitivity.js";
import { SolutionTab } from "../tabs/solution.js";
import { WhatIfTab } from "../tabs/what_if.js";
import { useProblem } from "../use_problem.js";
import { stateOf } from "../words.js";

const NAMES = {
  problem: "Problem", data: "Data", formulation: "Formulation", code: "Code", solution: "Solution",
  sensitivity: "Sensitivity", "what-if": "What-if", log: "Log",
};
const CONTENT = {
  problem: ProblemTab, data: DataTab, formulation: FormulationTab, code: CodeTab, solution: SolutionTab,
  sensitivity: SensitivityTab, "what-if": WhatIfTab, log: LogTab,
};

export function Workspace({ id, tab }) {
  const problem = useProblem(id);
  const { whole, story } = problem;
  const [chosen, setChosen] = useState(null);
  const latest = whole?.version ?? null;
  const [side, setSide] = useState("chat");
  // Another version came: that one is looked at, until an older one is chosen again.
  useEffect(() => setChosen(null), [latest]);
  useTitle(whole);
  const version = chosen ?? latest;
  const content = useLoad((signal) => (version ? loadVersion(id, version, signal) : null), [id, version, latest]);
  if (problem.error) return html`<section class="page"><h1>This problem cannot be shown</h1><${Fault} error=${problem.error} /><p><a href="/new">Begin a new one</a></p></section>`;
  if (!whole) return html`<section class="page"><${Loading} what="Loading the problem" /></section>`;
  const ended = [...story.runs.values()].filter((run) => run.solution).at(-1) || null;
  const open = whole.runs.find((run) => !OVER.has(run.status)) || null;
  const shown = tab || (ended ? "solution" : latest ? "formulation" : "problem");
  const shared = { problem, whole, story, version, latest, content, ended, open, onVersion: setChosen };
  const Content = CONTENT[shown];
  const [tone, state] = stateOf(whole.status, whole.grade);
  return html`<div class="workspace" data-side=${side}>
    <div class="title-bar">
      <${Title} whole=${whole} />
      <span class="row">${whole.status && html`<${Chip} tone=${tone}>${state}<//>`}
        ${latest && html`<span class="quiet-text">${ended && !open && ended.version !== latest ? `the solution is of version ${ended.version}, ` : ""}version ${version}</span>`}<${Share} problem=${id} version=${version} /><${Exports} problem=${id} version=${version} run=${ended} /></span>
      <div class="switch" role="group" aria-label="What is shown">
        <button type="button" aria-pressed=${side === "chat" ? "true" : "false"} onClick=${() => setSide("chat")}>Conversation</button>
        <button type="button" aria-pressed=${side === "work" ? "true" : "false"} onClick=${() => setSide("work")}>Workspace</button></div>
      ${problem.connection === "lost" && html`<${Note} tone="warn" title="The connection is lost"><p>This is what was known last. Reconnecting …</p><//>`}
    </div>
    <${Chat} ...${shared} onShow=${() => setSide("work")} />
    <section class="work" aria-label="Workspace">
      <${Tabs} id=${id} shown=${shown} side=${side} />
      <div class="panel" role="tabpanel" id="panel" aria-labelledby=${`tab-${shown}`} tabindex="0"><${Content} key=${`${id}-${shown}`} ...${shared} /></div>
    </section>
  </div>`;
}

/** A version with its formulas; what cannot be set in formulas is shown without them. */
async function loadVersion(id, version, signal) {
  const path = `/problems/${id}/formulations/${version}`;
  const [one, rendered] = await Promise.all([get(path, { signal }), get(`${path}/render`, { signal }).catch(() => null)]);
  return { ...one, rendered };
}

/** The chosen tab is brought into view, also when a narrow screen turns to this side. */
function Tabs({ id, shown, side }) {
  const bar = useRef(null);
  useEffect(() => {
    // Not by scrollIntoView, from where the first Tab key of the page would go on.
    const tab = bar.current.children[TABS.indexOf(shown)];
    bar.current.scrollLeft += tab.getBoundingClientRect().left - bar.current.getBoundingClientRect().left - (bar.current.clientWidth - tab.clientWidth) / 2;
  }, [shown, side]);
  const key = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = event.key === "Home" ? 0 : event.key === "End" ? TABS.length - 1 : step && (TABS.indexOf(shown) + step + TABS.length) % TABS.length;
    if (place === undefined) return;
    event.preventDefault();
    navigate(`/p/${id}/${TABS[place]}`, true);
    bar.current.children[place].focus();
  };
  return html`<div class="tabs" role="tablist" aria-label="Parts of the problem" ref=${bar} onKeyDown=${key}>
    ${TABS.map((name) => html`<button type="button" role="tab" id=${`tab-${name}`} aria-controls="panel" tabindex=${name === shown ? 0 : -1}
      aria-selected=${name === shown ? "true" : "false"} onClick=${() => navigate(`/p/${id}/${name}`, true)}>${NAMES[name]}</button>`)}</div>`;
}

function Title({ whole }) {
  const [text, setText] = useState(null);
  const box = useRef(null);
  useLayoutEffect(() => box.current?.select(), [text === null]);
  const save = useAction(async () => {
    const title = text.trim();
    if (title && title !== whole.title) await patch(`/problems/${whole.id}`, { title });
    setText(null);
    dispatchEvent(new Event("fivefold:changed"));
  });
  if (text === null) {
    return html`<h1><button type="button" class="title" title="Rename" onClick=${() => setText(whole.title)}>${whole.title || "Untitled"}</button></h1>`;
  }
  const send = (event) => {
    event.preventDefault();
    save.run();
  };
  return html`<form class="row" onSubmit=${send} onKeyDown=${(event) => event.key === "Escape" && setText(null)}>
    <h1 class="visually-hidden">${whole.title || "Untitled"}</h1>
    <input aria-label="Title" value=${text} maxlength="120" onInput=${(event) => setText(event.target.value)} ref=${box} />
    <button type="submit">Save</button><button type="button" onClick=${() => setText(null)}>Leave it</button><${Fault} error=${save.error} /></form>`;
}

/** The state of the run in the window's title; the list at the side is told when it changes. */
function useTitle(whole) {
  const title = whole ? whole.title || "Untitled" : "Fivefold";
  const state = whole?.status && stateOf(whole.status, whole.grade)[1];
  useEffect(() => {
    document.title = state ? `${state} · ${title}` : title;
    if (whole) dispatchEvent(new Event("fivefold:changed"));
  }, [title, state]);
}

// What a run asks a person: a question with answers to choose from, or a formulation to approve.
import { useAction } from "./api.js";
import { html, useId, useState } from "./html.js";
import { Chip, Fault } from "./parts.js";
import { approveVersion, replyTo } from "./replying.js";
import { navigate } from "./router.js";

const DONE = { answer: "answered", skip: "went on without an answer", approve: "approved", edit: "approved as edited", change: "to be changed" };

export function AskCard({ ask, problem, latest, onShow }) {
  const reply = useAction((said) => replyTo(problem, ask.id, said));
  const state = ask.reply ? DONE[ask.reply.kind] : ask.gone ? "no longer asked" : "needs your answer";
  const Body = ask.kind === "question" ? Question : Approval;
  return html`<article class="asking" aria-label=${ask.kind === "question" ? "Question" : "Approval"}>
    <header class="row"><strong class="asked">${ask.text}</strong><${Chip} tone=${ask.reply ? "good" : ask.gone ? "calm" : "ask"}>${state}<//></header>
    ${ask.why && html`<p class="quiet-text">${ask.why}</p>`}
    ${!ask.reply && !ask.gone && html`<${Body} ask=${ask} problem=${problem} latest=${latest} onShow=${onShow} reply=${reply} />`}
    ${ask.reply?.kind === "skip" && html`<p>Taken instead: ${ask.default}. It stands among the assumptions.</p>`}
    <${Fault} error=${reply.error} />
  </article>`;
}

function Question({ ask, reply }) {
  return html`${ask.options.length > 0 && html`<div class="choices" role="group" aria-label="Possible answers">${ask.options.map(
      (option) => html`<button type="button" disabled=${reply.busy} onClick=${() => reply.run({ kind: "answer", text: option })}>${option}</button>`,
    )}</div>`}
    <${Words} label=${ask.options.length ? "Or in your own words" : "Your answer"} button="Answer" busy=${reply.busy} send=${(text) => reply.run({ kind: "answer", text })} />
    <p class="row"><button type="button" class="quiet" disabled=${reply.busy} onClick=${() => reply.run({ kind: "skip" })}>Go on without an answer</button>
      <span class="quiet-text">Then this is taken: ${ask.default}.</span></p>`;
}

function Approval({ ask, problem, latest, onShow, reply }) {
  const [changing, setChanging] = useState(false);
  const version = Math.max(latest || 0, ask.version);
  const approve = useAction(() => approveVersion(problem, ask, version));
  const edit = () => {
    navigate(`/p/${problem.id}/formulation`, true);
    onShow();
  };
  const key = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !changing) approve.run();
  };
  return html`${ask.doubts.length > 0 && html`<div><p>What the checks doubt:</p><ul>${ask.doubts.map((doubt) => html`<li>${doubt}</li>`)}</ul></div>`}
    ${ask.changes.length > 0 && html`<div><p>What differs from the one before:</p><ul class="changes">${ask.changes.map(
      (line) => html`<li>${line.startsWith("-") ? html`<del>${line.slice(2)}</del>` : html`<ins>${line.slice(2)}</ins>`}</li>`,
    )}</ul></div>`}
    ${version > ask.version && html`<p>You have edited it: version ${version} will be solved.</p>`}
    <div class="row" onKeyDown=${key}>
      <button type="button" class="primary" disabled=${approve.busy || reply.busy} onClick=${() => approve.run()}>Approve and solve${version > ask.version ? ` version ${version}` : ""}</button>
      <button type="button" onClick=${edit}>Edit</button>
      <button type="button" aria-expanded=${changing ? "true" : "false"} onClick=${() => setChanging(!changing)}>Change in words</button></div>
    ${changing && html`<${Words} label="What is to be different?" button="Have it changed" busy=${reply.busy} send=${(text) => reply.run({ kind: "change", text })} />`}
    <${Fault} error=${approve.error} />`;
}

function Words({ label, button, busy, send }) {
  const id = useId();
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (text.trim() && !busy) send(text.trim());
  };
  return html`<form class="words" onSubmit=${submit}><label for=${id}>${label}</label>
    <div class="row"><input id=${id} type="text" maxlength="4000" autocomplete="off" value=${text} onInput=${(event) => setText(event.target.value)} />
      <button type="submit" disabled=${!text.trim() || busy}>${button}</button></div></form>`;
}

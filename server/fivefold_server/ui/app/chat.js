// The conversation: what was said, each run with its steps as they happen, and the box to say more.
import { post, useAction } from "./api.js";
import { AskCard } from "./ask_card.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { ownOptions } from "./options.js";
import { Fault, Loading, Said, useDraft } from "./parts.js";
import { replyTo } from "./replying.js";
import { RunCard } from "./run_card.js";
import { navigate } from "./router.js";
import { openAsk } from "./story.js";
import { STEPS, stateOf, widthOf } from "./words.js";

export function Chat({ problem, whole, story, open, latest, onShow }) {
  const list = useRef(null);
  const [away, setAway] = useState(false);
  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = list.current;
    setAway(scrollHeight - scrollTop - clientHeight > 80);
  };
  const toEnd = () => {
    list.current.scrollTop = list.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (!away) toEnd();
  });
  const told = new Set(story.items.filter((item) => item.type === "message").map((item) => item.id));
  // What was said before the log of this problem begins, as in a copy.
  const earlier = whole.messages.filter((message) => !told.has(message.id) && !message.run);
  const state = Object.fromEntries(whole.runs.map((run) => [run.id, run]));
  const show = () => {
    navigate(`/p/${whole.id}/solution`, true);
    onShow();
  };
  const items = [...earlier.map((message) => ({ type: "message", ...message })), ...story.items];
  return html`<section class="chat" aria-label="Conversation">
    <div class="chat-list" ref=${list} onScroll=${scrolled} tabindex="0" role="group" aria-label="What was said and done">
      ${whole.messages.length > 0 && items.length === 0 && html`<${Loading} what="Loading the conversation" />`}
      ${whole.messages.length === 0 && items.length === 0 && html`<p class="quiet-text">Nothing was said yet. Say below what is to be decided.</p>`}
      ${items.map((item) => {
        // The answer to a question says it all.
        if (item.type === "run" && item.run.kind === "question" && item.run.status === "succeeded") return null;
        if (item.type === "run") return html`<${RunCard} key=${item.run.id} run=${item.run} kept=${state[item.run.id]} problem=${problem} />`;
        if (item.type === "ask") return html`<${AskCard} key=${item.ask.id} ask=${item.ask} problem=${problem} latest=${latest} onShow=${onShow} />`;
        return html`<${Message} key=${`m${item.id}`} message=${item} onShow=${show} hasSolution=${Boolean(latest)} />`;
      })}
    </div>
    ${away && html`<div class="to-end"><button type="button" onClick=${toEnd}>Newest ↓</button></div>`}
    <${Composer} problem=${problem} open=${open} latest=${latest} ask=${openAsk(story)} first=${whole.messages.length === 0} />
    <p class="visually-hidden" role="status" aria-live="polite">${announced(story, whole)}</p>
  </section>`;
}

function Message({ message, onShow, hasSolution }) {
  const mine = message.role === "user";
  return html`<article class=${mine ? "bubble user" : "bubble agent"} aria-label=${mine ? "You" : "Fivefold"}>
    <${Said} text=${message.text} kind=${widthOf(message.text)} />
    ${!mine && hasSolution && html`<button type="button" class="quiet" onClick=${onShow}>Look at the solution</button>`}
  </article>`;
}

/** Step ends and ends of runs, for who does not see the page; not every word that the LLM writes. */
function announced(story, whole) {
  const ask = openAsk(story);
  if (ask) return `${ask.kind === "question" ? "A question" : "Your approval is asked for"}: ${ask.text}`;
  if (whole.status === "running") return story.lastStep ? `Done: ${STEPS[story.lastStep] || story.lastStep}` : "Running";
  return whole.status ? `The run is over: ${stateOf(whole.status, whole.grade)[1]}` : "";
}

const PLACEHOLDERS = { question: "Your answer to the question above", approval: "What is to be different in the formulation?" };

function Composer({ problem, open, latest, ask, first }) {
  const [anew, setAnew] = useState(false);
  const [text, setText] = useDraft(problem.id);
  const box = useRef(null);
  const say = useAction(async () => {
    if (ask) {
      await replyTo(problem, ask.id, { kind: ask.kind === "question" ? "answer" : "change", text: text.trim() });
      setText("");
      return;
    }
    await post(`/problems/${problem.id}/messages`, { text: text.trim(), anew, options: await ownOptions() }, { headers: { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) } });
    setText("");
    setAnew(false);
    problem.refresh();
  });
  const end = useAction(async (how) => {
    await post(`/runs/${open.id}/${how}`);
    problem.refresh();
  });
  useEffect(() => {
    const slash = (event) => {
      const busy = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || busy || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      box.current?.focus();
    };
    addEventListener("keydown", slash);
    return () => removeEventListener("keydown", slash);
  }, []);
  const blocked = Boolean(open) && !ask;
  const send = (event) => {
    event.preventDefault();
    if (text.trim() && !blocked && !say.busy) say.run();
  };
  const key = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  };
  return html`<form class="composer" onSubmit=${send}>
    <label for="say" class="visually-hidden">${first ? "Your problem" : ask ? "Your reply" : "Say more"}</label>
    <textarea id="say" ref=${box} rows="3" maxlength="100000" value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${key}
      placeholder=${first ? "What is to be decided?" : ask ? PLACEHOLDERS[ask.kind] : "Change something, “There are 80 kg of flour after all”, or ask, “Why no cakes?”"}></textarea>
    <div class="row">
      <button class="primary" type="submit" disabled=${!text.trim() || blocked || say.busy}>Send</button>
      ${open?.status === "running" && html`<button type="button" onClick=${() => end.run("stop")} disabled=${end.busy}>Stop and keep the best</button>`}
      ${open && html`<button type="button" onClick=${() => end.run("cancel")}>Cancel the run</button>`}
      <small>${ask ? "What you send answers what is asked above." : open ? "You can send when the run is over." : `Ctrl+Enter sends, / comes back here. ${latest && !anew ? "What you do not name stays as it is." : "The whole conversation is formulated."}`}</small>
      ${latest && !open && html`<label><input type="checkbox" checked=${anew} onChange=${() => setAnew(!anew)} /> Formulate everything anew</label>`}
    </div>
    <${Fault} error=${say.error || end.error} />
  </form>`;
}

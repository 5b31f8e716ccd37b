// A new problem: the words, examples to begin with, data files, and how the run may go.
import { get, patch, post, remove, useAction, useLoad } from "../api.js";
import { EXAMPLES, exampleText } from "../examples.js";
import { ENDINGS, bringFile } from "../files.js";
import { html, useRef, useState } from "../html.js";
import { ownOptions } from "../options.js";
import { Fault, Field, Note, useDraft } from "../parts.js";
import { MODES, askingMode, setAskingMode } from "../replying.js";
import { navigate } from "../router.js";
import { plural } from "../words.js";

export function NewProblem() {
  const [text, setText] = useDraft("new");
  const [samples, setSamples] = useState("1");
  const [files, setFiles] = useState([]);
  const [asking, setAsking] = useState(askingMode());
  const made = useRef(null);
  const health = useLoad(() => get("/llm/health"), []);
  const example = useAction(async (file) => setText(await exampleText(file)));
  const box = useRef(null);

  const begin = useAction(async () => {
    const options = { samples: Number(samples), ...(await ownOptions()) };
    let id = made.current;
    if (!files.length) {
      id = (await post("/problems", { text, options })).problem;
    } else {
      // With files the problem comes first, so that a file that cannot be read is told before the run.
      if (!id) id = made.current = (await post("/problems", {})).id;
      await uploadOrLeave(id, files, made);
      await patch(`/problems/${id}`, { title: text.trim().replace(/\s+/g, " ").slice(0, 60) });
      await post(`/problems/${id}/messages`, { text, options });
    }
    setText("");
    dispatchEvent(new Event("fivefold:changed"));
    navigate(`/p/${id}`);
  });
  const send = (event) => {
    event.preventDefault();
    if (text.trim() && !begin.busy) begin.run();
  };
  const choose = async (file) => {
    await example.run(file);
    box.current?.querySelector("textarea")?.focus();
  };
  const down = health.data && !health.data.ok;
  return html`<section class="page new">
    <h1>What is to be decided?</h1>
    <p class="lead">Say in your own words what you decide, what limits it, and what is best. You get a formulation that you can
      read and change, a program, a solution, and what the checks say about it.</p>
    ${down && html`<${Note} tone="warn" title="The LLM cannot be reached"><p>${health.data.detail}</p><p><a href="/settings">Settings</a> show where it is asked. <button type="button" onClick=${health.reload}>Try again</button></p><//>`}
    <form onSubmit=${send} ref=${box} onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event)}>
      <${Field} label="Your problem" kind="area" rows=${9} value=${text} onInput=${setText} maxlength="100000"
        placeholder="A bakery makes two kinds of bread …" hint="Numbers may stand in the text, in a table, or in files. Ctrl+Enter begins." />
      <div class="row">
        <button class="primary" type="submit" disabled=${!text.trim() || begin.busy}>${begin.busy ? "Beginning …" : "Formulate and solve"}</button>
        <label class="button">Add data files<input class="hidden-input" type="file" multiple accept=${ENDINGS}
          onChange=${(event) => setFiles([...event.target.files])} /></label>
        ${files.length > 0 && html`<span>${plural(files.length, "file")}: ${files.map((file) => file.name).join(", ")}
          <button type="button" class="quiet" onClick=${() => setFiles([])}>Remove</button></span>`}
      </div>
      <${Field} label="Questions" kind=${MODES} value=${asking} onInput=${(mode) => { setAskingMode(mode); setAsking(mode); }}
        hint="A question comes only where its answer changes the result." />
      <details class="more"><summary>More</summary>
        <${Field} label="Independent derivations, at most" kind=${[["1", "1, quickest"], ["3", "3, surer"], ["5", "5, surest"]]}
          value=${samples} onInput=${setSamples} hint="Two derivations that agree make an answer surer; each one takes as long as the first." />
      </details>
    </form>
    <${Fault} error=${begin.error || example.error} />
    <h2>Examples</h2>
    <ul class="cards">${EXAMPLES.map((one) => html`<li><button type="button" class="card" onClick=${() => choose(one.file)}>
      <strong>${one.title}</strong><span>${one.about}</span></button></li>`)}</ul>
  </section>`;
}

/** A problem whose files cannot be read is not left behind, empty, in the list. */
async function uploadOrLeave(id, files, made) {
  try {
    await upload(id, files);
  } catch (fault) {
    made.current = null;
    await remove(`/problems/${id}`).catch(() => {});
    throw fault;
  }
}

async function upload(id, files) {
  const there = await get(`/problems/${id}/files`);
  for (const old of there) await remove(`/files/${old.id}`);
  for (const file of files) await bringFile(id, file);
}

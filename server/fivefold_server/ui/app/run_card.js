// One run in the conversation: its steps with time and attempts, what the LLM writes, and how it ended.
import { post, useAction } from "./api.js";
import { html } from "./html.js";
import { Chip, Fault, Sign, useClock } from "./parts.js";
import { OVER } from "./story.js";
import { STEPS, number, percent, plural, seconds, stateOf } from "./words.js";

const SIGNS = { open: "busy", done: "good", failed: "warn", stopped: "calm" };
const LONG_S = 10;
const NARROW = "(max-width: 900px)";
/** What the checks may say at the end of their step, which is then no good news. */
const DOUBTED = new Set(["suspicious", "refuted"]);

export function RunCard({ run, kept, problem }) {
  const running = !OVER.has(run.status) && run.status !== "waiting";
  const now = useClock(running);
  const took = (run.ended ?? (running ? now : run.heard)) - run.began;
  const resume = useAction(async () => {
    await post(`/runs/${run.id}/resume`);
    problem.refresh();
  });
  const [tone, state] = stateOf(run.status, run.solution?.verdict?.grade);
  const changed = kept?.asked.change?.version;
  const title = changed ? `Change version ${changed}` : run.kind === "words" ? "Formulate and solve" : run.kind === "question" ? "Answer a question" : `Solve version ${run.version ?? kept?.formulation ?? ""}`;
  return html`<article class="run" aria-label=${`Run: ${title}`}>
    <header class="row"><strong>${title}</strong><${Chip} tone=${tone}>${run.kind === "question" && run.status === "succeeded" ? "answered" : state}<//>
      <span class="quiet-text">${run.steps.length > 0 ? seconds(took) : ""}</span></header>
    ${run.status === "queued" && html`<p class="quiet-text">${run.position ? `Place ${run.position} in the queue.` : "It begins soon."}</p>`}
    ${run.steps.length > 0 && html`<details open=${running || !matchMedia(NARROW).matches}><summary>${plural(run.steps.length, "step")}</summary>
      <ol class="steps">${run.steps.map((step) => html`<${Step} key=${step.id} step=${step} now=${now} />`)}</ol></details>`}
    ${running && run.progress && html`<p class="quiet-text">Best so far: ${number(run.progress.objective)}${run.progress.gap === null ? "" : `, at most ${percent(run.progress.gap)} from the best there is`}.</p>`}
    ${running && took > LONG_S && html`<p class="quiet-text">You can close this page; the run goes on.</p>`}
    ${running && run.retry && html`<p class="quiet-text">The LLM is asked again: ${run.retry}</p>`}
    ${run.warnings.length > 0 && html`<ul class="quiet-text">${run.warnings.slice(-5).map((note) => html`<li>${note}</li>`)}</ul>`}
    ${run.error && html`<${Fault} error=${run.error} />`}
    ${OVER.has(run.status) && kept?.can_resume && html`<button type="button" onClick=${resume.run} disabled=${resume.busy}>Go on with this run</button>`}
    <${Fault} error=${resume.error} />
  </article>`;
}

function Step({ step, now }) {
  if (step.step === "attempt") {
    return html`<li class="step"><${Sign} tone="warn" /><span>Attempt ${step.attempt} is not good enough: ${step.message || "checks found faults"}</span></li>`;
  }
  const name = STEPS[step.step] || step.step;
  const took = step.state === "open" ? Math.max(0, now - step.began) : step.seconds;
  const again = step.visit > 1 ? html` <span class="quiet-text">(round ${step.visit})</span>` : null;
  return html`<li class=${`step ${step.state}`}><${Sign} tone=${DOUBTED.has(step.message) ? "warn" : SIGNS[step.state]} />
    <span><span class="step-name">${name}</span>${again}
      ${step.message && html`<span class="quiet-text"> ${step.message}</span>`}
      ${step.text && html`<details><summary>What the LLM wrote</summary><pre class="written">${step.text}</pre></details>`}</span>
    <span class="quiet-text time">${step.state === "open" && took < 2 ? "" : seconds(took)}</span></li>`;
}


// The log of a problem told as a story: events are folded into messages and runs with their steps.
export const OVER = new Set(["succeeded", "infeasible", "unbounded", "time_limit", "stopped", "failed", "cancelled", "interrupted_by_restart"]);
const MOST_TEXT = 20000;
/** Lines of a run that are told by the server and kept here. */
export const MOST_LINES = 5000;

export function emptyStory() {
  return { items: [], runs: new Map(), messages: new Set(), last: 0, lastStep: "" };
}

/** Take one event into the story, in place. */
export function fold(story, event) {
  story.last = event.seq;
  const { data } = event;
  if (event.kind === "message.final") {
    if (!story.messages.has(data.id)) {
      story.messages.add(data.id);
      story.items.push({ type: "message", id: data.id, role: data.role, text: data.text, run: event.run, ts: event.ts });
    }
    return;
  }
  if (!event.run) return;
  const run = runOf(story, event);
  run.heard = event.ts;
  const take = TAKEN[event.kind];
  if (take) take(run, data, event, story);
}

function runOf(story, event) {
  let run = story.runs.get(event.run);
  if (!run) {
    run = {
      id: event.run, kind: "words", status: "queued", position: null, version: null, steps: [], attempts: [], notes: [], warnings: [], retry: null,
      lines: [], solution: null, candidate: null, progress: null, error: null, began: event.ts, ended: null,
    };
    story.runs.set(event.run, run);
    story.items.push({ type: "run", run });
  }
  return run;
}

const TAKEN = {
  "run.status": (run, data, event, story) => {
    Object.assign(run, { status: data.status, position: data.position ?? null });
    if (data.run_kind) run.kind = data.run_kind;
    if (data.formulation) run.version = data.formulation;
    if (data.resumed || OVER.has(data.status)) stopSteps(run, event.ts);
    if (OVER.has(data.status)) Object.assign(run, { candidate: null, progress: null });
    if (OVER.has(data.status)) for (const ask of asksOf(story, run)) ask.gone = !ask.reply;
    if (OVER.has(data.status)) run.ended = event.ts;
    else run.ended = null;
    if (data.status === "running") Object.assign(run, { error: null, began: data.resumed ? run.began : event.ts });
  },
  "step.started": (run, data, event) => {
    run.steps.push({ id: data.id, step: data.step, visit: data.visit, state: "open", began: event.ts, seconds: null, message: "", text: "" });
  },
  "step.progress": (run, data) => {
    const step = run.steps.findLast((one) => one.id === data.id);
    if (step) step.text = (step.text + data.text).slice(-MOST_TEXT);
  },
  "step.finished": (run, data, event, story) => {
    if (data.step === "run") run.progress = null;
    run.retry = null;
    const step = run.steps.findLast((one) => one.id === data.id);
    if (step) Object.assign(step, { state: "done", seconds: data.seconds, message: data.message });
    story.lastStep = data.step;
  },
  "attempt.failed": (run, data) => {
    run.attempts.push(data);
    run.steps.push({ id: `attempt.${data.attempt}`, step: "attempt", state: "failed", message: data.message, attempt: data.attempt, text: "" });
  },
  formulation: (run, data) => {
    run.candidate = data;
  },
  question: asked,
  approval: asked,
  answered: (run, data, event, story) => {
    for (const ask of asksOf(story, run)) if (ask.id === data.id) ask.reply = data;
  },
  "solver.log": (run, data) => {
    run.lines.push(data.line);
    if (run.lines.length > MOST_LINES) run.lines.shift();
  },
  "solver.progress": (run, data) => {
    run.progress = data;
  },
  solution: (run, data) => {
    run.solution = data;
    run.version = data.formulation ?? run.version;
  },
  retry: (run, data) => {
    run.notes.push(data.message);
    run.retry = data.message;
  },
  warning: (run, data) => {
    run.notes.push(data.message);
    run.warnings.push(data.message);
  },
  error: (run, data) => {
    run.error = data;
  },
};

/** A run that is taken up again asks the same again; a run that was stopped asks anew when it goes on. */
function asked(run, data, event, story) {
  const before = asksOf(story, run).find((ask) => ask.id === data.id);
  if (before) before.gone = false;
  else story.items.push({ type: "ask", ask: { ...data, kind: event.kind, run: run.id, reply: null, gone: false } });
}

function asksOf(story, run) {
  return story.items.filter((item) => item.type === "ask" && item.ask.run === run.id).map((item) => item.ask);
}

/** What a problem's run waits for now. */
export function openAsk(story) {
  return story.items.findLast((item) => item.type === "ask" && !item.ask.reply && !item.ask.gone)?.ask || null;
}

function stopSteps(run, ts) {
  for (const step of run.steps) {
    if (step.state === "open") Object.assign(step, { state: "stopped", seconds: ts - step.began });
  }
}

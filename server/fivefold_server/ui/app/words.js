// What the pages say: names of steps, states and grades, and how numbers and times are written.
export const STEPS = {
  read: "Read the text", formulate: "Write the formulation", check: "Check the formulation", emit: "Write the program",
  run: "Run the solver", judge: "Look for faults", mend: "Mend by rule",
  repair: "Mend the formulation", rederive: "Derive it again",
  write_program: "Write a program", explain: "Put the answer into words", audit: "Recompute the result",
  try_out: "Try out what is asked besides",
  clarify: "Look for what is unclear", approve: "Wait for approval", revise: "Change the formulation", answer: "Solve again to answer",
};
export const STATUS = {
  queued: "waiting", running: "running", waiting: "needs your answer", succeeded: "solved", infeasible: "no solution exists",
  unbounded: "has no limit", time_limit: "stopped at the time limit", stopped: "stopped with the best so far", failed: "failed", cancelled: "cancelled",
  interrupted_by_restart: "interrupted",
};
export const TONE = {
  queued: "busy", running: "busy", waiting: "ask", succeeded: "good", infeasible: "warn", unbounded: "warn",
  time_limit: "warn", stopped: "warn", failed: "bad", cancelled: "calm", interrupted_by_restart: "warn",
};
export const SIGN = { good: "✓", warn: "!", bad: "✕", busy: "…", ask: "?", calm: "–" };
export const GRADES = {
  confirmed: ["good", "Not falsified, and derived twice", "No check found a fault, and an independent derivation from your text came to the same answer."],
  consistent: ["good", "Not falsified", "No check found a fault. That does not prove the formulation right: compare it with what you meant."],
  suspicious: ["warn", "In doubt", "It was solved, but checks found something that is probably not meant. Settle the doubts before you use the answer."],
  refuted: ["bad", "Falsified", "The answer contradicts the formulation, or the formulation contradicts your text. Do not use it as it is."],
  unsolved: ["warn", "Not solved", "There is no best solution to judge."],
};
/** The state of a run with what the checks say of its answer: a solver that ended well has not made it right. */
export function stateOf(status, grade) {
  const doubt = status === "succeeded" && ["suspicious", "refuted"].includes(grade);
  if (!status) return ["calm", "not run yet"];
  return doubt ? [GRADES[grade][0], `${STATUS[status]}, ${GRADES[grade][1].toLowerCase()}`] : [TONE[status], STATUS[status]];
}
/** What happened where the LLM failed, and what to do, for people who do not run it; the technical words stand behind. */
export const LLM_SAID = {
  "llm-connection": ["The LLM does not answer", "Your text is kept. Go on with this run when the LLM runs again, or ask whoever runs it."],
  "llm-timeout": ["The LLM took too long to answer", "Your text is kept. Go on with this run later; the LLM may be busy."],
  "llm-auth": ["The LLM refused the key of this server", "Whoever runs this server has to mend its key; then go on with this run."],
  "llm-rate_limit": ["The LLM takes no more questions for now", "Wait a while, then go on with this run; or see to the quota of the account."],
  "llm-server": ["The LLM failed while it answered", "Your text is kept. Go on with this run later; if it fails again, ask whoever runs the LLM."],
  "llm-truncated": ["The LLM's answer broke off halfway", "Your text is kept. Go on with this run; if it fails again, ask whoever runs the LLM."],
  "llm-context_length": ["Your text is too long for this LLM", "Say it shorter, put tables into files, or choose an LLM that reads longer texts under Settings."],
  "llm-unknown_llm": ["The LLM that was asked for is not there", "Choose another one under Settings."],
};
export const SECTIONS = {
  sets: ["Sets", "what indices run over"], parameters: ["Parameters", "numbers that are given"],
  variables: ["Variables", "what is decided"], objective: ["Objective", "what is best"],
  constraints: ["Constraints", "what must hold"], assumptions: ["Assumptions", "what the text leaves open"],
};
export const SINGULAR = {
  sets: "set", parameters: "parameter", variables: "variable", objective: "objective", constraints: "constraint", assumptions: "assumption",
};
export const SOURCES = { stated: "from your text", derived: "derived", assumed: "assumed" };
export const LIBRARIES = { pyomo: "Pyomo", ortools: "OR-Tools", mathopt: "OR-Tools MathOpt", cpsat: "OR-Tools CP-SAT", highspy: "highspy" };

const written = new Intl.NumberFormat("en", { maximumSignificantDigits: 9 });

export function number(value, unit = "") {
  if (value === null || value === undefined) return "–";
  const text = typeof value === "number" ? written.format(Math.abs(value) < 1e-9 ? 0 : value) : String(value);
  return unit ? `${text} ${unit}` : text;
}

export function seconds(value) {
  if (value === null || value === undefined) return "";
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 90) return `${Math.round(value)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

export function ago(ts) {
  const age = Date.now() / 1000 - ts;
  if (age < 60) return "just now";
  if (age < 3600) return `${Math.floor(age / 60)} min ago`;
  if (age < 86400) return `${Math.floor(age / 3600)} h ago`;
  return new Date(ts * 1000).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

/** A share in percent; a small one keeps two digits, so that a gap is not called none. */
export const percent = (share) => `${Math.abs(share) < 0.1 ? Number((100 * share).toPrecision(2)) : Math.round(100 * share)} %`;
export const bytes = (size) => (size < 1024 ? `${size} bytes` : size < 2 ** 20 ? `${(size / 1024).toFixed(1)} kB` : `${(size / 2 ** 20).toFixed(1)} MB`);
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
/** Text with columns lines up only in letters of one width. */
export const widthOf = (text) => (/\S( {3,}|\t)\S/.test(text) ? "even" : "");

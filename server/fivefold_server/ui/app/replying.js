// Replies to a run that waits for a person, and how one wants to be asked.
import { post } from "./api.js";

export const MODES = [
  ["ask", "Ask me when something is unclear"],
  ["approve", "Ask me, and show me the formulation before it is solved"],
  ["never", "Never ask; say what was assumed"],
];
const KEY = "fivefold.asking";

export const askingMode = () => (MODES.some(([name]) => name === localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "ask");
export const setAskingMode = (mode) => localStorage.setItem(KEY, mode);

/** The options of a run that go with a mode. */
export const askingOptions = () => ({ ask: askingMode() !== "never", approve: askingMode() === "approve" });

export async function replyTo(problem, id, reply) {
  try {
    await post(`/problems/${problem.id}/interrupts/${encodeURIComponent(id)}`, reply);
  } finally {
    problem.refresh();
  }
}

/** Say that a version is what is meant: the one that was shown, or another one that was made of it since. */
export const approveVersion = (problem, waiting, version) =>
  replyTo(problem, waiting.id, version === waiting.version ? { kind: "approve" } : { kind: "edit", version });

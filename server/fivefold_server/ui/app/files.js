// Bringing data files: which are taken, and what is said of one that is too large before it is sent.
import { ApiError, get, post } from "./api.js";
import { bytes } from "./words.js";

export const ENDINGS = ".csv,.tsv,.txt,.md,.xlsx,.xlsm,.json,.jsonl,.pdf";
/** Smaller files are sent without asking how large they may be. */
const ASK_FROM = 2 ** 20;

/** Send one file to a problem. A server that refuses a large body may close the line before its words are heard. */
export async function bringFile(problem, file) {
  if (file.size > ASK_FROM) {
    const most = (await get("/settings")).limits.body_bytes;
    if (file.size > most) {
      throw new ApiError(413, { detail: `${file.name} has ${bytes(file.size)}; ${bytes(most)} is the most that is taken.`,
        mend: "Leave out columns and rows that are not needed, or split it." });
    }
  }
  return post(`/problems/${problem}/files?name=${encodeURIComponent(file.name)}`, file);
}

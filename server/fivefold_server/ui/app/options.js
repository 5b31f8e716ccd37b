// The bounds and choices of a run from words, as the user has set them.
import { get } from "./api.js";
import { askingOptions } from "./replying.js";

export async function ownOptions() {
  const { user } = await get("/settings");
  return { library: user.library, time_limit_s: user.time_limit_s, rounds: user.rounds, ...askingOptions() };
}

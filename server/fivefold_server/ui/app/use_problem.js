// A problem as the page knows it: what the server keeps, and what its live events add.
import { get } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";
import { follow } from "./live.js";
import { emptyStory, fold } from "./story.js";

const DRAW_MS = 40;
const ASK_MS = 120;
const TELLING = new Set(["run.status", "formulation.version", "formulation.approved", "message.final", "problem.changed", "file.added", "file.removed"]);

export function useProblem(id) {
  const [whole, setWhole] = useState(null);
  const [error, setError] = useState(null);
  const [connection, setConnection] = useState("live");
  const [, draw] = useState(0);
  const story = useRef(emptyStory());
  const ask = useRef(() => {});

  useEffect(() => {
    let drawing = 0;
    let asking = 0;
    let gone = false;
    story.current = emptyStory();
    setWhole(null);
    setError(null);
    const load = async () => {
      asking = 0;
      try {
        const found = await get(`/problems/${encodeURIComponent(id)}`);
        if (!gone) setWhole(found);
      } catch (fault) {
        if (!gone && fault.status) setError(fault);
      }
    };
    ask.current = () => {
      asking ||= setTimeout(load, ASK_MS);
    };
    const heard = (event) => {
      fold(story.current, event);
      drawing ||= setTimeout(() => {
        drawing = 0;
        draw((count) => count + 1);
      }, DRAW_MS);
      if (TELLING.has(event.kind)) ask.current();
    };
    load();
    const stop = follow(id, 0, heard, setConnection);
    return () => {
      gone = true;
      stop();
      clearTimeout(drawing);
      clearTimeout(asking);
    };
  }, [id]);

  const refresh = useCallback(() => ask.current(), []);
  return { id, whole, error, connection, story: story.current, refresh };
}

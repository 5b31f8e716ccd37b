// Requests to the server; what goes wrong comes as one kind of error with words and a mend.
import { useCallback, useEffect, useState } from "./html.js";

export class ApiError extends Error {
  /** @param {number} status 0 where the server was not reached. */
  constructor(status, document) {
    super(document.detail || `the server answered ${status}`);
    this.status = status;
    this.code = document.code || "";
    this.mend = document.mend || "";
    this.findings = document.findings || [];
    this.faults = document.errors || [];
  }
}

const UNREACHED = { code: "unreached", detail: "The server cannot be reached.", mend: "See whether it still runs, then try again." };

async function call(method, path, body, more = {}) {
  const request = { method, headers: { ...more.headers }, signal: more.signal };
  if (body instanceof Blob) {
    request.body = body;
    request.headers["content-type"] = "application/octet-stream";
  } else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, request);
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new ApiError(0, UNREACHED);
  }
  const told = await answer.text();
  const found = told ? read(told) : null;
  if (answer.status === 401) window.dispatchEvent(new CustomEvent("fivefold:login"));
  if (!answer.ok) throw new ApiError(answer.status, found || {});
  return found;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 300) };
  }
}

export const get = (path, more) => call("GET", path, undefined, more);
export const post = (path, body = {}, more) => call("POST", path, body, more);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);

/** Load something when its dependencies change; what was there stays on show until the new comes. */
export function useLoad(load, needs) {
  const [state, setState] = useState({ data: null, error: null, loading: true });
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...before, error: null, loading: true }));
    Promise.resolve(load(stop.signal)).then(
      (data) => stop.signal.aborted || setState({ data, error: null, loading: false }),
      (error) => stop.signal.aborted || setState((before) => ({ ...before, error, loading: false })),
    );
    return () => stop.abort();
  }, [...needs, again]);
  const reload = useCallback(() => setAgain((count) => count + 1), []);
  return { ...state, reload };
}

/** Do something that a user asked for: `busy` while it goes on, `error` where it failed. */
export function useAction(act) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const run = async (...args) => {
    setBusy(true);
    setError(null);
    try {
      return await act(...args);
    } catch (fault) {
      setError(fault);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, error, clear: () => setError(null) };
}

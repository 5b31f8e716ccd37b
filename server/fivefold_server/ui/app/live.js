// Live events of a problem: one stream that comes back by itself and goes on behind the last event that was heard.
const SHORTEST_MS = 400;
const LONGEST_MS = 8000;
const HIDDEN_MS = 1500;
const REST_MS = 12000;

/** Hear events behind `after` until the returned function is called; `told` gets "live" or "lost". */
export function follow(problem, after, heard, told) {
  let last = after;
  let wait = SHORTEST_MS;
  let source = null;
  let timer = 0;
  let hiding = 0;

  const open = () => {
    clearTimeout(timer);
    close();
    source = new EventSource(`/api/v1/problems/${encodeURIComponent(problem)}/events?after=${last}`);
    source.onopen = () => {
      wait = SHORTEST_MS;
      told("live");
    };
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.seq <= last) return;
      last = event.seq;
      heard(event);
    };
    source.onerror = () => {
      close();
      told("lost");
      timer = setTimeout(open, wait);
      wait = Math.min(2 * wait, LONGEST_MS);
    };
  };
  const close = () => {
    source?.close();
    source = null;
  };
  // A browser keeps six connections to a server at most: pages that nobody looks at give theirs back, and only look
  // now and then, for what their title says.
  const rest = () => {
    close();
    clearTimeout(timer);
    hiding = setTimeout(() => {
      open();
      hiding = setTimeout(rest, HIDDEN_MS);
    }, REST_MS);
  };
  const looked = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(rest, HIDDEN_MS);
    else if (!source) open();
  };
  const returned = () => {
    wait = SHORTEST_MS;
    open();
  };
  const cut = () => told("lost");
  document.addEventListener("visibilitychange", looked);
  addEventListener("online", returned);
  addEventListener("offline", cut);
  open();
  looked();
  return () => {
    clearTimeout(timer);
    clearTimeout(hiding);
    close();
    document.removeEventListener("visibilitychange", looked);
    removeEventListener("online", returned);
    removeEventListener("offline", cut);
  };
}

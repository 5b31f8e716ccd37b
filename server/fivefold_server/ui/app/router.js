// Which page is shown: the path of the address, followed without loading the page anew.
import { useEffect, useState } from "./html.js";

export const TABS = ["problem", "data", "formulation", "code", "solution", "sensitivity", "what-if", "log"];

export function routeOf(path) {
  const parts = path.split("/").filter(Boolean);
  if (parts[0] === "p" && parts[1]) return { page: "problem", id: parts[1], tab: TABS.includes(parts[2]) ? parts[2] : null };
  if (parts.length === 0 || parts[0] === "new") return { page: "new" };
  return ["problems", "benchmarks", "settings", "login"].includes(parts[0]) ? { page: parts[0] } : { page: "missing" };
}

export function navigate(path, replace = false) {
  if (path !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

export function useRoute() {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const moved = () => setPath(location.pathname);
    addEventListener("popstate", moved);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", moved);
      document.removeEventListener("click", follow);
    };
  }, []);
  return routeOf(path);
}

/** Follow a link to one of our own pages without loading anew; leave all others to the browser. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const href = link.getAttribute("href");
  if (!href.startsWith("/") || /^\/(api|docs|static|openapi|metrics)/.test(href)) return;
  event.preventDefault();
  navigate(href);
}

// The frame of all pages: the list of problems at the side, and the page that the address names.
import { ApiError, get } from "./api.js";
import { html, render, useEffect, useState } from "./html.js";
import { Benchmarks } from "./pages/benchmarks.js";
import { AFTER_LOGIN, Login } from "./pages/login.js";
import { NewProblem } from "./pages/new.js";
import { Problems, Rail } from "./pages/problems.js";
import { Settings } from "./pages/settings.js";
import { Workspace } from "./pages/workspace.js";
import { navigate, useRoute } from "./router.js";

const TITLES = { new: "New problem", problems: "Problems", benchmarks: "Benchmarks", settings: "Settings", login: "Log in" };

function App() {
  const route = useRoute();
  const [listed, setListed] = useState(0);
  useEffect(() => {
    const login = () => {
      if (location.pathname === "/login") return;
      sessionStorage.setItem(AFTER_LOGIN, location.pathname);
      navigate("/login", true);
    };
    const changed = () => setListed((count) => count + 1);
    addEventListener("fivefold:login", login);
    addEventListener("fivefold:changed", changed);
    get("/settings").then((found) => applyTheme(found.user.theme), () => {});
    return () => {
      removeEventListener("fivefold:login", login);
      removeEventListener("fivefold:changed", changed);
    };
  }, []);
  useEffect(() => {
    if (route.page !== "problem") document.title = TITLES[route.page] ? `${TITLES[route.page]} · Fivefold` : "Fivefold";
  }, [route.page]);
  if (route.page === "login") return html`<${Login} />`;
  return html`<a class="skip" href="#main">Skip to the page</a>
    <div class="frame">
      <${Rail} route=${route} listed=${listed} />
      <main id="main" tabindex="-1"><${Page} route=${route} listed=${listed} /></main>
    </div>`;
}

function Page({ route, listed }) {
  if (route.page === "new") return html`<${NewProblem} />`;
  if (route.page === "problems") return html`<${Problems} listed=${listed} />`;
  if (route.page === "benchmarks") return html`<${Benchmarks} />`;
  if (route.page === "settings") return html`<${Settings} onTheme=${applyTheme} />`;
  if (route.page === "problem") return html`<${Workspace} key=${route.id} id=${route.id} tab=${route.tab} />`;
  return html`<section class="page"><h1>There is no such page</h1><p><a href="/new">Begin a new problem</a></p></section>`;
}

export function applyTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// A fault that nobody foresaw is said, not swallowed.
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof ApiError || event.reason?.name === "AbortError") event.preventDefault();
});

const app = document.getElementById("app");
app.replaceChildren();
render(html`<${App} />`, app);

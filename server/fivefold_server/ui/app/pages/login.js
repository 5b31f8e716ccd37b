// Logging in, on a server that asks for it.
import { post, useAction } from "../api.js";
import { html, useState } from "../html.js";
import { Fault, Field } from "../parts.js";
import { navigate } from "../router.js";

/** Where the page that asked for the login is kept, to go on with it. */
export const AFTER_LOGIN = "fivefold.after-login";

export function Login() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [token, setToken] = useState("");
  const login = useAction(async () => {
    await post("/auth/login", token ? { token } : { user: name, password });
    const wanted = sessionStorage.getItem(AFTER_LOGIN);
    sessionStorage.removeItem(AFTER_LOGIN);
    navigate(wanted || "/new", true);
  });
  const send = (event) => {
    event.preventDefault();
    login.run();
  };
  return html`<main id="main" class="page narrow"><h1>Log in to Fivefold</h1>
    <form onSubmit=${send}>
      <${Field} label="Name" value=${name} onInput=${setName} autocomplete="username" />
      <${Field} label="Password" kind="password" value=${password} onInput=${setPassword} autocomplete="current-password" />
      <details class="more"><summary>With a token instead, such as the one printed at the server's first start</summary>
        <${Field} label="Token" kind="password" value=${token} onInput=${setToken} autocomplete="off" /></details>
      <button class="primary" type="submit" disabled=${login.busy || !(token || (name && password))}>Log in</button>
    </form>
    <${Fault} error=${login.error} />
  </main>`;
}

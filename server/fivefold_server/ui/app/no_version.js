// What a tab shows while there is no version yet.
import { html } from "./html.js";
import { Empty } from "./parts.js";

export function NoVersion({ open, what }) {
  if (open) return html`<${Empty} title="It is being worked out"><p>${what} comes here as soon as the formulation is there. The conversation shows every step.</p><//>`;
  return html`<${Empty} title="No formulation yet"><p>Say in the conversation what is to be decided; ${what.toLowerCase()} comes of it.</p><//>`;
}

// What cannot hold together, for people: the few limits that clash, by what they mean.
import { html } from "../html.js";

const EACH = 3;

/** The clauses that tell something: that a quantity is not negative is in nearly every conflict. */
export function telling(clauses) {
  const told = clauses.filter((one) => !(one.member.kind === "lower" && one.text.endsWith(">= 0")));
  return told.length > 0 ? told : clauses;
}

/** What a clause limits, in the words of its element, with the entry that it is about. */
export function labelOf(clause, formulation) {
  if (clause.element === "added") return "your change";
  const element = [...(formulation?.constraints || []), ...(formulation?.variables || [])].find((one) => one.name === clause.element);
  if (!element?.description) return clause.name;
  return clause.key.length > 0 ? `${element.description}: ${clause.key.join(", ")}` : element.description;
}

/** Whether all that clashes says which words of the text it comes from, or which of it does not. */
export function Origin({ clauses }) {
  const rows = clauses.filter((one) => one.member.kind === "row");
  if (rows.length > 0 && rows.every((one) => one.quote)) {
    return html`<p>Each of them goes back to words of your text. If they are read as you meant them, your text asks for more than is possible: one of these limits has to give way.</p>`;
  }
  return html`<p>What names no words of your text may have been read wrongly: look at it first.</p>`;
}

/** A short list of what clashes, the entries of one element together. */
export function Clash({ conflict, formulation }) {
  const groups = Map.groupBy(telling(conflict.clauses), (one) => one.element);
  return html`<p>These cannot all hold together:</p><ul>${[...groups.values()].map((group) => html`<li>${labelOf(group.length > 1 ? { ...group[0], key: [] } : group[0], formulation)}:
    ${group.slice(0, EACH).map((one, place) => html`${place > 0 ? ", " : " "}<code>${one.text}</code>`)}${group.length > EACH && ` and ${group.length - EACH} more`}</li>`)}</ul>`;
}

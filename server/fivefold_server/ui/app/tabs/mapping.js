// Which column is which set or parameter: what is proposed, what is open, and putting the data in.
import { post, useAction, useLoad } from "../api.js";
import { html, useState } from "../html.js";
import { Fault, Loading, Note, Table } from "../parts.js";
import { percent } from "../words.js";

const where = (binding) => `${binding.table}: ${binding.value ? `${binding.value} by ` : ""}${binding.columns.join(", ") || "all columns"}`;

export function Mapping({ problem, content }) {
  const [replace, setReplace] = useState([]);
  const [chosen, setChosen] = useState({});
  const found = useLoad(() => post(`/problems/${problem.id}/data/propose`, { replace }), [problem.id, replace.join()]);
  const bind = useAction(async () => {
    await post(`/problems/${problem.id}/data/bind`, { replace, bindings: Object.values(chosen) });
    problem.refresh();
  });
  const mapping = found.data?.mapping;
  const nothing = mapping && mapping.bindings.length === 0 && mapping.open.length === 0;
  const undecided = (mapping?.open || []).filter((one) => !chosen[one.element]);
  const own = [...content.formulation.sets, ...content.formulation.parameters].map((one) => one.name);
  const toggle = (name) => setReplace(replace.includes(name) ? replace.filter((one) => one !== name) : [...replace, name]);
  return html`<section aria-labelledby="mapping"><h2 id="mapping">Which column is which</h2>
    ${own.length > 0 && html`<fieldset><legend>Take from the files although the formulation has values</legend><div class="row">${own.map((name) => html`<label>
      <input type="checkbox" checked=${replace.includes(name)} onChange=${() => toggle(name)} /> ${name}</label>`)}</div></fieldset>`}
    ${found.loading && html`<${Loading} what="Looking which column is which" />`}<${Fault} error=${found.error} />
    ${nothing && html`<p class="quiet-text">${own.length > 0
      ? "The formulation has values for all its sets and parameters. Choose above what the files should replace."
      : "The formulation has no sets or parameters that files could fill: its numbers stand in its expressions. Say in the conversation what is in the files, with “Formulate everything anew” ticked."}</p>`}
    ${mapping?.bindings.length > 0 && html`<${Table} label="What is settled" columns=${["Element", "Data", "How sure", "Why"]} numeric=${[2]}
      rows=${mapping.bindings.map((one) => [one.element, where(one), percent(one.score), one.reason])} />`}
    ${(mapping?.open || []).map((one) => html`<fieldset key=${one.element}><legend>Where is ${one.element}?</legend><p class="quiet-text">${one.reason}</p>
      ${one.candidates.length === 0 && html`<p>No column fits. Bring a file that has it.</p>`}
      ${one.candidates.map((candidate) => html`<label class="choice"><input type="radio" name=${one.element} checked=${chosen[one.element] === candidate}
        onChange=${() => setChosen({ ...chosen, [one.element]: candidate })} /> ${where(candidate)} <span class="quiet-text">${candidate.reason}</span></label>`)}</fieldset>`)}
    ${mapping && !nothing && html`<button type="button" class="primary" disabled=${undecided.length > 0 || bind.busy} onClick=${bind.run}>Put the data into a new version</button>`}
    <${Fault} error=${bind.error} />
    ${undecided.length > 0 && html`<${Note} tone="ask" title=${`Still open: ${undecided.map((one) => one.element).join(", ")}`} />`}</section>`;
}

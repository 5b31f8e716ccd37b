// The program of a version in each library: read, copy, take away.
import { get, useLoad } from "../api.js";
import { Editor } from "../editor.js";
import { html, useState } from "../html.js";
import { NoVersion } from "../no_version.js";
import { CopyButton, Empty, Fault, Loading, take } from "../parts.js";
import { LIBRARIES } from "../words.js";

export function CodeTab({ problem, version, latest, open }) {
  const found = useLoad((signal) => (version ? get(`/problems/${problem.id}/formulations/${version}/code`, { signal }) : null), [problem.id, version, latest]);
  const [library, setLibrary] = useState(null);
  if (!version) return html`<${NoVersion} open=${open} what="The program" />`;
  if (found.error) return html`<${Fault} error=${found.error} again=${found.reload} />`;
  if (!found.data) return html`<${Loading} what="Writing the programs" />`;
  const chosen = found.data.find((one) => one.library === library) || found.data.find((one) => one.source) || found.data[0];
  return html`<div class="row spread"><h2>Program</h2><div class="switch always" role="group" aria-label="Library">${found.data.map((one) =>
      html`<button type="button" aria-pressed=${one === chosen ? "true" : "false"} onClick=${() => setLibrary(one.library)}>${LIBRARIES[one.library] || one.library}</button>`)}</div></div>
    ${chosen.source === null || chosen.source === undefined
      ? html`<${Empty} title=${`${LIBRARIES[chosen.library] || chosen.library} cannot take this formulation`}><p>${chosen.refused}</p><//>`
      : html`<p class="quiet-text">For ${chosen.solver}. ${chosen.why ? `${chosen.why}. ` : ""}It stands alone: run it with Python.</p>
        <div class="row"><${CopyButton} text=${chosen.source} /><${Download} name=${`version-${version}-${chosen.library}.py`} text=${chosen.source} /></div>
        <${Program} key=${`${version} ${chosen.library}`} source=${chosen.source} label=${`Program for ${LIBRARIES[chosen.library] || chosen.library}`} />`}`;
}

function Download({ name, text }) {
  return html`<button type="button" onClick=${() => take(new Blob([text], { type: "text/x-python" }), name)}>Download</button>`;
}

/** A program in colours, with a search of its own (Ctrl+F inside it). */
export function Program({ source, label }) {
  const text = source.replace(/\n$/, "");
  return html`<${Editor} text=${text} label=${label} language="python" fallback=${html`<${Listing} source=${text} label=${label} />`} />`;
}

/** Source with the numbers of its lines, which are not copied with it. */
function Listing({ source, label }) {
  const lines = source.split("\n");
  return html`<div class="listing" role="region" aria-label=${label} tabindex="0">
    <pre class="line-numbers" aria-hidden="true">${lines.map((_, place) => place + 1).join("\n")}</pre><pre class="source">${lines.join("\n")}</pre></div>`;
}

// The menu of files to take away: of a version, and of a run with its solution.
import { html } from "./html.js";
import { Menu } from "./parts.js";

const OF_VERSION = [["py", "Python program"], ["ipynb", "Notebook"], ["lp", "LP file"], ["mps", "MPS file"], ["tex", "LaTeX"], ["md", "Markdown"], ["json", "JSON"], ["card.md", "Model card"], ["html", "Report of the formulation"]];
const OF_RUN = [["html", "Report with solution"], ["xlsx", "Spreadsheet"], ["csv", "Values as CSV"], ["result.json", "Result as JSON"]];

export function Exports({ problem, version, run }) {
  if (!version && !run) return null;
  const link = (base, [ending, words]) => html`<a href=${`${base}/export.${ending}`} download>${words} <small>.${ending}</small></a>`;
  return html`<${Menu} label="Export">
    ${run && html`<p class="menu-title">Solution</p>${OF_RUN.map((one) => link(`/api/v1/runs/${run.id}`, one))}`}
    ${version && html`<p class="menu-title">Formulation, version ${version}</p>
      ${OF_VERSION.map((one) => link(`/api/v1/problems/${problem}/formulations/${version}`, one))}`}<//>`;
}

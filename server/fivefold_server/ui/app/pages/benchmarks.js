// Runs of `fivefold bench`: what each pipeline came to, and the reports that were written.
import { get, useLoad } from "../api.js";
import { html } from "../html.js";
import { Empty, Fault, Loading, Note, Table } from "../parts.js";
import { bytes, number, percent, plural, seconds } from "../words.js";

export function Benchmarks() {
  const found = useLoad((signal) => get("/benchmarks", { signal }), []);
  const { folder, runs, reports, faults } = found.data || {};
  return html`<section class="page"><div class="row spread"><h1>Benchmarks</h1>
      ${folder && html`<button type="button" onClick=${found.reload} disabled=${found.loading}>Look again</button>`}</div>
    <${Fault} error=${found.error} again=${found.reload} />
    ${found.loading && !found.data && html`<${Loading} what="Reading the runs" />`}
    ${found.data && !folder && html`<${Empty} title="No folder of runs is set"><p>Start the server with <code>fivefold serve --benchmarks FOLDER</code>; runs of <code>fivefold bench run</code> in it are shown here.</p><//>`}
    ${folder && html`<p class="lead">From <code>${folder}</code>; nothing is changed there.</p>`}
    ${faults?.length > 0 && html`<${Note} tone="warn" title="Some files cannot be read"><ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul><//>`}
    ${folder && runs.length === 0 && html`<${Empty} title="No run yet"><p><code>fivefold bench run items.jsonl --out ${folder}/runs.sqlite</code></p><//>`}
    ${(runs || []).map((run) => html`<${OneRun} key=${`${run.file} ${run.id}`} run=${run} reports=${reports.filter((one) => one.runs.includes(run.id))} />`)}
    ${reports?.length > 0 && html`<section aria-labelledby="reports"><h2 id="reports">Reports</h2><ul class="list">${reports.map((one) => html`<li key=${one.name}>
      <${ReportLink} report=${one} /> <span class="quiet-text">${bytes(one.bytes)}, of ${plural(one.runs.length, "run")}</span></li>`)}</ul></section>`}
  </section>`;
}

function OneRun({ run, reports }) {
  const rows = run.pipelines.map((one) => [
    html`<code>${one.name}</code>`, `${one.attempts} of ${run.wanted}`, one.attempts ? `${one.right} (${percent(one.right / one.attempts)})` : "–",
    one.attempts ? percent(one.ran / one.attempts) : "–", one.attempts ? number(Math.round(one.tokens / one.attempts)) : "–", one.attempts ? seconds(one.wall_s / one.attempts) : "–",
  ]);
  return html`<section class="panel-card" aria-label=${`Run ${run.id}`}><div class="row spread"><h2>${run.llm}</h2>
      <span class="quiet-text">${run.started.slice(0, 16).replace("T", " ")} UTC</span></div>
    <p class="quiet-text">${plural(run.problems, "problem")}${run.samples > 1 ? `, ${run.samples} attempts each` : ""}; right by the rule <code>${run.rule}</code>; Fivefold ${run.version}${run.commit ? `, commit ${run.commit.slice(0, 10)}` : ""}; <code>${run.file}</code></p>
    <${Table} label=${`Pipelines of run ${run.id}`} columns=${["Pipeline", "Attempts", "Right", "Reported a value", "Tokens each", "Time each"]} numeric=${[1, 2, 3, 4, 5]} rows=${rows} />
    ${reports.length > 0
      ? html`<p>${reports.map((one) => html`<${ReportLink} report=${one} /> `)}</p>`
      : html`<p class="quiet-text">For every problem, and what can be claimed: <code>fivefold bench report ${run.file} --out report</code></p>`}</section>`;
}

/** A report is a page of its own, in a window that reaches nothing. */
const ReportLink = ({ report }) =>
  html`<a href=${`/api/v1/benchmarks/report?name=${encodeURIComponent(report.name)}`} target="_blank" rel="noopener noreferrer">Report ${report.name}</a>`;

// Data files: bring them, see what is in them, say which column is which, put their numbers into the formulation.
import { get, patch, remove, useAction, useLoad } from "../api.js";
import { ENDINGS, bringFile } from "../files.js";
import { html, useState } from "../html.js";
import { Empty, Fault, Loading, Note, Table } from "../parts.js";
import { Mapping } from "./mapping.js";
import { bytes, number, plural } from "../words.js";

const MOST_READINGS = 8;
const EDITED = /\.(csv|tsv|txt|xlsx|xlsm)$/i;

export function DataTab({ problem, content, version, latest }) {
  const files = useLoad(() => get(`/problems/${problem.id}/files`), [problem.id]);
  const [over, setOver] = useState(false);
  const bring = useAction(async (chosen) => {
    try {
      for (const file of chosen) await bringFile(problem.id, file);
    } finally {
      files.reload();
    }
  });
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    bring.run([...event.dataTransfer.files]);
  };
  const wanted = content.data?.checks.needs_data || [];
  return html`<h2>Data files</h2>
    <div class=${`drop ${over ? "over" : ""}`} onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <label class="button">Choose files<input class="hidden-input" type="file" multiple accept=${ENDINGS}
        onChange=${(event) => { bring.run([...event.target.files]); event.target.value = ""; }} /></label>
      <span>or drop them here: CSV, spreadsheet, JSON, a table in Markdown or PDF.</span></div>
    ${bring.busy && html`<${Loading} what="Reading" />`}<${Fault} error=${bring.error} /><${Fault} error=${files.error} again=${files.reload} />
    ${wanted.length > 0 && html`<${Note} tone="warn" title="The formulation waits for data"><p>${wanted.join(", ")}</p><//>`}
    ${files.data?.length === 0 && html`<${Empty} title="No files"><p>The numbers in your text are in the formulation. Large tables are better kept in files.</p><//>`}
    ${(files.data || []).map((file) => html`<${OneFile} key=${file.id} file=${file} onGone=${files.reload} />`)}
    ${files.data?.length > 0 && content.data && version === latest && html`<${Mapping} key=${`${latest}-${files.data.map((one) => one.id)}`} problem=${problem} content=${content.data} />`}
    ${files.data?.length > 0 && !content.data && html`<p class="quiet-text">When there is a formulation, you say here which column is which.</p>`}`;
}

function OneFile({ file, onGone }) {
  const found = useLoad(() => get(`/files/${file.id}`), [file.id]);
  const drop = useAction(async () => {
    await remove(`/files/${file.id}`);
    onGone();
  });
  return html`<article class="panel-card" aria-label=${file.name}>
    <div class="row spread"><h3>${file.name} <span class="quiet-text">${bytes(file.size)}</span></h3>
      <button type="button" class="quiet" onClick=${drop.run} disabled=${drop.busy} aria-label=${`Remove ${file.name}`}>Remove</button></div>
    ${found.loading && html`<${Loading} what="Looking into it" />`}<${Fault} error=${found.error || drop.error} again=${found.error && found.reload} />
    ${found.data?.tables.map((table) => html`<${OneTable} key=${table.table} file=${file} table=${table} onChanged=${onGone} />`)}</article>`;
}

function OneTable({ file, table, onChanged }) {
  const [cells, setCells] = useState(null);
  const keep = useAction(async () => {
    await patch(`/files/${file.id}/cells`, { table: table.table, cells: Object.values(cells) });
    onChanged();
  });
  const [rows, setRows] = useState(null);
  const [open, setOpen] = useState(false);
  const more = useAction(async () => {
    const offset = rows ? rows.rows.length : 0;
    const page = await get(`/files/${file.id}/preview?table=${encodeURIComponent(table.table)}&offset=${offset}&limit=100`);
    setRows({ ...page, rows: [...(rows?.rows || []), ...page.rows] });
    setOpen(true);
  });
  /** A row whose cells can be written in. */
  const inputs = (row, at) => row.map((text, column) => html`<input class="cell" aria-label=${`${table.columns[column].name}, row ${at + 1}`} spellcheck="false"
    value=${cells[`${at},${column}`]?.text ?? text} onInput=${(event) => setCells({ ...cells, [`${at},${column}`]: { row: at, column, text: event.target.value } })} />`);
  const range = (column) => (column.min !== undefined && column.min !== null ? `${number(column.min)} to ${number(column.max)}` : (column.examples || []).slice(0, 4).join(", "));
  const columns = table.columns.map((column) => [column.name, column.unit ? `${column.type} (${column.unit})` : column.type, number(column.distinct), range(column)]);
  const reading = Object.entries(table.reading || {});
  const headers = table.columns.map((column) => column.name);
  return html`<h4>${table.table} <span class="quiet-text">${plural(table.rows, "row")}</span></h4>
    <${Table} label=${`Columns of ${table.table}`} columns=${["Column", "Type", "Different values", "Range or examples"]} rows=${columns} numeric=${[2]} />
    ${reading.length > 0 && html`<p class="quiet-text">How it was read: ${reading.slice(0, MOST_READINGS).map(([what, how]) => `${what} ${how}`).join(" · ")}${/\.pdf$/i.test(file.name) ? ". Compare it with the page." : ""}</p>`}
    ${(table.all_findings || []).length > 0 && html`<${Note} tone="warn" title="Looked at closer"><ul>${table.all_findings.slice(0, 20).map((one) => html`<li>${one.text}</li>`)}</ul><//>`}
    ${!open && html`<button type="button" class="quiet" onClick=${more.run} disabled=${more.busy}>Show rows</button>`}
    ${open && html`<${Table} label=${`Rows of ${table.table}`} columns=${headers} rows=${cells ? rows.rows.map((row, at) => inputs(row, at)) : rows.rows} />
      <p class="row"><span class="quiet-text">${rows.rows.length} of ${rows.total}</span>
      ${rows.rows.length < rows.total && html`<button type="button" class="quiet" onClick=${more.run} disabled=${more.busy}>Show more</button>`}
      ${!cells && EDITED.test(file.name) && html`<button type="button" onClick=${() => setCells({})}>Change cells</button>`}
      ${cells && html`<button type="button" class="primary" disabled=${keep.busy || Object.keys(cells).length === 0} onClick=${keep.run}>Keep the changes</button>
        <button type="button" onClick=${() => setCells(null)}>Leave it</button>`}
      <button type="button" class="quiet" onClick=${() => setOpen(false)}>Hide</button></p>`}<${Fault} error=${more.error || keep.error} />`;
}

// Links for people without an account: make one, see which there are, revoke them.
import { get, post, remove, useAction, useLoad } from "./api.js";
import { html, useRef, useState } from "./html.js";
import { CopyButton, Fault, Field, Loading, Note, Table } from "./parts.js";

const DAYS = [["1", "a day"], ["7", "a week"], ["30", "30 days"], ["365", "a year"]];

export function Share({ problem, version }) {
  const box = useRef(null);
  const [open, setOpen] = useState(false);
  if (!version) return null;
  const show = () => {
    setOpen(true);
    box.current.showModal();
  };
  return html`<button type="button" onClick=${show}>Share</button>
    <dialog ref=${box} class="sheet" aria-labelledby="share-title" onClose=${() => setOpen(false)}>
      <div class="row spread"><h2 id="share-title">Share version ${version}</h2>
        <button type="button" class="quiet" onClick=${() => box.current.close()}>Close</button></div>
      ${open && html`<${Links} problem=${problem} version=${version} />`}
    </dialog>`;
}

function Links({ problem, version }) {
  const found = useLoad((signal) => get(`/problems/${problem}/shares`, { signal }), [problem]);
  const [days, setDays] = useState("7");
  const [label, setLabel] = useState("");
  const [solution, setSolution] = useState("yes");
  const [made, setMade] = useState(null);
  const act = useAction(async (id) => {
    if (id) await remove(`/shares/${id}`);
    else setMade(await post(`/problems/${problem}/shares`, { version, label, days: Number(days), with_solution: solution === "yes" }));
    found.reload();
  });
  const address = made && `${location.origin}${made.path}`;
  return html`<p>Whoever has the link sees this version, read only and without an account, until it ends. They see nothing else, and nothing that is said later.</p>
    <div class="grid">
      <${Field} label="It holds for" kind=${DAYS} value=${days} onInput=${setDays} />
      <${Field} label="Its latest solution" kind=${[["yes", "shown too"], ["no", "not shown"]]} value=${solution} onInput=${setSolution} />
      <${Field} label="Who it is for" value=${label} onInput=${setLabel} maxlength="100" />
    </div>
    <p><button type="button" class="primary" disabled=${act.busy} onClick=${() => act.run()}>Make a link</button></p>
    ${made && html`<${Note} tone="good" title="Copy it now: it is told this once"><p><code class="long">${address}</code> <${CopyButton} text=${address} /></p><//>`}
    <${Fault} error=${act.error || found.error} />
    ${found.loading && !found.data && html`<${Loading} what="Looking for links" />`}
    ${found.data?.length > 0 && html`<${Table} label="Links of this problem" columns=${["For", "Version", "Ends", "Looked at", ""]} numeric=${[1, 3]}
      rows=${found.data.map((one) => [one.label || "–", one.version, state(one), one.seen, one.holds
        && html`<button type="button" class="quiet" aria-label=${`Revoke the link ${one.label || `to version ${one.version}`}`} onClick=${() => act.run(one.id)}>Revoke</button>`])} />`}`;
}

function state(share) {
  if (share.revoked) return "revoked";
  const day = new Date(share.expires * 1000).toLocaleString();
  return share.holds ? day : `ended ${day}`;
}

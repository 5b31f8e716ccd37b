// Formulas by KaTeX, which is loaded when the first one is shown; what it cannot read is shown as it is written.
import { html, useLayoutEffect, useRef, useState } from "./html.js";

const OPTIONS = { displayMode: true, trust: false, strict: "ignore", throwOnError: true, maxExpand: 500, maxSize: 20 };
let loading = null;

function load() {
  loading ??= import("../vendor/katex/katex.min.js").then(() => globalThis.katex);
  return loading;
}

export function Formula({ latex }) {
  const place = useRef(null);
  const [fault, setFault] = useState("");
  useLayoutEffect(() => {
    let gone = false;
    load().then((katex) => {
      if (gone || !place.current) return;
      try {
        katex.render(latex, place.current, OPTIONS);
        setFault("");
      } catch (wrong) {
        setFault(String(wrong.message || wrong));
      }
    }, (wrong) => gone || setFault(String(wrong)));
    return () => {
      gone = true;
    };
  }, [latex]);
  return html`<div class="formula" tabindex="0" role="group" aria-label="Formula">
    <div ref=${place} hidden=${Boolean(fault)}></div>
    ${fault && html`<code>${latex}</code><small>This formula cannot be set: ${fault}</small>`}
  </div>`;
}

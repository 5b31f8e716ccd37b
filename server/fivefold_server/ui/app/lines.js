// Lines of text that scroll by themselves, each with its number: only those near the ones in view are in the page.
import { html, useLayoutEffect, useRef, useState } from "./html.js";

const MOST_LINES = 120;
const STEP_LINES = 20;
const LINE_PX = 20;
const NEAR_END_PX = 4;

/** @param {Array<[number, string]>} lines With `follow`, what is added at the end is scrolled to, unless one looks further up. */
export function Lines({ label, lines, follow = false }) {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(LINE_PX);
  const box = useRef(null);
  const atEnd = useRef(follow);
  const first = Math.max(0, Math.min(top, lines.length - MOST_LINES));
  const shown = lines.slice(first, first + MOST_LINES);
  const longest = lines.reduce((most, [, text]) => Math.max(most, text.length), 0);
  useLayoutEffect(() => {
    const measured = parseFloat(getComputedStyle(box.current).lineHeight);
    if (measured > 0 && Math.abs(measured - height) > 0.01) setHeight(measured);
    if (follow && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length, height, follow]);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    atEnd.current = scrollHeight - clientHeight - scrollTop < NEAR_END_PX;
    setTop(Math.max(0, Math.floor((scrollTop / height - MOST_LINES / 3) / STEP_LINES) * STEP_LINES));
  };
  const room = { marginTop: `${first * height}px`, marginBottom: `${(lines.length - first - shown.length) * height}px` };
  return html`<div class="listing lines" role="region" aria-label=${label} tabindex="0" ref=${box} onScroll=${scrolled}>
    <pre class="line-numbers" aria-hidden="true" style=${{ ...room, minWidth: `${String(lines.at(-1)?.[0] ?? 1).length}ch` }}>${shown.map(([number]) => number).join("\n")}</pre>
    <pre class="source" style=${{ ...room, minWidth: `${longest}ch` }}>${shown.map(([, text]) => text).join("\n")}</pre></div>`;
}

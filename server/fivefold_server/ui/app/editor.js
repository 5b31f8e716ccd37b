// Text with line numbers, colours and marks by CodeMirror, which is loaded when it is needed.
import { html, useEffect, useRef, useState } from "./html.js";

const TONES = { error: "error", warning: "warning", note: "info" };
let loading = null;

function load() {
  loading ??= import("../vendor/codemirror/codemirror.js");
  return loading;
}

/**
 * What is shown until CodeMirror is there, and where it cannot be loaded, is `fallback`. The editor begins with `text`
 * and has its own from then on: a fast writer is ahead of the page. Another text needs another `key`.
 * @param {{line: number, severity: string, text: string}[]} marks
 */
export function Editor({ text, label, language, fallback, onText, marks = [], goTo }) {
  const place = useRef(null);
  const view = useRef(null);
  const told = useRef(onText);
  const [ready, setReady] = useState(false);
  told.current = onText;
  useEffect(() => {
    let gone = false;
    load().then((mirror) => {
      // Who writes already is not disturbed.
      if (gone || !place.current || place.current.parentElement.querySelector("textarea:focus")) return;
      // In a shadow its style sheets are made by the browser itself, so that no style has to be allowed in the page.
      const root = place.current.shadowRoot || place.current.attachShadow({ mode: "open" });
      const state = mirror.EditorState.create({ doc: text, extensions: extensions(mirror, { label, language, told, fixed: !onText }) });
      view.current = new mirror.EditorView({ state, parent: root, root });
      setReady(true);
    }, () => {});
    return () => {
      gone = true;
      view.current?.destroy();
      view.current = null;
    };
  }, [language]);
  useEffect(() => {
    if (ready) load().then((mirror) => view.current?.dispatch(mirror.setDiagnostics(view.current.state, diagnostics(view.current.state, marks))));
  }, [marks, ready]);
  useEffect(() => {
    if (!goTo || !view.current) return;
    const line = lineOf(view.current.state, goTo.line);
    view.current.dispatch({ selection: { anchor: line.from }, scrollIntoView: true });
    view.current.focus();
  }, [goTo]);
  // Letters that mean something elsewhere on the page are only letters here.
  const own = (event) => event.key === "/" && event.stopPropagation();
  return html`<div class="editor">
    <div class="mirror" data-ready=${ready ? "true" : "false"} ref=${place} onKeyDown=${own} hidden=${!ready}></div>
    ${!ready && fallback}</div>`;
}

function extensions(mirror, { label, language, told, fixed }) {
  const { EditorState, EditorView, keymap } = mirror;
  const changed = EditorView.updateListener.of((update) => update.docChanged && told.current?.(update.state.doc.toString()));
  const shared = [
    mirror.lineNumbers(), mirror.drawSelection(), mirror.bracketMatching(), mirror.search({ top: true }),
    mirror.syntaxHighlighting(colours(mirror)), EditorView.theme(THEME), EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    keymap.of([...mirror.searchKeymap, ...mirror.historyKeymap, ...mirror.lintKeymap, ...mirror.defaultKeymap.filter((one) => one.key !== "Mod-Enter")]),
    language === "python" ? mirror.python() : [mirror.markdown(), EditorView.lineWrapping],
  ];
  if (fixed) return [...shared, EditorState.readOnly.of(true)];
  return [...shared, mirror.history(), mirror.lintGutter(), mirror.highlightActiveLine(), changed];
}

function diagnostics(state, marks) {
  return marks.filter((mark) => mark.line).map((mark) => {
    const line = lineOf(state, mark.line);
    return { from: line.from, to: line.to, severity: TONES[mark.severity] || "info", message: mark.text };
  });
}

const lineOf = (state, number) => state.doc.line(Math.min(Math.max(1, number), state.doc.lines));

function colours({ HighlightStyle, tags }) {
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--accent)", fontWeight: "600" },
    { tag: [tags.string, tags.monospace], color: "var(--good)" },
    { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
    { tag: [tags.comment], color: "var(--quiet)", fontStyle: "italic" },
    { tag: [tags.heading], color: "var(--accent)", fontWeight: "700" },
    { tag: [tags.strong], fontWeight: "700" },
    { tag: [tags.definition(tags.variableName), tags.function(tags.variableName)], color: "var(--ink)", fontWeight: "600" },
  ]);
}

const THEME = {
  "&": { color: "var(--ink)", backgroundColor: "var(--sunk)", border: "1px solid var(--line)", borderRadius: "8px", fontSize: "0.86rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", maxHeight: "70vh", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "var(--surface)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-matchingBracket": { outline: "1px solid var(--accent)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--lit)" },
  ".cm-tooltip, .cm-panels": { color: "var(--ink)", backgroundColor: "var(--surface)", border: "1px solid var(--line)" },
  ".cm-panels input, .cm-panels button": { color: "var(--ink)", backgroundColor: "var(--surface)", backgroundImage: "none", border: "1px solid var(--line)" },
};

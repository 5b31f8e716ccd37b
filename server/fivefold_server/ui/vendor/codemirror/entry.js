// What the pages use of CodeMirror 6, in one file: a view with line numbers, Python, Markdown, marks and search.
export { EditorState } from "@codemirror/state";
export { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
export { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
export { search, searchKeymap } from "@codemirror/search";
export { tags } from "@lezer/highlight";
import { LRLanguage, Language, LanguageSupport, defineLanguageFacet } from "@codemirror/language";
import { parser as markdownParser } from "@lezer/markdown";
import { parser as pythonParser } from "@lezer/python";

// The packages of these languages bring completion, and for Markdown HTML, CSS and JavaScript, which nobody needs here.
export const python = () => new LanguageSupport(LRLanguage.define({ name: "python", parser: pythonParser }));
export const markdown = () => new LanguageSupport(new Language(defineLanguageFacet(), markdownParser, [], "markdown"));

// The editor of a Python block: CodeMirror in the site's own colours, sizes and distances.
//
// It lives in a shadow root: only there does CodeMirror use constructed style sheets, which the
// site's policy allows. The site's custom properties reach into it, so that a change of the colour
// scheme does, too. The block's box stands here again, since the site's rules do not reach into it.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching, ensureSyntaxTree, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { forEachDiagnostic, linter, nextDiagnostic } from "@codemirror/lint";
import { EditorView, highlightSpecialChars, keymap, showPanel } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const KEYS = "Ctrl+Enter: run. Escape, then Tab: leave. Escape twice: close.";
const PARSING_MS = 500; // at most; a longer text is looked at again when more of it is parsed

const LOOK = EditorView.theme({
  "&": {
    border: "1px solid var(--guide-line)", borderRadius: "var(--guide-corner)",
    backgroundColor: "var(--md-code-bg-color)", color: "var(--md-code-fg-color)",
    fontSize: "var(--guide-size-2)",
  },
  // Inside, since an output covers what is below, and on a phone there is no room at the sides.
  "&.cm-focused": { outline: "2px solid var(--guide-accent)", outlineOffset: "-1px" },
  ".cm-scroller": {
    fontFamily: "inherit", lineHeight: "1.5",
    scrollbarColor: "var(--md-default-fg-color--lighter) #0000", scrollbarWidth: "thin",
  },
  ".cm-content": { padding: "0.7720588235em 1.1764705882em", caretColor: "currentcolor" },
  ".cm-line": { padding: "0" },
  ".cm-specialChar": { color: "var(--guide-bad)" },
  "&.cm-focused .cm-matchingBracket": {
    outline: "1px solid var(--guide-edge)", backgroundColor: "transparent",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    outline: "1px solid var(--guide-bad)", backgroundColor: "transparent",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none", textDecoration: "underline wavy var(--guide-bad)",
    textDecorationSkipInk: "none",
  },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--guide-bad)" },
  ".cm-tooltip": {
    zIndex: "3", // below the site's header
    border: "1px solid var(--guide-edge)",
    backgroundColor: "var(--guide-paper)",
    color: "var(--guide-ink)",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--guide-bad)" },
  // On the lower line, so that no text is covered and nothing moves.
  ".cm-panels": {
    zIndex: "1", position: "absolute", top: "100%", bottom: "auto", marginTop: "-0.6em",
    border: "0", background: "none", fontFamily: "var(--md-text-font-family)",
    fontSize: "var(--guide-size-1)", lineHeight: "1.2", whiteSpace: "normal", pointerEvents: "none",
  },
  ".cm-panel": { display: "flex", justifyContent: "end", padding: "0 1em" },
  ".cm-panel > :not(:empty)": { padding: "0 0.4em", backgroundColor: "var(--guide-paper)" },
  "#error": { color: "var(--guide-bad)" },
  "#keys": { color: "var(--guide-quiet)" },
  "&:not(.cm-focused) #keys, #error:not(:empty) + #keys": { display: "none" },
  "@media (hover: none), (width < 45em)": { "#keys": { display: "none" } },
});

/** @param {string} name */
const code = (name) => `var(--md-code-hl-${name}-color)`;
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.meta], color: code("keyword") },
  { tag: tags.operatorKeyword, color: code("operator") },
  {
    tag: [tags.definition(tags.className), tags.function(tags.definition(tags.variableName))],
    color: code("function"),
  },
  { tag: [tags.bool, tags.null], color: code("name") },
  { tag: tags.number, color: code("number") },
  { tag: tags.string, color: code("string") },
  { tag: tags.escape, color: code("special") },
  { tag: tags.comment, color: code("comment") },
]);

/**
 * The first place that the parser cannot read: what follows from it is no other mistake.
 * @param {import("@lezer/common").Tree} [tree]
 */
function unread(tree) {
  const cursor = tree?.cursor();
  while (cursor?.next()) if (cursor.type.isError) return cursor;
}

/**
 * @param {EditorView} view
 * @returns {import("@codemirror/lint").Diagnostic[]}
 */
function syntaxError({ state }) {
  const { doc } = state;
  const error = unread(ensureSyntaxTree(state, doc.length, PARSING_MS) ?? undefined);
  if (!error) return [];
  const line = doc.lineAt(error.from);
  const end = Math.min(error.to, line.to);
  // Where something is missing, the character before is marked.
  const from = end > error.from ? error.from : Math.max(line.from, error.from - 1);
  const message = `Line ${line.number} may be a syntax error (F8 goes there)`;
  return [{ from, to: Math.max(from, end), severity: "error", message }];
}

/**
 * Marks what may be an error. The parser does not know all of Python: where it cannot read the text
 * that was given, which was run, it cannot judge what becomes of it either.
 * @param {string} given
 */
function marking(given) {
  if (unread(pythonLanguage.parser.parse(given))) return [];
  return linter(syntaxError, {
    needsRefresh: ({ startState, state }) => syntaxTree(startState) !== syntaxTree(state),
  });
}

/**
 * Says below the code which keys there are, and where a syntax error is.
 * @returns {import("@codemirror/view").Panel}
 */
function footer() {
  const [dom, error, keys] = ["div", "span", "span"].map((name) => document.createElement(name));
  error.id = "error";
  error.role = "status";
  keys.id = "keys";
  keys.textContent = KEYS;
  dom.append(error, keys);
  return {
    dom,
    update({ state }) {
      let message = "";
      forEachDiagnostic(state, (diagnostic) => (message = diagnostic.message));
      if (error.textContent !== message) error.textContent = message;
    },
  };
}

/**
 * Escape, then Tab leaves, however long that takes; CodeMirror alone would wait for two seconds.
 * @param {() => void} onEscape called at the second of two Escapes
 */
function leaving(onEscape) {
  let escaped = false;
  return EditorView.domEventHandlers({
    keydown({ key, repeat, isComposing }, view) {
      if (isComposing || repeat) return false;
      const twice = escaped && key === "Escape";
      escaped = key === "Escape";
      if (key !== "Tab" && key !== "Shift") view.setTabFocusMode(escaped);
      if (twice) onEscape();
      return twice;
    },
    blur(_, view) {
      escaped = false;
      view.setTabFocusMode(false);
    },
  });
}

/**
 * Puts an editor into `parent`, as large as a block of code with the same text is in its place.
 *
 * @param {object} options
 * @param {Element} options.parent the block's `pre`, whose `code` the caller hides
 * @param {string} options.source without the end of the last line, which would be an empty line
 * @param {string} options.label what screen readers call the editor
 * @param {() => void} [options.onRun] called at Ctrl+Enter and Cmd+Enter
 * @param {(value: string) => void} [options.onChange] called after each change
 * @param {() => void} [options.onEscape] called when Escape is pressed twice
 * @returns {{ readonly value: string, focus(): void, destroy(): void }} `value` is the text as it
 *   is now, each line of which ends with a line feed
 */
export function createEditor({
  parent, source, label, onRun = () => {}, onChange = () => {}, onEscape = () => {},
}) {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  parent.append(host);
  const run = () => (onRun(), true);
  const view = new EditorView({
    parent: root,
    root,
    doc: source,
    extensions: [
      leaving(onEscape),
      keymap.of([
        { key: "Ctrl-Enter", run },
        { key: "Cmd-Enter", run },
        { key: "F8", run: nextDiagnostic },
        indentWithTab,
        ...closeBracketsKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      history(),
      pythonLanguage,
      indentUnit.of("    "),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      highlightSpecialChars(),
      marking(source),
      showPanel.of(footer),
      syntaxHighlighting(COLOURS),
      LOOK,
      EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "error keys" }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) onChange(state.doc.toString());
      }),
    ],
  });
  return {
    get value() {
      return view.state.doc.toString();
    },
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      host.remove();
    },
  };
}

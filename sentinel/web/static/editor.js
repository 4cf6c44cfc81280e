// The editor of policy files: it takes the place of a text area, which stays the form's own field and does without it.
// It stands in a shadow tree, where its styles are adopted sheets: the page's policy forbids inline ones.

import * as cm from "./vendor/codemirror.min.js";

const PAUSE = 500; // milliseconds without a key after which the file is written and looked through
const OFFERS = { subject: "subjects", resource: "resources", action: "actions" };

const style = cm.EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--text)", backgroundColor: "var(--surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--faint)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--hover) 70%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent) !important" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "8px", boxShadow: "var(--shadow-high)", fontFamily: "var(--sans)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "3px solid var(--critical)", fontSize: "12.5px" },
  // the library draws these two as images inside its sheet, which the page's policy forbids
  ".cm-lint-marker-error": { content: "normal", width: "9px", height: "9px", margin: "6px 2px", borderRadius: "2px", backgroundColor: "var(--critical)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--critical)", textDecorationSkipInk: "none" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels input, .cm-panels button": { fontFamily: "var(--sans)", color: "var(--text)", background: "var(--surface)" },
});
const colours = cm.HighlightStyle.define([
  { tag: [cm.tags.definition(cm.tags.propertyName), cm.tags.propertyName], color: "var(--low)" },
  { tag: [cm.tags.string, cm.tags.special(cm.tags.string)], color: "var(--good)" },
  { tag: [cm.tags.lineComment, cm.tags.comment], color: "var(--faint)", fontStyle: "italic" },
  { tag: [cm.tags.separator, cm.tags.squareBracket, cm.tags.brace, cm.tags.punctuation], color: "var(--muted)" },
]);

// What is offered: values by the key that stands before them, keys by how deep the line is.

function place(state, at) {
  const line = state.doc.lineAt(at);
  const before = line.text.slice(0, at - line.from);
  const flow = /([{,]\s*)([a-z_]*)$/.exec(before);
  if (flow && /\bwhen:\s*\{[^}]*$/.test(before)) return { keys: "when", from: at - flow[2].length };
  if (flow && /\bobligations:\s*\{[^}]*$/.test(before)) return { keys: "obligations", from: at - flow[2].length };
  const value = /([a-z_]+):\s*(?:"|\[(?:[^\]]*[,\s])?"?)?([^\s,[\]"]*)$/.exec(before);
  if (value) return { value: value[1], from: at - value[2].length };
  const key = /^(\s*)(?:-\s+)?([a-z_]*)$/.exec(before);
  return key ? { keys: key[1].length ? "rule" : "policy", from: at - key[2].length } : null;
}

const completer = (words) => (context) => {
  const found = place(context.state, context.pos);
  if (!found) return null;
  const offered = found.keys
    ? (words.keys[found.keys] ?? []).map((name) => ({ label: name, apply: `${name}: `, type: "property" }))
    : (words[OFFERS[found.value]] ?? words.values[found.value] ?? (found.value === "groups" ? words.subjects.filter((name) => name.startsWith("grp:")).map((name) => name.slice(4)) : [])).map((label) => ({ label, type: "constant" }));
  if (offered.length === 0 || (!context.explicit && found.keys && context.pos === found.from)) return null;
  return { from: found.from, options: offered, validFor: /^[^\s,[\]"]*$/ };
};

// One editor

class PolicyEditor extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    this.form = this.area.form;
    const root = this.attachShadow({ mode: "open" });
    root.append(document.createElement("slot"));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{display:block} slot{display:none} .cm-editor{height:100%}");
    root.adoptedStyleSheets = [sheet];
    this.words = { subjects: [], resources: [], actions: [], keys: {}, values: {} };
    if (this.dataset.words) fetch(this.dataset.words).then((answer) => answer.ok && answer.json()).then((words) => words && Object.assign(this.words, words));
    const readOnly = this.area.readOnly;
    this.view = new cm.EditorView({
      parent: root,
      root,
      state: cm.EditorState.create({
        doc: this.area.value,
        extensions: [
          cm.lineNumbers(), cm.lintGutter(), cm.history(), cm.drawSelection(), cm.highlightActiveLine(), cm.highlightActiveLineGutter(),
          cm.indentOnInput(), cm.bracketMatching(), cm.closeBrackets(), cm.highlightSelectionMatches(), cm.yaml(), cm.EditorView.lineWrapping,
          cm.syntaxHighlighting(colours), style, cm.autocompletion({ override: [completer(this.words)] }),
          cm.EditorState.readOnly.of(readOnly),
          cm.EditorView.contentAttributes.of({ "aria-label": this.area.getAttribute("aria-label") ?? "" }),
          cm.keymap.of([
            { key: "Mod-s", run: () => { this.form?.requestSubmit(); return true; } },
            ...cm.completionKeymap, ...cm.lintKeymap, ...cm.searchKeymap, ...cm.historyKeymap, ...cm.defaultKeymap,
          ]),
          cm.EditorView.updateListener.of((update) => update.docChanged && this.changed()),
        ],
      }),
    });
    this.show(JSON.parse(this.dataset.mistakes ?? "[]"));
    const line = /^#line-(\d+)(?:-(\d+))?$/.exec(location.hash);
    if (line || Number(this.dataset.line)) this.go(Number(line?.[1] ?? this.dataset.line), Number(line?.[2] ?? 0));
  }

  changed() {
    this.area.value = this.view.state.doc.toString();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.write(), PAUSE);
  }

  async write() {
    if (!this.form) return;
    const body = new URLSearchParams(new FormData(this.form));
    const answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = document.querySelector("[data-written]");
    if (said) said.textContent = answer.ok ? said.dataset.written : said.dataset.failed;
    if (answer.ok) this.show((await answer.json()).mistakes);
  }

  show(mistakes) {
    const mine = mistakes.filter((mistake) => mistake.path === this.dataset.file);
    const doc = this.view.state.doc;
    const marks = mine.map(({ line, message }) => {
      const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
      return { from: at.from, to: at.to, severity: "error", message };
    });
    this.view.dispatch(cm.setDiagnostics(this.view.state, marks));
    const list = document.querySelector("#mistakes");
    if (!list || !this.form) return;
    list.replaceChildren(...mistakes.map((mistake) => this.item(mistake)));
    for (const box of document.querySelectorAll("[data-count]")) {
      const count = mistakes.filter((mistake) => mistake.path === box.dataset.count).length;
      box.textContent = count || "";
      box.hidden = count === 0;
    }
    const verdict = document.querySelector("[data-verdict]");
    verdict.textContent = mistakes.length ? verdict.dataset.wrong.replace("%n", mistakes.length) : verdict.dataset.verdict;
    verdict.classList.toggle("wrong", mistakes.length > 0);
  }

  item({ path, line, message }) {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: `?file=${encodeURIComponent(path)}#line-${line}`, textContent: `${path}:${line}` });
    link.addEventListener("click", (event) => {
      if (path !== this.dataset.file) return;
      event.preventDefault();
      this.go(line);
    });
    item.append(link, " ", message);
    return item;
  }

  // To a line; with a last one, all of them are selected.
  go(line, last = 0) {
    const doc = this.view.state.doc;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const end = last > line ? doc.line(Math.min(last, doc.lines)).to : at.from;
    this.view.dispatch({ selection: { anchor: end, head: at.from }, effects: cm.EditorView.scrollIntoView(at.from, { y: "center" }) });
    this.view.focus();
  }
}

customElements.define("policy-editor", PolicyEditor);

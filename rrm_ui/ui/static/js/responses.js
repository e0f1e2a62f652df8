// The responses to rank: written one by one, pasted as JSON lines, or read from a file. The list lives here in the
// browser; the server gets it when Rank is pressed.

const MOST_RESPONSES = 64;
const RESPONSE_KEYS = ["response", "text", "completion", "content", "output"];
const FIRST_RESPONSES = 3; // empty boxes that a new page begins with

let countResponses = () => 0; // set by the editor: how many different ones there are
let responsesChanged = () => {}; // set by the cost line
let responsesNow = () => []; // set by the editor: those that are not empty
let givenResponses = () => "[]"; // set by the editor: what the server gets
let tidyResponses = () => {}; // set by the editor: removes boxes that were left empty

/** The text of one row of a file: a string, or an object with one of the usual keys; null if it has none. */
function responseOf(row) {
  if (typeof row === "string") return row;
  if (row === null || typeof row !== "object") return null;
  const key = RESPONSE_KEYS.find((name) => typeof row[name] === "string");
  return key ? row[key] : null;
}

/** Read pasted text: a JSON array, or JSON lines. Returns the texts, and the numbers of the lines that hold none. */
function readResponses(text) {
  try {
    const whole = JSON.parse(text);
    const rows = Array.isArray(whole) ? whole : (whole?.responses ?? [whole]);
    const query = typeof whole?.query === "string" ? whole.query : null;
    const texts = rows.map(responseOf);
    return { texts: texts.filter((one) => one !== null), broken: placesOf(texts), query };
  } catch {
    // Not one JSON value: then a line each.
  }
  const lines = text.split(/\r?\n/);
  const texts = lines.map((line) => {
    if (!line.trim()) return undefined;
    try {
      return responseOf(JSON.parse(line));
    } catch {
      return null;
    }
  });
  return { texts: texts.filter((one) => typeof one === "string"), broken: placesOf(texts), query: null };
}

const placesOf = (texts) => texts.map((one, index) => (one === null ? index + 1 : 0)).filter(Boolean);

class ResponsesEditor {
  constructor(element) {
    this.list = h("ol", { class: "responses" });
    this.add = h("button", { type: "button", class: "plain", id: "add-response", click: () => this.append("").focus() });
    this.paste = h("button", { type: "button", class: "plain", id: "paste-responses", click: () => this.openPaste() });
    this.file = h("input", { type: "file", hidden: true, id: "responses-file", accept: ".jsonl,.ndjson,.json,.txt" });
    this.file.addEventListener("change", () => this.readFile());
    this.choose = h("button", { type: "button", class: "plain", id: "choose-responses", click: () => this.file.click() });
    this.empty = h("button", { type: "button", class: "plain", id: "clear-responses", click: () => this.clear() });
    this.count = h("span", { class: "count" });
    this.problem = h("p", { class: "message", role: "alert", hidden: true });
    this.undo = new UndoLine();
    this.say = () => "";
    this.title = h("h2", {});
    const bar = h("div", { class: "responses-bar" }, this.add, this.paste, this.choose, this.file, this.empty, this.count);
    element.append(this.title, this.list, bar, this.problem, this.undo.element);
    document.addEventListener("input", ({ target }) => target === boxOf("query") && this.undo.clear());
    this.restore(readDraft("rank"));
    onLanguage(() => {
      this.label();
      this.tell(this.say);
    });
  }

  /** Begin with what was here before a reload, or with empty boxes. */
  restore(draft) {
    const texts = draft?.texts?.length ? draft.texts : Array(FIRST_RESPONSES).fill("");
    texts.slice(0, MOST_RESPONSES).forEach((text) => this.append(text, true));
    this.changed();
    if (draft) typeIn({ query: draft.query });
    keepDraft("rank", () => {
      const boxes = readBoxes(["query"]);
      return boxes && { ...boxes, texts: this.texts };
    });
    keepSettings("rank", ["method", "budget", "votes", "seed"], ["budget"]); // votes of a match are no model's
  }

  get texts() {
    return [...this.list.querySelectorAll("textarea")].map((area) => area.value);
  }

  get filled() {
    return this.texts.filter((text) => text.trim());
  }

  /** What is ranked: boxes that were left empty do not count, unless all were. */
  get given() {
    return this.filled.length ? this.filled : this.texts;
  }

  /** Remove boxes that were left empty, so that a response's number is that of its box. */
  tidy() {
    const blank = [...this.list.children].filter((item) => !item.querySelector("textarea").value.trim());
    if (!blank.length || blank.length === this.list.children.length) return;
    blank.forEach((item) => item.remove());
    this.changed();
    this.undo.offer(() => t("responses_tidied"));
  }

  /** Offer to bring back the responses `before`, of which some were taken out; `say` tells which. */
  offerUndo(before, say) {
    this.undo.offer(say, () => {
      this.list.replaceChildren();
      before.forEach((text) => this.append(text, true));
      this.changed();
      this.list.querySelector("textarea").focus();
    });
  }

  append(text, quietly = false) {
    const area = h("textarea", { rows: "2", input: () => this.changed() });
    area.value = text;
    const remove = h("button", { type: "button", class: "quiet remove-response" }, "×");
    const item = h("li", {}, area, remove);
    remove.addEventListener("click", () => {
      const before = this.texts;
      (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("textarea").focus();
      item.remove();
      this.changed();
      if (area.value.trim()) this.offerUndo(before, () => t("responses_dropped", { n: 1 }));
    });
    this.list.append(item);
    if (!quietly) this.changed();
    return area;
  }

  clear() {
    const { texts: before, filled } = this;
    this.list.replaceChildren();
    for (let i = 0; i < FIRST_RESPONSES; i++) this.append("", true);
    this.changed();
    this.tell(() => "");
    if (filled.length) this.offerUndo(before, () => t("responses_dropped", { n: number(filled.length) }));
  }

  /** Take the responses of `text`; boxes that are still empty go. */
  take(text) {
    const { texts, broken, query } = readResponses(text);
    const room = MOST_RESPONSES - this.filled.length;
    for (const item of [...this.list.children]) if (!item.querySelector("textarea").value.trim()) item.remove();
    texts.slice(0, room).forEach((one) => this.append(one, true));
    const own = boxOf("query")?.value ?? "";
    if (query) typeIn({ query });
    const told = () => [
      broken.length ? t("responses_broken", { lines: joined("listed", broken.slice(0, 10)), n: number(broken.length) }) : "",
      texts.length > room ? t("responses_too_many", { n: number(texts.length - room), most: MOST_RESPONSES }) : "",
      !texts.length && !broken.length ? t("responses_none") : "",
    ];
    this.tell(() => joined("sentences", told().filter(Boolean)));
    if (!this.list.children.length) this.append("");
    this.changed();
    if (query && own.trim() && own !== query) this.undo.offer(() => t("query_replaced"), () => typeIn({ query: own }));
  }

  async readFile() {
    const [file] = this.file.files;
    if (!file) return;
    try {
      this.take(await file.text());
    } catch {
      this.tell(() => t("responses_none"));
    }
    this.file.value = "";
  }

  openPaste() {
    const names = { "aria-labelledby": "paste-title", "aria-describedby": "paste-info" };
    const area = h("textarea", { rows: "10", placeholder: '"…"\n{"response": "…"}', ...names });
    const take = h("button", { type: "button", class: "plain", id: "take-responses" }, t("paste_take"));
    const close = h("button", { type: "button", class: "plain" }, t("close"));
    const dialog = h(
      "dialog",
      { class: "rrm rrm-dialog paste-dialog", "aria-labelledby": "paste-title" },
      h("header", {}, h("h2", { id: "paste-title" }, t("paste")), close),
      h("p", { class: "note", id: "paste-info" }, t("paste_info")),
      area,
      h("footer", {}, take),
    );
    take.addEventListener("click", () => {
      this.take(area.value);
      dialog.close();
    });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    area.focus();
  }

  /** Show what `say` says below the list, in whichever language is chosen. */
  tell(say) {
    this.say = say;
    const words = say();
    this.problem.hidden = !words;
    setText(this.problem, words);
  }

  changed() {
    this.undo.clear();
    this.label();
    responsesChanged();
  }

  label() {
    setText(this.title, t("responses"));
    setText(this.add, t("add_response"));
    setText(this.paste, t("paste"));
    setText(this.choose, t("choose_file"));
    setText(this.empty, t("clear"));
    setText(this.count, t("responses_count", { n: number(this.filled.length), most: MOST_RESPONSES }));
    this.add.disabled = this.list.children.length >= MOST_RESPONSES;
    [...this.list.children].forEach((item, index) => {
      const n = index + 1;
      setAttribute(item.querySelector("textarea"), "aria-label", t("response_n", { n }));
      setAttribute(item.querySelector("textarea"), "placeholder", t("response_n", { n }));
      setAttribute(item.querySelector("button"), "aria-label", t("remove_response", { n }));
    });
  }
}

function mountResponses(element) {
  const editor = new ResponsesEditor(element.querySelector(".rrm"));
  countResponses = () => new Set(editor.filled).size;
  responsesNow = () => editor.filled;
  givenResponses = () => JSON.stringify(editor.given);
  window.rrm.givenResponses = givenResponses;
  tidyResponses = () => editor.tidy();
}

// One vote of the board: a header that says where it stands, and its text as it grows.

const IN_MIDDLE = ["waiting", "thinking", "answering"]; // states of a vote that is not over

/** Words and mark for the state of a vote. */
function paneState(pane) {
  if (pane.state !== "finished") return { words: t(`state_${pane.state}`), choice: undefined };
  return { words: pane.choice ? "" : t("state_none"), choice: pane.choice };
}

/** The state as nodes: words, or a mark with words beside it, which only those hear who cannot see it. */
function stateNodes({ words, choice }) {
  if (choice === undefined) return [words];
  return [mark(choice), choice ? h("span", { class: "sr" }, t(`curve_end_${choice}`)) : words];
}

function paneUse(pane) {
  if (pane.budget === 0) return t("used_direct");
  return t("used_of", { n: number(pane.tokens), budget: number(pane.budget) });
}

/** How the vote came to its end, in sentences. */
function paneEnding(pane) {
  if (IN_MIDDLE.includes(pane.state)) return [];
  if (pane.state === "failed") return [pane.failure ? messageSentence(pane.failure) : t("state_failed")];
  if (pane.state !== "finished") return [t("closed_cancelled")];
  const closed = pane.budget === 0 ? "closed_direct" : `closed_${pane.closed_by}`;
  return [t(closed), pane.read_from ? t(`read_${pane.read_from}`) : t("closed_unread")];
}

/** The answer as nodes, with what was fed to the model marked as such. */
function answerNodes(pane) {
  const nodes = [];
  let at = pane.answer.search(/\S|$/); // blank lines at its head only take place
  for (const [start, end] of pane.forced) {
    nodes.push(pane.answer.slice(at, Math.max(at, start)));
    nodes.push(h("span", { class: "forced", title: t("forced") }, pane.answer.slice(Math.max(at, start), end)));
    at = end;
  }
  nodes.push(pane.answer.slice(at));
  const note = pane.forced.length ? h("span", { class: "forced-note" }, t("forced")) : null;
  return [...nodes.filter((node) => node !== ""), note].filter(Boolean);
}

class VotePane {
  constructor(open) {
    this.title = h("h3", {});
    this.order = h("span", { class: "pane-order" });
    this.use = h("span", { class: "pane-use" });
    this.state = h("span", { class: "pane-state" });
    this.button = h("button", {
      type: "button",
      class: "quiet",
      click: () => open({ ...this.row, thinking: this.text }),
    });
    this.fill = h("i", {});
    this.thought = h("div", { class: "pane-thought" });
    this.answer = h("div", { class: "pane-answer" });
    this.ending = h("p", { class: "pane-ending" });
    this.scroller = h(
      "div",
      { class: "pane-text", tabindex: "0", role: "region" },
      this.thought,
      this.answer,
      this.ending,
    );
    const top = h("header", {}, this.title, this.order, this.state, this.use, this.button);
    this.element = h(
      "article",
      { class: "pane" },
      top,
      h("div", { class: "pane-meter", "aria-hidden": "true" }, this.fill),
      this.scroller,
    );
    this.flow = new TextFlow(this.thought);
    this.text = "";
    this.follow = followEnd(this.scroller);
  }

  /** Take the end of the thought that came, and add what of it is new. A gap is left for `heal` to fill. */
  take({ start, tail }) {
    const fresh = start > this.text.length ? "" : tail.slice(this.text.length - start);
    this.text += fresh;
    this.flow.append(fresh);
    return fresh.length > 0;
  }

  /** A vote that is over, but of which an update was missed: its whole text is in the judgment. */
  heal(judgment) {
    if (this.row.length == null || this.row.length === this.text.length || !judgment) return;
    this.text = JSON.parse(judgment).votes.find((vote) => vote.index === this.row.index).thinking;
    this.flow.show(this.text);
  }

  /** Draw the vote; returns whether its text moved, so that the board can scroll all panes in one go. */
  update(row) {
    this.row = row;
    this.drawHeader(row);
    const grew = this.take(row);
    const signature = JSON.stringify([row.answer, row.forced, row.state, currentLanguage()]);
    if (this.tail === signature) return grew;
    this.tail = signature;
    this.answer.replaceChildren(...answerNodes(row));
    setText(this.ending, joined("sentences", paneEnding(row)));
    this.element.dataset.ending = row.state;
    return true;
  }

  drawHeader(row) {
    setText(this.title, t("vote", { n: row.index + 1 }));
    setText(this.order, t(`order_${row.order}`));
    setAttribute(this.order, "title", t(`names_${row.order}`));
    setText(this.use, paneUse(row));
    const state = paneState(row);
    keep(this.state, JSON.stringify([state, row.state, currentLanguage()]), () => stateNodes(state));
    setAttribute(this.state, "title", state.words); // which may be cut where there is little room
    setText(this.button, t("open"));
    setAttribute(this.button, "aria-label", t("open_vote", { n: row.index + 1 }));
    setAttribute(this.button, "data-ready", !IN_MIDDLE.includes(row.state));
    setAttribute(this.scroller, "aria-label", t("vote", { n: row.index + 1 }));
    setAttribute(this.element, "data-state", row.state);
    setAttribute(this.element, "data-choice", row.choice);
    this.fill.style.transform = `scaleX(${row.budget ? Math.min(1, row.tokens / row.budget) : 0})`;
  }
}

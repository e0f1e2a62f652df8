// A finished vote in full, with the passages marked in which P(A) moved most.

const MOVE_ARROW = " → ";

function moveFigure([, , before, after]) {
  return `P(A) ${probability(before)}${MOVE_ARROW}${probability(after)}`;
}

/** The thought as blocks, its decisive passages as <mark> with the figures before them. */
function markedThought(pane) {
  const body = h("div", { class: "dialog-thought" });
  const plain = (text) => {
    const part = h("div", { class: "dialog-part" });
    new TextFlow(part).show(text);
    if (text) body.append(part);
  };
  let at = 0;
  pane.passages.forEach((passage, index) => {
    const [start, end, before, after] = passage;
    plain(pane.thinking.slice(at, start));
    const toward = after > before ? "toward-A" : "toward-B";
    const figure = h("span", { class: "passage-figure" }, moveFigure(passage));
    body.append(
      h(
        "mark",
        { class: `passage ${toward}`, id: `passage-${index}`, tabindex: "-1" },
        figure,
        pane.thinking.slice(start, end),
      ),
    );
    at = end;
  });
  plain(pane.thinking.slice(at));
  return body;
}

function passageLinks(pane, body) {
  if (!pane.passages.length) return pane.probes ? h("p", { class: "note" }, t("passages_none")) : null;
  const jump = (index) => () => {
    const passage = body.querySelector(`#passage-${index}`);
    passage.scrollIntoView({ block: "center" });
    passage.focus({ preventScroll: true });
  };
  const links = pane.passages.map((passage, index) =>
    h(
      "button",
      {
        type: "button",
        class: `passage-link ${passage[3] > passage[2] ? "toward-A" : "toward-B"}`,
        click: jump(index),
      },
      moveFigure(passage),
    ),
  );
  return h(
    "div",
    { class: "passages" },
    h("p", { class: "note" }, t("passages")),
    h("div", { class: "passage-links" }, ...links),
  );
}

/** Show one vote in a native modal dialog: Esc closes it, and focus returns to where it was. */
function openVote(pane) {
  const title = h("h2", { id: "rrm-dialog-title" }, t("vote", { n: pane.index + 1 }));
  const state = h("span", {}, ...stateNodes(paneState(pane)));
  const body = markedThought(pane);
  const close = h("button", { type: "button", class: "plain", click: () => dialog.close() }, t("close"));
  const facts = [
    t(`order_${pane.order}`),
    t(`names_${pane.order}`),
    paneUse(pane),
    pane.p_a == null ? null : `P(A) ${probability(pane.p_a)}`,
    `${t("seed")} ${pane.seed}`,
  ];
  const dialog = h(
    "dialog",
    { class: "rrm rrm-dialog", "aria-labelledby": "rrm-dialog-title" },
    h("header", {}, title, state, close),
    h("p", { class: "note" }, facts.filter(Boolean).join(" · ")),
    h("p", { class: "note" }, joined("sentences", paneEnding(pane))),
    passageLinks(pane, body),
    pane.thinking ? patternSwitch(body) : null,
    h(
      "div",
      { class: "dialog-text", tabindex: "0" },
      h("h3", {}, t("thought")),
      body,
      h("h3", {}, t("answer")),
      h("div", { class: "dialog-answer" }, ...answerNodes(pane)),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  closeOnBackdrop(dialog);
  document.body.append(dialog);
  dialog.showModal();
}

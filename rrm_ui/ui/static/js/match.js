// A match that is over: its two responses and its votes, each of which opens in full.

/** One vote of a match, as a line that opens it and its thought. */
function matchVote(pane) {
  const open = h("button", { type: "button", class: "plain", click: () => openVote(pane) }, t("vote", { n: pane.index + 1 }));
  const facts = h("span", { class: "note" }, `${t(`order_${pane.order}`)} · ${paneUse(pane)}`);
  return h("li", {}, open, ...stateNodes(paneState(pane)), facts, h("p", { class: "match-thought" }, pane.thinking.trim()));
}

function matchSide(choice, name, text) {
  return h("div", {}, h("h3", {}, mark(choice), ` ${name}`), h("div", { class: "match-text" }, text));
}

/** Show a match in a native modal dialog: `names` are what its two responses are called, `decision` why one of them goes on. */
function openMatchDialog(names, comparison, panes, failure, decision) {
  const close = h("button", { type: "button", class: "plain", click: () => dialog.close() }, t("close"));
  const handOn = () => openInCompare(comparison) || compare.replaceWith(h("p", { class: "message", role: "alert" }, t("open_failed")));
  const compare = h("button", { type: "button", class: "plain", click: handOn }, t("open_in_compare"));
  const sides = [
    matchSide("A", names[0], comparison.response_a),
    matchSide("B", names[1], comparison.response_b),
  ];
  const dialog = h(
    "dialog",
    { class: "rrm rrm-dialog match-dialog", "aria-labelledby": "match-title" },
    h("header", {}, h("h2", { id: "match-title" }, names.join(" – ")), compare, close),
    failure ? h("p", { class: "message" }, failure) : null,
    decision ? h("p", { class: "note" }, decision) : null,
    h(
      "div",
      { class: "dialog-text", tabindex: "0" },
      h("h3", {}, t("query")),
      h("div", { class: "match-text" }, comparison.query),
      h("div", { class: "match-sides" }, ...sides),
      h("ul", { class: "match-votes" }, ...panes.map(matchVote)),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  closeOnBackdrop(dialog);
  document.body.append(dialog);
  dialog.showModal();
}

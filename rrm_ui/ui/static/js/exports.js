// Taking the result along: as text for a note, as JSON for a program.

function judgmentText(view) {
  const judgment = JSON.parse(view.judgment);
  const { comparison } = judgment;
  const head = headline(view);
  const votes = view.panes.map((pane) => {
    const verdict = pane.choice ?? (pane.state === "finished" ? t("state_none") : t(`state_${pane.state}`));
    const line = `${t("vote", { n: pane.index + 1 })} · ${t(`order_${pane.order}`)} · ${paneUse(pane)} · ${verdict}`;
    const { thinking } = judgment.votes.find((vote) => vote.index === pane.index);
    return `${line}\n\n${thinking.trim()}\n\n${pane.answer.trim()}`;
  });
  const share = (value) => (value == null ? "–" : probability(value));
  const calibrated = isCalibrated(view.calibration) && judgment.p_a != null;
  const lines = [
    t("aside", { words: head.words, aside: `${judgment.tally.A} : ${judgment.tally.B}` }),
    head.detail,
    named(t("confidence"), t("aside", { words: share(judgment.vote_confidence), aside: t("confidence_note") })),
    named("P(A)", share(judgment.p_a)),
    calibrated
      ? named(
          joined("listed", ["P(A)", calibrationNote(view.calibration)]),
          share(shownProbability(judgment.p_a, view.calibration)),
        )
      : "",
    named(t("orders"), orderWords(view)),
    named(t("model"), judgment.model),
    view.failure ? messageSentence(view.failure) : "",
    ...view.notices.map(noticeSentence),
  ].filter(Boolean);
  const texts = [
    ["query", comparison.query],
    ["response_a", comparison.response_a],
    ["response_b", comparison.response_b],
  ];
  return [lines.join("\n"), ...texts.map(([key, text]) => `${t(key)}\n${text}`), ...votes].join("\n\n") + "\n";
}

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "sr" }); // plain http has no clipboard object
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying was refused");
}

/** Save the judgment exactly as the server wrote it: its seeds have more digits than a browser's numbers. */
function downloadJson(view) {
  saveFile(stampedName("judgment.json"), view.judgment, "application/json");
}

/** `name` with the time in it: of several results that are saved, each is known by its file. */
function stampedName(name) {
  const two = (part) => String(part).padStart(2, "0");
  const now = new Date();
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  return name.replace(/\.(\w+)$/, `-${date}-${time}.$1`);
}

function saveFile(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** The two buttons, for whatever `latest()` returns when they are pressed. */
function exportButtons(latest) {
  const copy = h("button", { type: "button", class: "plain", id: "copy-result" });
  const save = h("button", {
    type: "button",
    class: "plain",
    id: "download-result",
    click: () => downloadJson(latest()),
  });
  const label = () => {
    setText(copy, t("copy"));
    setText(save, t("download"));
  };
  copy.addEventListener("click", async () => {
    const said = await copyText(judgmentText(latest())).then(
      () => "copied",
      () => "copy_failed",
    );
    setText(copy, t(said));
    setTimeout(label, 1500);
  });
  label();
  onLanguage(label);
  return h("div", { class: "exports" }, copy, save);
}

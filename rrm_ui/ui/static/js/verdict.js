// The verdict: readable from two metres, and what stands behind it in smaller letters.

const BUSY = ["waiting", "reading", "running"];

function leader(tally) {
  return tally.A === tally.B ? null : tally.A > tally.B ? "A" : "B";
}

/** Seconds as an expectation is told: in fives up to a minute, then in tens, and never none. */
function roughly(seconds) {
  const step = seconds < 60 ? 5 : 10;
  return Math.max(step, Math.round(seconds / step) * step);
}

/** What the big line says, and the sentence under it. */
function headline(view) {
  const { phase, tally } = view;
  if (phase === "waiting")
    return {
      words: view.place ? t("waiting_place", { place: view.place }) : t("waiting"),
      detail: view.place && view.wait != null ? t("waiting_time", { time: duration(roughly(view.wait)) }) : "",
    };
  if (phase === "reading") {
    const [done, total] = view.reading;
    return { words: t("reading"), detail: t("reading_amount", { done: number(done), total: number(total) }) };
  }
  if (phase === "running") return runningHeadline(view);
  const side = tally.outcome;
  if (side === "A" || side === "B")
    return {
      words: t(`better_${side}`),
      choice: side,
      detail: t("majority", { n: tally[side], all: tally.A + tally.B, side }),
    };
  if (side === "undecided") return { words: t("undecided"), detail: leanSentence(tally) };
  return {
    words: phase === "failed" ? t("failed") : t("no_verdict"),
    choice: null,
    detail: view.failure ? "" : t("no_verdict_detail"),
  };
}

function runningHeadline({ tally, panes }) {
  const done = tally.A + tally.B + tally.no_verdict;
  if (!done) return { words: t("thinking"), detail: t("so_far_none") };
  const side = leader(tally);
  return {
    words: side ? t(`leads_${side}`) : t("level"),
    choice: side ?? undefined,
    open: true,
    detail: t("so_far", { done, all: panes.length }),
  };
}

function leanSentence({ p_a }) {
  if (p_a == null || Math.abs(p_a - 0.5) < 0.005) return t("undecided_level");
  return `${t("undecided_lean", { side: p_a > 0.5 ? "A" : "B" })} P(A) ${probability(p_a)}`;
}

function noticeSentence({ code, values }) {
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? number(value) : value]),
  );
  return t(`notice_${code}`, shown);
}

function tallyBar(tally) {
  const parts = [
    ["A", tally.A],
    ["B", tally.B],
    ["none", tally.no_verdict],
    ["open", tally.outstanding],
  ];
  const bars = parts
    .filter(([, n]) => n > 0)
    .map(([kind, n]) =>
      h("span", { class: `share share-${kind}`, style: `flex-grow:${n}` }, kind.length === 1 ? `${kind} ${n}` : ""),
    );
  const words = parts.filter(([, n]) => n > 0).map(([kind, n]) => t(`count_${kind}`, { n }));
  return h("div", { class: "tally", role: "img", "aria-label": joined("listed", words) }, ...bars);
}

function orderWords({ tally, panes }) {
  if (tally.order_agreement) return t(`orders_${tally.order_agreement}`);
  return new Set(panes.map((pane) => pane.order)).size === 1 ? t("orders_one") : "–";
}

/** P(A), with a switch for the calibrated one where a temperature was fitted for this judge. */
function probabilityFact({ tally, calibration }) {
  const shown = shownProbability(tally.p_a, calibration);
  const plain = isCalibrated(calibration) ? calibrationNote(calibration) : t("p_a_note");
  const note = calibration?.problem ? messageSentence(calibration.problem) : plain;
  return h(
    "div",
    { class: "fact" },
    h("dt", {}, t("p_a"), calibration?.temperature ? calibrationSwitch() : null),
    h("dd", {}, shown == null ? "–" : probability(shown)),
    h("dd", { class: "note" }, note),
  );
}

function facts(view) {
  const { tally } = view;
  const orders = Object.entries(tally.by_order)
    .sort()
    .map(([order, [a, b]]) => `${t(`order_${order}`)} ${a} : ${b}`);
  const fact = (name, value, note) =>
    h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value), note ? h("dd", { class: "note" }, note) : null);
  return h(
    "dl",
    { class: "facts" },
    fact(
      t("votes_fact"),
      `${tally.A} : ${tally.B}`,
      tally.no_verdict
        ? t("count_none", { n: tally.no_verdict })
        : tally.outstanding
          ? t("count_open", { n: tally.outstanding })
          : "",
    ),
    fact(
      t("confidence"),
      tally.vote_confidence == null ? "–" : probability(tally.vote_confidence),
      t("confidence_note"),
    ),
    probabilityFact(view),
    fact(t("orders"), orderWords(view), joined("listed", orders)),
  );
}

function busyWords(view, lost) {
  return t(lost ? "lost" : view.phase === "waiting" ? "waiting" : "thinking");
}

class Verdict {
  constructor(exports) {
    this.line = h("p", { class: "headline" });
    this.detail = h("p", { class: "detail" });
    this.live = h("p", { class: "sr", role: "status", "aria-live": "polite" });
    this.bar = h("div", {});
    this.facts = h("div", {});
    this.notices = h("ul", { class: "notices" });
    this.element = h(
      "section",
      { class: "verdict" },
      this.line,
      this.detail,
      this.bar,
      this.facts,
      this.notices,
      exports,
      this.live,
    );
  }

  /** Draw `view`; `lost` says that its server is silent, `stale` (a text's key) that the boxes hold other texts by now. */
  update(view, lost, stale) {
    setAttribute(this.element, "aria-label", t("verdict"));
    const head = headline(view);
    const language = currentLanguage();
    keep(this.line, JSON.stringify(head) + language, () => [
      head.choice === undefined ? null : mark(head.choice, "big"),
      h("span", {}, head.words),
    ]);
    setText(this.detail, head.detail);
    keep(this.bar, JSON.stringify(view.tally) + language, () => tallyBar(view.tally));
    const wish = JSON.stringify([view.tally, view.panes.map((pane) => pane.order), view.calibration, wantsCalibrated()]) + language;
    keep(this.facts, wish, () => facts(view));
    const sentences = view.notices.map(noticeSentence);
    if (view.failure) sentences.unshift(messageSentence(view.failure));
    if (stale) sentences.unshift(t(stale));
    if (lost) sentences.unshift(t("lost"));
    keep(this.notices, JSON.stringify(sentences), () => sentences.map((sentence) => h("li", {}, sentence)));
    this.element.dataset.outcome = head.open || BUSY.includes(view.phase) ? "open" : view.tally.outcome;
    this.element.dataset.phase = view.phase;
    // A screen reader hears beginnings and ends, not every count.
    setText(this.live, BUSY.includes(view.phase) ? busyWords(view, lost) : [head.words, head.detail, ...sentences].join(" "));
  }
}

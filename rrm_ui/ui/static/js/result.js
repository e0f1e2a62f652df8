// Everything below the buttons: the empty page that teaches, then verdict, curve and vote board.

const SILENCE_MS = 6000; // the server speaks several times a second while a judgment runs

function emptyPage() {
  const cards = (window.rrmExamples || []).map((example) =>
    h(
      "button",
      { type: "button", class: "example-card", click: () => pickExample(example.id) },
      h("span", {}, exampleTitle(example)),
    ),
  );
  return h(
    "section",
    { class: "empty" },
    h("p", { class: "intro" }, t("intro")),
    h("p", { class: "note" }, t("intro_examples")),
    h("div", { class: "example-cards" }, ...cards),
  );
}

const TEXT_BOXES = ["query", "response_a", "response_b"];

/** The texts that a judgment is of that is over; null while there is none. */
function judgedTexts(view) {
  if (!view.judgment) return view.comparison ?? null;
  if (view.judgment !== judgedTexts.of) {
    judgedTexts.of = view.judgment;
    judgedTexts.texts = JSON.parse(view.judgment).comparison;
  }
  return judgedTexts.texts;
}

/** The key of what to say where the boxes no longer hold what was `judged`; null where they do, or are empty. */
function staleness(judged, boxes) {
  if (!judged || !boxes || TEXT_BOXES.every((name) => !boxes[name])) return null;
  if (TEXT_BOXES.every((name) => boxes[name] === judged[name])) return null;
  const { query, response_a, response_b } = boxes;
  const swapped = query === judged.query && response_a === judged.response_b && response_b === judged.response_a;
  return swapped ? "stale_swapped" : "stale_texts";
}

/** The texts that were `judged`, for paper: boxes end after some lines, and may hold others by now. */
function textsToPrint(judged) {
  if (!judged) return [];
  const text = (name) => [h("h3", {}, t(name)), h("p", { class: "print-text" }, judged[name])];
  return TEXT_BOXES.map((name) => h("section", {}, ...text(name)));
}

class Result {
  constructor(element) {
    this.view = null;
    this.panes = [];
    this.verdict = new Verdict(exportButtons(() => this.view));
    this.curve = new Curve();
    this.board = h("div", { class: "board", role: "group" });
    this.texts = h("section", { class: "print-texts" });
    this.full = h("div", { class: "full" }, this.texts, this.verdict.element, this.curve.element, this.board);
    this.empty = h("div", {});
    element.append(this.empty, this.full);
    this.scroll = new Set();
    this.heard = performance.now();
  }

  update(view) {
    this.heard = performance.now();
    this.draw(view && view.phase && view.phase !== "idle" ? view : null);
  }

  draw(view) {
    this.view = view;
    this.empty.hidden = Boolean(view);
    this.full.hidden = !view;
    document.body.dataset.rrmPhase = view ? view.phase : "idle";
    if (!view) keep(this.empty, currentLanguage(), emptyPage);
    else this.drawView(view);
    drawBar("#result", view ? { ...headline(view), note: this.stale ? t(`${this.stale}_short`) : "" } : {});
  }

  drawView(view) {
    const judged = judgedTexts(view);
    this.stale = staleness(judged, readBoxes(TEXT_BOXES));
    keep(this.texts, JSON.stringify(judged) + currentLanguage(), () => textsToPrint(judged));
    this.verdict.update(view, this.isLost(), this.stale);
    this.verdict.element.classList.toggle("has-judgment", Boolean(view.judgment));
    this.curve.element.hidden = view.panes.length === 0;
    this.curve.update(view.panes);
    setAttribute(this.board, "aria-label", t("vote_board"));
    const keeps = view.run === this.run ? view.panes.length : 0; // another judgment starts with new panes
    if (view.run !== this.run) this.asked = readBoxes(TEXT_BOXES);
    this.run = view.run;
    while (this.panes.length > keeps) this.panes.pop().element.remove();
    view.panes.forEach((row, index) => {
      const pane = (this.panes[index] ??= this.newPane());
      if (pane.update(row)) this.scroll.add(pane);
      pane.heal(view.judgment);
    });
    if (this.scroll.size && !this.frame) this.frame = requestAnimationFrame(() => this.follow());
  }

  newPane() {
    const pane = new VotePane(openVote);
    this.board.append(pane.element);
    return pane;
  }

  /** Scroll all panes that grew, together: reading and writing layout in turns would cost one layout each. */
  follow() {
    this.frame = 0;
    this.scroll.forEach((pane) => pane.follow());
    this.scroll.clear();
  }

  /** Whether what stands on the page has come to be of other texts, or of these again, since it was drawn. */
  hasTurned() {
    return Boolean(this.view) && staleness(judgedTexts(this.view), readBoxes(TEXT_BOXES)) !== this.stale;
  }

  get isBusy() {
    return Boolean(this.view) && BUSY.includes(this.view.phase);
  }

  isLost() {
    return this.isBusy && performance.now() - this.heard > SILENCE_MS;
  }

  /** What is left of the judgment when the page is. */
  left() {
    if (!this.isBusy) return this.view;
    const thoughts = this.panes.map((pane) => pane.text);
    return stoppedByLeaving(this.view, thoughts, this.asked);
  }
}

let mountBar = () => {}; // set by what is drawn in the bar, which may be there later

/** The short result in the bar that stays at a phone's bottom: a `choice`, words, a note; a press brings up the whole at `place`. */
function drawBar(place, { choice, words, note }) {
  const bar = document.querySelector("#bar-verdict .bar-verdict");
  mountBar = () => drawBar(place, { choice, words, note });
  if (!bar) return;
  bar.onclick = () => bring(document.querySelector(place));
  const parts = () => [choice === undefined ? null : mark(choice), h("span", {}, words), note && h("span", { class: "note" }, note)];
  keep(bar, JSON.stringify([choice, words, note]), () => (words ? parts() : []));
}

const JUDGMENT_KEY = "rrm-judgment";

/** The judgment that was on this page before it was loaded anew; it would not be of texts that another page handed on. */
function leftJudgment() {
  const left = takeStored(JUDGMENT_KEY);
  return handedComparison() ? null : left;
}

/** Draw what another version of this page may have left; false, and nothing on the page, if this one cannot. */
function canDraw(result, left) {
  try {
    result.update(left);
    return true;
  } catch (error) {
    console.warn("A judgment that this page had before it was loaded anew cannot be drawn", error);
    result.update(null);
    return false;
  }
}

let forgetResult = () => {}; // set below: what Clear took off the page is not asked for again
let bringBackResult = () => {}; // set below: shows it again

function mountResult(element, props, watch) {
  const result = new Result(element.querySelector(".rrm"));
  const left = leftJudgment();
  if (left && !props.value && canDraw(result, left)) props.value = left; // Gradio must know of it, or Clear would do nothing
  leaveStored(JUDGMENT_KEY, () => result.left());
  // One whose server is silent may be loaded anew by Gradio.
  guardLeaving(() => result.isBusy && !result.isLost());
  if (hasStayed()) judgeAsBefore();
  let emptied = null;
  const update = () => {
    if (!props.value && result.view) emptied = result.view;
    result.update(props.value || null);
  };
  forgetResult = () => (emptied = null);
  bringBackResult = () => {
    if (!emptied || props.value) return;
    props.value = emptied;
    update();
  };
  watch("value", update);
  onLanguage(() => result.draw(result.view));
  window.addEventListener("rrm-calibrated", () => result.draw(result.view));
  setInterval(() => result.isLost() && result.draw(result.view), 2000);
  // Gradio tells nobody when it fills its boxes, as for an example or a swap.
  setInterval(() => result.hasTurned() && result.draw(result.view), 500);
  update();
}

// Everything below the buttons of the Rank page: who is best, what is being judged, ratings, table or bracket.

const PICTURES = ["ratings", "table", "bracket"];

/** A picture's title, its note, its place, and the buttons that save it. */
class PictureSection {
  constructor(name, fail) {
    this.name = name;
    this.title = h("h2", {});
    this.note = h("p", { class: "note" });
    this.place = h("div", { class: "rank-place" });
    const button = (kind, save) => {
      const press = () => Promise.resolve(save(this.drawn, name)).catch(fail);
      const label = kind.toUpperCase();
      return h("button", { type: "button", class: "quiet", "data-save": `${name}-${kind}`, click: press }, label);
    };
    const saves = h("span", { class: "rank-saves" }, button("svg", savePictureSvg), button("png", savePicturePng));
    this.element = h("section", { class: `rank-${name}` }, h("header", {}, this.title, saves), this.note, this.place);
  }

  get drawn() {
    return this.place.querySelector("svg");
  }

  /** Draw what `make()` gives whenever `signature` changes; nothing at all without it. */
  draw(make, signature, note = t(`${this.name}_note`)) {
    this.element.hidden = !make;
    if (!make) return;
    setText(this.title, t(this.name === "table" ? "cross_table" : this.name));
    setText(this.note, note);
    keep(this.place, signature, make);
  }
}

const SENT_AS_TEXT = ["responses", "lengths", "left_out", "places", "running", "rounds", "standings"];

/** What the server sent: its parts come as JSON text, the list of matches without its last bracket. */
function readRanking(value) {
  const parts = SENT_AS_TEXT.map((name) => [name, JSON.parse(value[name] ?? "null")]);
  return { ...value, ...Object.fromEntries(parts), matches: JSON.parse(`${value.matches}]`).map(matchOf) };
}

class RankingPanel {
  constructor(element, server) {
    this.server = server;
    this.sent = null; // what the server sent last
    this.view = null;
    this.width = 0;
    this.head = this.makeHead();
    this.running = h("ul", { class: "rank-running" });
    this.runningTitle = h("h2", {});
    const now = h("section", { class: "rank-now" }, this.runningTitle, this.running);
    this.sections = PICTURES.map((name) => new PictureSection(name, () => this.tell(t("picture_failed"))));
    this.listTitle = h("summary", {});
    this.listBody = h("ul", {});
    this.list = h("details", { class: "rank-list", toggle: () => this.drawList() }, this.listTitle, this.listBody);
    this.full = h("div", { class: "rank-full" }, this.head, now, ...this.sections.map((one) => one.element), this.list);
    this.empty = h("p", { class: "note intro" });
    element.append(this.empty, this.full);
    new ResizeObserver(([entry]) => this.resize(entry.contentRect.width)).observe(element);
  }

  makeHead() {
    this.words = h("p", { class: "rank-winner", role: "status" });
    this.detail = h("p", { class: "note" });
    this.fill = h("i", {});
    const meter = { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" };
    this.bar = h("div", meter, this.fill);
    this.figures = h("p", { class: "note rank-figures" });
    this.notes = h("ul", { class: "rank-notes" });
    this.stale = h("p", { class: "note stale", hidden: true });
    this.problem = h("p", { class: "message", role: "alert", hidden: true });
    this.saves = h("div", { class: "rank-saves" }, ...["json", "csv"].map((kind) => this.saveButton(kind)));
    const parts = [this.words, this.detail, this.stale, this.bar, this.figures, this.notes, this.saves, this.problem];
    return h("section", { class: "rank-head" }, ...parts);
  }

  saveButton(kind) {
    const save = async () => {
      const { name, text } = await this.ask("export_ranking", { kind });
      if (!text) return;
      if (kind === "json") saveFile(stampedName(name), text, "application/json");
      else saveFile(stampedName(name), `\ufeff${text}`, "text/csv;charset=utf-8"); // without the mark Excel reads another encoding
    };
    return h("button", { type: "button", class: "plain", "data-save": kind, click: save }, kind.toUpperCase());
  }

  /** Ask the server; a problem is shown, and comes back as an empty answer. */
  async ask(name, more) {
    let answer;
    try {
      answer = await this.server[name]({ key: this.view.key, ...more });
    } catch {
      answer = { message: { key: "rank_lost", values: {}, text: "" } };
    }
    this.tell(answer.message ? messageSentence(answer.message) : "");
    return answer;
  }

  get isBusy() {
    return Boolean(this.view) && RANK_BUSY.includes(this.view.phase);
  }

  tell(words) {
    this.problem.hidden = !words;
    setText(this.problem, words);
  }

  resize(width) {
    if (width < 50 || Math.abs(width - this.width) < 8) return;
    this.width = width;
    if (this.sent) this.draw(this.sent);
  }

  draw(value) {
    this.sent = value;
    this.view = value && readRanking(value);
    this.empty.hidden = Boolean(value);
    this.full.hidden = !value;
    document.body.dataset.rrmRank = value ? value.phase : "idle";
    setText(this.empty, t("rank_intro"));
    if (!value) return this.drawBar();
    this.drawHead(this.view);
    this.drawBar();
    this.drawRunning(this.view);
    this.drawPictures(this.view);
    setText(this.listTitle, t("rank_list", { n: number(this.view.matches.length) }));
    this.drawList();
  }

  drawHead(view) {
    const head = rankHeadline(view);
    setText(this.words, head.words);
    setText(this.detail, head.detail);
    const done = view.matches.filter((match) => match.outcome !== "failed").length;
    const share = view.phase === "finished" ? 1 : Math.min(1, done / Math.max(1, view.planned));
    setAttribute(this.bar, "aria-valuenow", Math.round(share * 100));
    setAttribute(this.bar, "aria-label", t("rank_matches", { n: number(done), all: number(view.planned) }));
    this.fill.style.transform = `scaleX(${share})`;
    setText(this.figures, rankFigures(view));
    const notes = rankNotes(view);
    keep(this.notes, JSON.stringify(notes), () => notes.map((note) => h("li", {}, note)));
    this.saves.hidden = RANK_BUSY.includes(view.phase);
    const signature = JSON.stringify([view.key, view.phase, currentLanguage()]);
    if (signature !== this.told) this.drawStale(); // what is typed meanwhile is looked at as it is typed
    this.told = signature;
  }

  /** Say where the boxes no longer hold what was ranked: its numbers are not theirs, and *Go on* goes on with it. */
  drawStale() {
    this.stale.hidden = !this.view || !isOtherwise(this.view);
    setText(this.stale, this.stale.hidden ? "" : t(this.view.phase === "stopped" ? "rank_stale_go_on" : "rank_stale"));
    this.drawBar();
  }

  drawBar() {
    const { view, stale } = this;
    if (!view) return drawBar("#ranking", {});
    const judged = t("rank_matches", { n: number(view.standings.matches), all: number(view.planned) });
    const note = this.isBusy ? judged : stale.hidden ? "" : t("stale_texts_short");
    drawBar("#ranking", { words: rankHeadline(view).words, note });
  }

  /** The matches that are being judged, each with how far its votes have thought. The place keeps its height. */
  drawRunning(view) {
    setText(this.runningTitle, t("rank_now", { n: number(view.running.length) }));
    this.runningTitle.parentElement.hidden = !RANK_BUSY.includes(view.phase);
    while (this.running.children.length > view.running.length) this.running.lastChild.remove();
    view.running.forEach(([first, second, votes], index) => {
      const row = this.running.children[index] ?? this.running.appendChild(this.runningRow());
      setText(row.firstChild, `${called(view, first)} – ${called(view, second)}`);
      const board = row.lastChild;
      while (board.children.length > votes.length) board.lastChild.remove();
      votes.forEach((vote, place) => {
        const meter = board.children[place] ?? board.appendChild(h("span", { class: "vote" }, h("i", {}), h("b", {})));
        this.drawVote(view, meter, vote, { A: first, B: second });
      });
    });
  }

  /** A vote: how far it has thought, then the response that it named. */
  drawVote(view, meter, [tokens, choice], named) {
    setAttribute(meter, "class", choice === null ? "vote" : "vote over");
    meter.firstChild.style.transform = `scaleX(${view.budget ? Math.min(1, tokens / view.budget) : 1})`;
    setText(meter.lastChild, choice === null ? "" : choice in named ? called(view, named[choice]) : "–");
  }

  runningRow() {
    return h("li", {}, h("span", {}), h("span", { class: "board" }));
  }

  drawPictures(view) {
    const open = (first, second) => this.openMatch(first, second);
    const running = view.running.map(([first, second]) => `${first}-${second}`).join();
    const known = [view.key, view.matches.length, this.width, currentLanguage(), view.phase];
    const [ratings, table, bracket] = this.sections;
    const rated = view.standings.ratings && view.standings.order.length > 0;
    ratings.draw(rated ? () => [ratingsPicture(view, this.width), ratingsTable(view)] : null, JSON.stringify(known));
    table.draw(view.rounds ? null : () => tablePicture(view, this.width, open), JSON.stringify(known));
    if (!view.rounds) markRunning(table.drawn, view, this.width);
    bracket.draw(view.rounds ? () => bracketPicture(view, open) : null, JSON.stringify([...known, running]), bracketNote(view));
  }

  /** Every match as a button, for keyboards and screen readers: made once it is opened, then only added to. */
  drawList() {
    if (!this.view || !this.list.open) return;
    const { view, listBody } = this;
    const failed = view.matches.filter((match) => match.outcome === "failed").length; // they may be judged again
    const start = JSON.stringify([view.key, currentLanguage(), failed]);
    if (listBody.rrmStart !== start || listBody.children.length > view.matches.length) {
      listBody.rrmStart = start;
      listBody.replaceChildren();
    }
    listBody.append(...view.matches.slice(listBody.children.length).map((match) => this.listRow(view, match)));
  }

  listRow(view, match) {
    const winner = winnerOf(match);
    const even = decisionWords(view, match) || t("match_even");
    const wins = winner === null ? even : t("match_won", { n: called(view, winner ?? 0) });
    const names = `${called(view, match.first)} – ${called(view, match.second)}`;
    const words = `${names}  ${match.votesFirst} : ${match.votesSecond}  ${winner === undefined ? t("match_failed") : wins}`;
    const open = () => this.openMatch(match.first, match.second);
    return h("li", {}, h("button", { type: "button", class: "quiet", click: open }, words));
  }

  async openMatch(first, second) {
    const { view } = this; // by the answer there may be another ranking
    const match = view.matches.find((one) => one.first === first && one.second === second);
    if (!match) return;
    const { comparison, panes } = await this.ask("read_match", { first, second });
    if (!panes) return;
    const told = match.failure ? messageSentence(match.failure) : "";
    openMatchDialog([called(view, first), called(view, second)], comparison, panes, told, decisionWords(view, match));
  }
}

let awaitedKey = null; // of a ranking that the server was asked for and has not sent yet

/** The key of the ranking that was on this page before it was loaded anew, which the server keeps; empty if none was. */
function leftRanking() {
  awaitedKey = takeStored(RANKING_KEY);
  return awaitedKey ?? "";
}

/** The server has answered: what it does not have is not asked for again. */
function rankingAnswered() {
  awaitedKey = null;
}

let askedOver = null; // the key of what stood on the page when Rank was pressed; null once it was taken up

function mountRanking(element, props, watch, server) {
  const panel = new RankingPanel(element.querySelector(".rrm"), server);
  leaveStored(RANKING_KEY, () => panel.view?.key ?? awaitedKey);
  const draw = () => panel.draw(props.value || null);
  window.rrm.rankedResponses = () => {
    askedOver = panel.view?.key ?? "";
    return givenResponses();
  };
  const takenUp = () => {
    askedOver = null;
    tidyResponses();
    bring(element);
  };
  let heard = 0;
  let lost = false;
  let goesOn = hasStayed();
  watch("value", () => {
    heard = performance.now();
    if (lost) panel.tell("");
    lost = false;
    draw();
    if (askedOver !== null && panel.view && panel.view.key !== askedOver) takenUp();
    if (goesOn && panel.view?.phase === "stopped") press("go-on-rank");
    goesOn = false;
  });
  onLanguage(draw);
  let soon = 0;
  for (const type of ["input", "click", "change"])
    document.addEventListener(type, () => {
      clearTimeout(soon);
      soon = setTimeout(() => panel.drawStale(), 150);
    });
  setInterval(() => {
    lost = panel.isBusy && performance.now() - heard > SILENCE_MS;
    if (lost) panel.tell(t("error_rank_lost"));
  }, 2000);
  // One whose server is silent goes on after Gradio has loaded the page anew.
  guardLeaving(() => panel.isBusy && !lost);
  draw();
}

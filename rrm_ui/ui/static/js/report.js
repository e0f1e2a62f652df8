// The report of a chosen run: asked for in the reader's language, built from data, opened by a link.

const SCORINGS = ["strict", "lenient", "probability"];

class Report {
  constructor(element, server) {
    this.server = server;
    const from = new URLSearchParams(location.search);
    this.asked = {
      run: from.get("run") ?? "",
      second: from.get("second") ?? "",
      scoring: SCORINGS.includes(from.get("rule")) ? from.get("rule") : "strict",
    };
    this.turn = this.presses = 0;
    this.bar = h("div", { class: "report-bar" });
    this.problem = h("p", { class: "message", role: "alert", hidden: true });
    this.element = element;
    this.place = h("div", { class: "report-place", "aria-live": "off" });
    this.place.addEventListener("click", (event) => {
      this.openItem(event.target.closest("button[data-item]"));
      this.readVote(event.target.closest("button[data-vote]"));
    });
    element.append(this.bar, this.problem, this.place);
  }

  choose(change) {
    Object.assign(this.asked, change);
    const query = new URLSearchParams({ run: this.asked.run });
    if (this.asked.second) query.set("second", this.asked.second);
    if (this.asked.scoring !== "strict") query.set("rule", this.asked.scoring);
    history.replaceState(history.state, "", this.asked.run ? `${location.pathname}?${query}` : location.pathname);
    redrawRuns();
    return this.load();
  }

  /** Show what was pressed in a list above: the report begins far below it. */
  async open(change) {
    if (!(await this.choose(change))) return;
    bring(this.element);
    const heading = this.place.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }

  /** Show the run that is asked for; false where another one is asked for meanwhile, or none is. */
  async load() {
    const turn = ++this.turn;
    if (!this.asked.run) return false;
    this.place.setAttribute("aria-busy", "true");
    this.place.inert = true; // what is pressed there would be asked of the run that comes
    const answer = await this.ask("show_run");
    if (turn !== this.turn) return false; // another choice was made meanwhile
    this.place.removeAttribute("aria-busy");
    this.place.inert = false;
    this.drawn = { ...this.asked };
    this.place.replaceChildren(...(answer.tree ? [buildTree(answer.tree)] : []));
    this.shown = true;
    this.drawBar();
    return true;
  }

  /** Ask the server; a problem is shown, and comes back as an empty answer. */
  async ask(name, more = {}) {
    let answer;
    try {
      answer = await this.server[name]({ ...this.asked, ...more, language: currentLanguage() });
    } catch {
      answer = { message: { key: "lost", values: {}, text: "" } };
    }
    this.problem.hidden = !answer.message;
    setText(this.problem, answer.message ? messageSentence(answer.message) : "");
    return answer;
  }

  drawBar() {
    const { run, second, scoring } = this.asked;
    // A benchmark's runs bear its title. Runs of one name that share no comparison are refused with a sentence.
    const name = knownRuns.find((known) => known.key === run)?.name;
    const others = knownRuns.filter((known) => known.key !== run && known.name === name);
    const signature = JSON.stringify([this.asked, others, currentLanguage()]);
    const scored = !run.startsWith("training:"); // a training run has curves, and nothing to score or to compare
    const choices = () => [
      this.select("rule", t("scoring"), scoring, SCORINGS.map((name) => [name, t(`scoring_${name}`)]), (value) =>
        this.choose({ scoring: value }),
      ),
      this.select(
        "second-run",
        t("compare_with"),
        second,
        [["", t(others.length ? "compare_none" : "compare_nothing")], ...others.map((other) => [other.key, this.words(other)])],
        (value) => this.choose({ second: value }),
      ),
    ];
    keep(this.bar, signature, () => [
      ...(scored ? choices() : []),
      h(
        "span",
        { class: "report-downloads" },
        h("button", { type: "button", class: "plain", click: () => this.save("html") }, t("download_html")),
        h("button", { type: "button", class: "plain", click: () => this.save("json") }, t("download")),
      ),
    ]);
  }

  /** A run among those to compare with, which have no columns. */
  words(other) {
    return `${runDate(other.created)} · ${runWords(other)}`;
  }

  select(id, label, value, options, change) {
    const made = options.map(([key, words]) => h("option", { value: key, selected: key === value }, words));
    const select = h("select", { id, change: () => change(select.value) }, ...made);
    return h("label", { for: id }, h("span", {}, label), select);
  }

  async save(kind) {
    const { name, text } = await this.ask("export_run", { ...this.drawn, kind });
    if (text) saveFile(name, text, kind === "json" ? "application/json" : "text/html");
  }

  /** Show a stored vote as a fresh one is shown; of several presses the last one counts. */
  async readVote(button) {
    if (!button) return;
    const press = ++this.presses;
    const { pane } = await this.ask("read_vote", { item: button.dataset.of, vote: button.dataset.vote });
    if (pane && press === this.presses) openVote(pane);
  }

  async openItem(button) {
    if (!button) return;
    const answer = await this.ask("find_comparison", { item: button.dataset.item });
    if (answer.message || openInCompare(answer)) return;
    this.problem.hidden = false;
    setText(this.problem, t("open_failed"));
  }
}

function mountReport(element, server) {
  const report = new Report(element.querySelector(".rrm"), server);
  choose = (change) => report.choose(change);
  openRun = (change) => report.open(change);
  chosenRun = () => report.asked.run;
  runsChanged = () => report.shown && report.drawBar();
  onLanguage(() => report.load());
  redrawRuns();
  report.load();
}

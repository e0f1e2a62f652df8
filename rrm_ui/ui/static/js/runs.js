// The Evaluate page above the report: what would run, what runs, and which runs there are.

function previewNodes(read) {
  if (!read) return [];
  if (read.state === "no_file" && fileProblem) return [h("p", { class: "message", role: "alert" }, messageSentence(fileProblem))];
  if (read.state === "no_file") return [h("p", { class: "note" }, t("file_first"))];
  if (read.state === "broken") {
    return [
      h("p", { class: "message", role: "alert" }, messageSentence(read.message)),
      read.broken_rows ? brokenRows(read) : null,
    ];
  }
  const amounts = { n: number(read.taken), rows: number(read.rows), labelled: number(read.labelled) };
  const columns = Object.entries(read.columns).map(([part, column]) => `${part} ← ${column}`);
  return [
    h("p", {}, t(read.taken < read.rows ? "data_sampled" : "data_read", amounts)),
    columns.length ? h("p", { class: "note" }, named(t("columns_read"), columns.join(" · "))) : null,
    read.broken_rows ? brokenRows(read) : null,
  ];
}

/** Why a row holds no comparison; what has no words here keeps its own. */
function reasonOf({ code, values, reason }) {
  return messageSentence({ key: code, values, text: reason });
}

function brokenRows(read) {
  const hidden = read.broken_rows - read.broken.length;
  return h(
    "details",
    { class: "broken-rows", open: true },
    h("summary", {}, t("broken_rows", { n: number(read.broken_rows) })),
    h(
      "ul",
      {},
      ...read.broken.map((row) => h("li", {}, h("b", {}, t("line", { n: number(row.line) })), " ", reasonOf(row))),
      hidden ? h("li", {}, t("more_rows", { n: number(hidden) })) : null,
    ),
  );
}

let shownPreview = null; // what was read of the chosen data
let redrawPreview = () => {};

function mountPreview(element, props, watch, server) {
  const root = element.querySelector(".rrm");
  askForFiles(server);
  const draw = () => {
    shownPreview = props.value;
    keep(root, JSON.stringify([props.value, fileProblem]) + currentLanguage(), () => previewNodes(props.value));
    redrawWork();
  };
  redrawPreview = draw;
  watch("value", draw);
  onLanguage(draw);
  watchUpload(element.closest("#evaluate"));
  draw();
}

let redrawWork = () => {};

function workSentence(work) {
  if (!work) return "";
  const values = {
    comparisons: number(work.comparisons),
    votes: number(work.votes),
    read: number(work.prompt_tokens),
    think: number(work.thinking_tokens),
    time: duration(work.seconds),
  };
  return t("work", values);
}

function mountWork(element, props, watch) {
  const line = h("p", { class: "note", role: "status" }); // there before its words are: only what changes is read out
  element.querySelector(".rrm").append(line);
  const draw = () => {
    const work = props.value;
    const { name, taken } = shownPreview ?? {};
    const holds = stillHolds(work, { votes: dial("votes"), budget: dial("budget") });
    setText(line, workSentence(holds && work.data === name && work.comparisons === taken ? work : null));
  };
  watch("value", draw);
  onLanguage(draw);
  nameSliders();
  onLanguage(nameSliders);
  statusWatchers.add(draw);
  redrawWork = draw;
  draw();
}

/** What a run broke off with; the reason that it names may have words of its own. */
function failureSentence(failure, reason) {
  if (!reason) return messageSentence(failure);
  return messageSentence({ ...failure, values: { ...failure.values, reason: messageSentence(reason) } });
}

class RunningPanel {
  constructor() {
    this.words = h("p", { class: "running-words" });
    this.fill = h("i", {});
    this.bar = h(
      "div",
      { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" },
      this.fill,
    );
    this.detail = h("p", { class: "note" });
    this.error = h("p", { class: "message", role: "alert" });
    this.element = h("section", { class: "running" }, this.words, this.bar, this.detail, this.error);
  }

  update(running) {
    const { key, name, progress, stopping, failure, reason } = running;
    for (const part of [this.words, this.bar, this.detail]) part.hidden = !key;
    this.error.hidden = !failure;
    this.element.hidden = !key && !failure;
    setText(this.error, failure ? failureSentence(failure, reason) : "");
    document.body.dataset.rrmRun = key ? (stopping ? "stopping" : "running") : "idle";
    if (!key) return;
    const share = progress?.votes ? progress.votes_done / progress.votes : 0;
    setText(this.words, t(stopping ? "run_stopping" : "run_running", { name }));
    setAttribute(this.bar, "aria-valuenow", Math.round(share * 100));
    setAttribute(this.bar, "aria-label", t("run_running", { name }));
    this.fill.style.transform = `scaleX(${share})`;
    setText(this.detail, progress ? this.figures(progress) : t("run_begins"));
  }

  figures(progress) {
    const rate = progress.sitting_seconds > 0 ? progress.tokens / progress.sitting_seconds : 0;
    const values = {
      votes: number(progress.votes_done),
      all: number(progress.votes),
      items: number(progress.items_done),
      of: number(progress.items),
    };
    const parts = [t("run_votes", values), t("run_items", values), t("run_rate", { n: number(rate) })];
    if (progress.votes_kept) parts.push(t("run_kept", { n: number(progress.votes_kept) }));
    if (progress.seconds_left != null) parts.push(t("run_left", { time: duration(progress.seconds_left) }));
    return parts.join(" · ");
  }
}

let knownRuns = [];
let choose = () => {}; // set by the report: shows a run
let openRun = () => {}; // set by the report: shows a run that was pressed, and brings it up
let redrawRuns = () => {};
let startedHere = null; // the run that was last begun or gone on with from this page
let chosenRun = () => null;
let runsChanged = () => {}; // set by the report: other runs to compare with may have come

/** How a run was made, which others of its data may share. */
function runFacts({ model, budget, votes, comparisons, rows, seed }) {
  const all = { n: number(comparisons), items: number(comparisons), of: number(rows) };
  return [
    model,
    budget ? t("run_budget", { n: number(budget) }) : t("run_direct"),
    t("run_vote_count", { n: number(votes) }),
    t(comparisons < rows ? "run_items" : "run_comparisons", all),
    `${t("seed")} ${seed}`,
  ].join(" · ");
}

/** How a run was made; with its folder's name where another one of its data was made so too. */
function runWords(run) {
  const facts = runFacts(run);
  const isTwin = (other) => other.key !== run.key && other.name === run.name && runFacts(other) === facts;
  return knownRuns.some(isTwin) ? `${facts} · ${run.key.replace(/^shipped:/, "")}` : facts;
}

const runDate = (changed) => new Date(changed).toLocaleString(currentLanguage(), { dateStyle: "medium", timeStyle: "short" });

/** A row of a list of runs: a button that shows the run, and what may stand beside it. */
function shelfRow(run, words, changed, state, beside) {
  return h(
    "li",
    { class: "run", "data-run": run.key },
    h(
      "button",
      {
        type: "button",
        class: "run-open",
        "aria-pressed": String(chosenRun() === run.key),
        click: () => openRun({ run: run.key, second: "" }),
      },
      h("bdi", { class: "run-name" }, run.name),
      h("bdi", { class: "run-words" }, words),
      h("span", { class: "run-date" }, runDate(changed)),
      state,
    ),
    beside,
  );
}

function runRow(run, goOn, busy) {
  const words = t(run.shipped ? "run_shipped" : `run_state_${run.state}`);
  const state = h("span", { class: `run-state state-${run.state}` }, words);
  const resume = h("button", { type: "button", class: "plain", click: () => goOn(run.key) }, t("go_on"));
  const canGoOn = run.state === "stopped" && !run.shipped && !busy;
  return shelfRow(run, runWords(run), run.created, state, canGoOn ? resume : null);
}

function trainingRow(run) {
  const kind = t(`training_${run.kind.replace("-", "_")}`);
  const words = `${kind} · ${run.base} · ${t("training_steps", { n: number(run.steps) })}`;
  return shelfRow(run, words, run.changed, h("span", { class: "run-state" }, run.shipped ? t("run_shipped") : ""), null);
}

/** A line below a list that says how many more there are. */
class MoreLine {
  constructor() {
    this.element = h("p", { class: "note more-runs" });
  }

  update(more) {
    this.element.hidden = !more;
    setText(this.element, more ? t("more_runs", { n: number(more) }) : "");
  }
}

/** Show what a run says that ended, unless its reader reads another one and did not start it here. */
function showEnded(ended) {
  const chosen = chosenRun();
  if (chosen === ended) choose({});
  else if (!chosen || startedHere === ended) choose({ run: ended, second: "" });
}

/** Tell those who do not see it that a run has begun, or how the one that was running has ended. */
function announceRun(begun, ended, runs) {
  const over = runs.find((run) => run.key === ended);
  if (begun) announce(t("run_running", { name: begun.name }));
  else if (over) announce(t("run_ended", { name: over.name, state: t(`run_state_${over.state}`) }));
}

function mountDesk(element, props, watch, goOn) {
  const root = element.querySelector(".rrm");
  keepSettings("evaluate", ["votes", "budget", "seed"]);
  const panel = new RunningPanel();
  const title = h("h2", {});
  const list = h("ul", { class: "runs" });
  const none = h("p", { class: "note" });
  const trainingTitle = h("h2", {});
  const trainingList = h("ul", { class: "runs trainings" });
  const [more, moreTrainings] = [new MoreLine(), new MoreLine()];
  root.append(panel.element, title, none, list, more.element, trainingTitle, trainingList, moreTrainings.element);
  let wasRunning = null;
  const draw = () => {
    const desk = props.value || { running: {}, runs: [] };
    const runningKey = desk.running.key ?? null;
    const begun = runningKey && runningKey !== wasRunning ? desk.running : null;
    if (desk.started && desk.started !== startedHere) startedHere = wasRunning = desk.started; // it may be over already
    knownRuns = desk.runs;
    runsChanged();
    panel.update(desk.running);
    setText(title, t("runs"));
    setText(none, t("runs_none"));
    none.hidden = desk.runs.length > 0;
    const signature = JSON.stringify([desk.runs, chosenRun(), Boolean(runningKey), currentLanguage()]);
    keep(list, signature, () => desk.runs.map((run) => runRow(run, goOn, Boolean(runningKey))));
    more.update(desk.more_runs);
    const trainings = desk.trainings ?? [];
    setText(trainingTitle, t("trainings"));
    trainingTitle.hidden = trainingList.hidden = trainings.length === 0;
    keep(trainingList, JSON.stringify([trainings, chosenRun(), currentLanguage()]), () => trainings.map(trainingRow));
    moreTrainings.update(desk.more_trainings);
    const ended = wasRunning !== runningKey ? wasRunning : null;
    wasRunning = runningKey;
    announceRun(begun, ended, desk.runs);
    if (ended) showEnded(ended);
  };
  redrawRuns = draw;
  watch("value", draw);
  onLanguage(draw);
  draw();
}

// The page's head: what this is, which model judges, its preparation, and the language.

function stageWords({ stage, done, total, unit }) {
  const words = t(`stage_${stage}`);
  if (!total) return words;
  const mega = (value) => number(value / 1e6);
  const amounts =
    unit === "bytes" ? { done: mega(done), total: mega(total) } : { done: number(done), total: number(total) };
  return `${words} · ${t(`amount_${unit || "plain"}`, amounts)}`;
}

/** What of a model is quantized, and how: nothing, the layers, the head (as in "nf4, head int8"). */
function weightsWords(quantization) {
  const [layers, head] = quantization.split(", head ");
  return [layers === "none" ? null : layers.toUpperCase(), head ? t("head", { form: head }) : null].filter(Boolean);
}

function modelWords(model) {
  const parts = [model.name, ...weightsWords(model.quantization), model.device.toUpperCase()];
  if (model.demonstration) parts.push(t("demonstration"));
  return parts.filter(Boolean).join(" · ");
}

function languageButtons() {
  const names = { en: "EN", "zh-CN": "简", "zh-TW": "繁" };
  const buttons = Object.entries(names).map(([tag, short]) =>
    h(
      "button",
      {
        type: "button",
        class: "language",
        lang: tag,
        title: LANGUAGE_NAMES[tag],
        "aria-label": LANGUAGE_NAMES[tag],
        "aria-pressed": String(currentLanguage() === tag),
        "data-language": tag,
        click: () => chooseLanguage(tag),
      },
      short,
    ),
  );
  return h("div", { class: "languages", role: "group", "aria-label": t("language") }, ...buttons);
}

/** Links to all pages; relative to where this application is mounted, which a proxy may have moved. */
function pageLinks(current) {
  const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
  const addresses = {
    compare: `${root}/`,
    rank: `${root}/rank`,
    evaluate: `${root}/evaluate`,
    models: `${root}/models`,
  };
  const links = window.rrmPages.map((page) =>
    h("a", { href: addresses[page], "aria-current": page === current ? "page" : null }, t(`page_${page}`)),
  );
  return h("nav", { class: "pages", "aria-label": t("pages") }, ...links);
}

/** The progress of a model on its way: the first one, or another that will take its place. */
function preparation(status) {
  const changing = status.change?.state === "preparing";
  if (status.state === "ready" && !changing) return null;
  if (status.state === "failed" && !changing)
    return h("p", { class: "message", role: "alert" }, named(t("unavailable"), messageSentence(status.failure)));
  if (changing) return progressNodes(status.change, t("changing", { name: status.change.name }), null);
  return progressNodes(status, t("preparing"), t("preparing_note"));
}

function progressNodes(status, title, note) {
  const share = status.total ? Math.min(1, status.done / status.total) : null;
  const bar = h(
    "div",
    {
      class: `progress ${share == null ? "unknown" : ""}`,
      role: "progressbar",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      "aria-valuenow": share == null ? null : Math.round(share * 100),
      "aria-label": title,
    },
    h("i", { style: share == null ? null : `transform:scaleX(${share})` }),
  );
  const stage = status.stage ? stageWords(status) : "";
  return h(
    "div",
    { class: "preparation" },
    h("p", {}, h("strong", {}, title), stage ? ` · ${stage}` : ""),
    bar,
    note ? h("p", { class: "note" }, note) : null,
  );
}

let shownModel = null;
const modelLines = new Set();

/** Which model judges, exactly enough to judge the same way again. */
function mountModel(element) {
  const line = h("p", { class: "note" });
  element.querySelector(".rrm").append(line);
  const draw = () => {
    const model = shownModel;
    const parts = model
      ? [
          model.name,
          model.revision,
          weightsWords(model.quantization).join(" · ") || t("unquantized"),
          model.device,
          model.family,
          t("context", { n: number(model.context) }),
        ]
      : [];
    setText(line, model ? named(t("model"), parts.filter(Boolean).join(" · ")) : t("preparing"));
  };
  modelLines.add(draw);
  onLanguage(draw);
  draw();
}

let announce = () => {}; // set by the header: says something to those who do not see it

/** Whether `status` is the first of a model that is ready, after it was on its way or another one judged. */
function hasBecomeReady(before, { state, model }) {
  return Boolean(before) && state === "ready" && (before.state === "preparing" || before.model?.name !== model.name);
}

function mountHeader(element, props, watch, page) {
  const root = element.querySelector(".rrm");
  const top = h("div", { class: "top" });
  const below = h("div", { class: "below" });
  const live = h("p", { class: "sr", role: "status" });
  announce = (words) => setText(live, words);
  root.append(top, below, live);
  const draw = () => {
    const status = props.value || { state: "preparing" };
    shownModel = status.model;
    shownStatus = status;
    modelLines.forEach((redraw) => redraw());
    statusWatchers.forEach((redraw) => redraw());
    document.title = `${t(`page_${page}`)} · ${t("app_name")}`;
    // Not by the whole status: a button that is made anew at every step of a preparation loses focus and clicks.
    keep(top, JSON.stringify([status.model, currentLanguage()]), () => [
      h("h1", {}, t("app_name")),
      pageLinks(page),
      h("p", { class: "model" }, status.model ? modelWords(status.model) : ""),
      languageButtons(),
    ]);
    const note = status.model?.demonstration ? h("p", { class: "note demonstration" }, t("demonstration_note")) : null;
    const guess = status.model?.guessed ? h("p", { class: "note guess" }, t("family_guess", status.model)) : null;
    keep(below, JSON.stringify([status, currentLanguage()]), () => [preparation(status), note, guess]);
  };
  let before = null; // what the server said last; the page was made earlier, and the first answer may just confirm it
  setTimeout(() => (before ??= props.value), 1000);
  watch("value", () => {
    if (hasBecomeReady(before, props.value)) announce(t("model_ready", { name: props.value.model.name }));
    before = props.value;
    draw();
  });
  onLanguage(draw);
  draw();
}

window.rrm = {
  mountHeader,
  mountModel,
  mountAdvanced,
  inForce,
  mountCount,
  mountTotal,
  mountExamples,
  mountMessage,
  mountUndo,
  mountResult,
  mountBar: () => mountBar(),
  mountPreview,
  keepChosen,
  restoreChosen,
  mountWork,
  mountDesk,
  mountReport,
  mountResponses,
  mountRankCost,
  mountRanking,
  leftRanking,
  rankingAnswered,
  mountModels,
};

// The Models page: what there is to judge with, what each takes, and the change from one to another.

let shownStatus = { state: "preparing" }; // set by the header: where the model stands
const statusWatchers = new Set();

const gigabytes = (bytes) => `${number(bytes / 1e9, 1)} GB`;

/** The cell of an amount, with its column's name for a narrow screen. */
function amountCell(heading, words) {
  return h("td", { class: "amount", "data-heading": heading }, words);
}

function fitWords(row) {
  return h("span", { class: `fit fit-${row.fit}` }, t(`fit_${row.fit}`));
}

function modelActions(row, listing, status, change) {
  if (row.name === status.model?.name) return h("strong", { class: "serves" }, t("model_serves"));
  if (!listing.may_change) return null;
  const busy = status.state === "preparing" || status.change?.state === "preparing";
  const options = { type: "button", class: "plain", disabled: busy || row.fit === "too_large", click: () => change(row.name) };
  return h("button", { ...options, "aria-label": t("model_use_name", { name: row.name }) }, t("model_use"));
}

function modelRow(row, listing, status, change) {
  const weights = row.weights_bytes;
  const marks = [t(row.fetched ? "model_fetched" : "model_not_fetched"), row.demonstration ? t("demonstration") : null];
  return h(
    "tr",
    { "data-model": row.name, class: row.name === status.model?.name ? "serving" : null },
    h(
      "th",
      { scope: "row" },
      h("bdi", { class: "model-name" }, row.name),
      h("span", { class: "note" }, [row.prompt_family, ...marks.filter(Boolean)].join(" · ")),
    ),
    amountCell(t("parameters"), `${number(row.parameters / 1e9, 1)}B`),
    amountCell(t("context_length"), number(row.context_tokens)),
    amountCell("NF4", gigabytes(weights.nf4)),
    amountCell("int8", gigabytes(weights.int8)),
    amountCell("bf16", gigabytes(weights.none)),
    amountCell(t("per_vote"), `${number(row.vote_bytes / 1e6)} MB`),
    h("td", { "data-heading": t("fit") }, fitWords(row)),
    h("td", { class: "model-actions" }, modelActions(row, listing, status, change)),
  );
}

function modelsTable(listing, status, change) {
  const headings = [t("model"), t("parameters"), t("context_length"), "NF4", "int8", "bf16", t("per_vote"), t("fit"), ""];
  return h(
    "div",
    { class: "models-scroll", tabindex: "0", role: "region", "aria-label": t("models") },
    h(
      "table",
      { class: "models" },
      h("thead", {}, h("tr", {}, ...headings.map((heading) => h("th", { scope: "col" }, heading)))),
      h("tbody", {}, ...listing.models.map((row) => modelRow(row, listing, status, change))),
    ),
  );
}

function changeNodes(status, mayChange, withdraw) {
  const { change } = status;
  if (!change) return null;
  if (change.state === "failed")
    return h("p", { class: "message", role: "alert" }, t("change_failed", { name: change.name, reason: change.message }));
  const button = h("button", { type: "button", class: "plain", click: withdraw }, t("change_withdraw"));
  return h("div", { class: "model-change" }, h("p", {}, t("change_note")), mayChange ? button : null);
}

function mountModels(element, props, watch, change, withdraw) {
  const root = element.querySelector(".rrm");
  const draw = () => {
    const listing = props.value;
    const status = shownStatus;
    keep(root, JSON.stringify([listing, status, currentLanguage()]), () => {
      if (!listing) return [h("p", { class: "note" }, t("models_looking"))];
      const free = { n: number(listing.free_bytes / 1e9, 1), place: t(`place_${listing.place}`) };
      return [
        h("h2", {}, t("models")),
        changeNodes(status, listing.may_change, withdraw),
        modelsTable(listing, status, change),
        h("p", { class: "note" }, `${t("models_free", free)} ${t("models_note")}`),
      ];
    });
  };
  statusWatchers.add(draw);
  watch("value", draw);
  onLanguage(draw);
  draw();
}

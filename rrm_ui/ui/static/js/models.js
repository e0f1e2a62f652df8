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

/** What the table shows of where the model stands: nothing that changes with every step of a preparation. */
function standing(status) {
  const busy = status.state === "preparing" || status.change?.state === "preparing";
  return { serving: status.model?.name, busy };
}

function modelActions(row, listing, { serving, busy }, change) {
  if (row.name === serving) return h("strong", { class: "serves" }, t("model_serves"));
  if (!listing.may_change) return null;
  const barred = busy || row.fit === "too_large";
  const press = () => barred || change(row.name);
  // Barred, not disabled: the button that was pressed to begin a change would lose focus by it.
  const options = { type: "button", class: "plain", "aria-disabled": barred ? "true" : null, click: press };
  return h("button", { ...options, "aria-label": t("model_use_name", { name: row.name }) }, t("model_use"));
}

function modelRow(row, listing, stands, change) {
  const weights = row.weights_bytes;
  const marks = [t(row.fetched ? "model_fetched" : "model_not_fetched"), row.demonstration ? t("demonstration") : null];
  return h(
    "tr",
    { "data-model": row.name, class: row.name === stands.serving ? "serving" : null },
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
    h("td", { class: "model-actions" }, modelActions(row, listing, stands, change)),
  );
}

function modelsTable(listing, stands, change) {
  const headings = [t("model"), t("parameters"), t("context_length"), "NF4", "int8", "bf16", t("per_vote"), t("fit"), ""];
  return h(
    "div",
    { class: "models-scroll", tabindex: "0", role: "region", "aria-label": t("models") },
    h(
      "table",
      { class: "models" },
      h("thead", {}, h("tr", {}, ...headings.map((heading) => h("th", { scope: "col" }, heading)))),
      h("tbody", {}, ...listing.models.map((row) => modelRow(row, listing, stands, change))),
    ),
  );
}

/** A change that goes on or has failed; how far it has come is told in the page's head. */
function changeNodes(change, mayChange, withdraw) {
  if (!change) return null;
  if (change.state === "failed")
    return h("p", { class: "message", role: "alert" }, t("change_failed", { name: change.name, reason: messageSentence(change.failure) }));
  const button = h("button", { type: "button", class: "plain", click: withdraw }, t("change_withdraw"));
  return h("div", { class: "model-change" }, h("p", {}, t("change_note")), mayChange ? button : null);
}

function mountModels(element, props, watch, change, withdraw) {
  const title = h("h2", {});
  const notice = h("div", {});
  const table = h("div", {});
  const note = h("p", { class: "note" });
  element.querySelector(".rrm").append(title, notice, table, note);
  const draw = () => {
    const listing = props.value;
    const { change: changing } = shownStatus;
    const stands = standing(shownStatus);
    title.hidden = table.hidden = !listing;
    notice.hidden = !listing || !changing;
    if (!listing) return setText(note, t("models_looking"));
    setText(title, t("models"));
    // Each part is made anew only when it shows something else: its buttons must outlive the steps of a preparation.
    const told = changing && [changing.name, changing.state, changing.failure];
    const notes = JSON.stringify([told, listing.may_change, currentLanguage()]);
    keep(notice, notes, () => changeNodes(changing, listing.may_change, withdraw));
    const rows = JSON.stringify([listing.models, listing.may_change, stands, currentLanguage()]);
    keep(table, rows, () => modelsTable(listing, stands, change));
    const free = { n: number(listing.free_bytes / 1e9, 1), place: t(`place_${listing.place}`) };
    setText(note, joined("sentences", [t("models_free", free), t("models_note")]));
  };
  statusWatchers.add(draw);
  watch("value", draw);
  onLanguage(draw);
  draw();
}

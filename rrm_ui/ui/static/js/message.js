// What went wrong, in a sentence that stands as long as it is true.

/** The label on the page of a setting that a message is about. */
function settingLabel(field) {
  return t(field === "thinking_budget" ? "budget" : field);
}

/** What differs between two runs: `parts` is a list of names with what was and what is, as JSON text. */
function differenceWords(parts) {
  const valueOf = (value) => (value === "None" ? "–" : value);
  const nameOf = (name) => {
    const library = /^version of (.*)$/.exec(name);
    if (library) return t("part_version", { library: library[1] });
    return TEXTS.en[`part_${name}`] ? t(`part_${name}`) : name;
  };
  const said = ([name, was, now]) => t("part_differs", { name: nameOf(name), was: valueOf(was), now: valueOf(now) });
  const isSaid = ([name]) => name !== "demonstration"; // which is known by the model's name
  return joined("parted", JSON.parse(parts).filter(isSaid).map(said));
}

function messageSentence(message) {
  const values = { ...message.values };
  if (values.parts) values.differences = differenceWords(values.parts);
  if (values.field) values.setting = settingLabel(values.field);
  for (const [name, value] of Object.entries(values)) if (typeof value === "number") values[name] = number(value);
  for (const name of ["reason", "problem"]) {
    const key = `${name}_${values[`${name}_code`]}`;
    if (TEXTS.en[key]) values[name] = t(key, values);
  }
  if (message.key === "not_ready") values.stage = message.values.stage ? stageWords(message.values) : t("preparing");
  return TEXTS.en[`error_${message.key}`] ? t(`error_${message.key}`, values) : message.text;
}

const isPreparing = ({ state, change }) => state === "preparing" || change?.state === "preparing";
const runGoesOn = () => document.body.dataset.rrmRun !== "idle";

/** Refusals that hold while something goes on, and whether it does as far as this page knows. */
const HOLDS_WHILE = {
  running: () => BUSY.includes(document.body.dataset.rrmPhase),
  rank_running: () => RANK_BUSY.includes(document.body.dataset.rrmRank),
  run_busy: runGoesOn,
  estimate_busy: runGoesOn,
  not_ready: () => isPreparing(shownStatus),
  model_busy: () => isPreparing(shownStatus),
};

function mountMessage(element, props, watch) {
  const line = h("p", { class: "message", role: "alert" });
  element.querySelector(".rrm").append(line);
  const draw = () => {
    setText(line, props.value ? messageSentence(props.value) : "");
    line.hidden = !props.value;
    if (props.value) line.scrollIntoView({ block: "nearest" }); // its margin keeps it above a phone's bar
  };
  let held = false; // whether the page has seen go on what the refusal is about: the server may have been first
  const look = () => {
    const goesOn = HOLDS_WHILE[props.value?.key];
    if (!goesOn) return;
    if (goesOn()) held = true;
    else if (held) {
      props.value = null; // Gradio must know of it, or the same refusal would not be shown again
      draw();
    }
  };
  watch("value", () => {
    held = false;
    draw();
    look();
  });
  new MutationObserver(look).observe(document.body, { attributeFilter: ["data-rrm-phase", "data-rrm-rank", "data-rrm-run"] });
  statusWatchers.add(look);
  onLanguage(draw);
  draw();
}

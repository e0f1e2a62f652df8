// Around the inputs: token counts, the examples, and the keyboard.

const counts = new Map(); // what each text takes, by the field's name
let countLines = [];

function countSentence(name) {
  const count = counts.get(name);
  return count?.tokens == null ? "" : t("tokens", { n: number(count.tokens) });
}

/** All texts together against what the model takes; nothing while one of them is not counted. */
function totalSentence() {
  if ([...counts.values()].some((count) => count.uncounted)) return { words: "", over: false };
  const known = [...counts.values()].filter((count) => count.tokens != null);
  if (!known.length) return { words: "", over: false };
  const total = known.reduce((sum, count) => sum + count.tokens, 0);
  const limit = known[0].limit;
  const values = { n: number(total), limit: number(limit), over: number(total - limit) };
  return { words: t(total > limit ? "tokens_over" : "tokens_of", values), over: total > limit };
}

function mountCount(element, props, watch, name) {
  const line = h("p", { class: "count" });
  element.querySelector(".rrm").append(line);
  const draw = () => setText(line, countSentence(name));
  countLines.push(draw);
  const update = () => {
    counts.set(name, props.value || {});
    countLines.forEach((redraw) => redraw());
  };
  watch("value", update);
  onLanguage(draw);
  update();
}

function mountTotal(element) {
  const line = h("p", { class: "count total" });
  const keys = h("p", { class: "count keys" });
  const told = h("p", { class: "sr", role: "status" }); // a sum that fits is not read out at every pause in typing
  element.querySelector(".rrm").append(keys, line, told);
  const draw = () => {
    setText(keys, t("keys"));
    const { words, over } = totalSentence();
    setText(line, words);
    line.classList.toggle("over", over);
    setText(told, over ? words : "");
  };
  countLines.push(draw);
  onLanguage(draw);
  draw();
}

function mountAdvanced(element) {
  const button = h("button", {
    type: "button",
    class: "disclosure",
    "aria-controls": "advanced",
    "aria-expanded": "false",
  });
  button.addEventListener("click", () => {
    const open = document.body.dataset.rrmAdvanced !== "open";
    document.body.dataset.rrmAdvanced = open ? "open" : "closed";
    button.setAttribute("aria-expanded", String(open));
  });
  element.querySelector(".rrm").append(button);
  const draw = () => setText(button, t("advanced"));
  onLanguage(draw);
  draw();
}

/** Name the button between the responses, whose label is a picture. */
function nameSwap() {
  const swap = document.querySelector("#swap");
  if (!swap) return void requestAnimationFrame(nameSwap);
  for (const name of ["aria-label", "title"]) setAttribute(swap, name, t("swap"));
}

/** Name a slider's parts by its title: the names that Gradio gives them are partly English in every language. */
function nameSlider(slider) {
  const block = slider.closest(".block");
  const [title, reset] = [block.querySelector("label > span"), block.querySelector(".reset-button")];
  title.id = `${block.id}-title`;
  for (const input of block.querySelectorAll("input")) setAttribute(input, "aria-labelledby", title.id);
  if (!reset) return;
  reset.id = `${block.id}-reset`;
  setAttribute(reset, "aria-label", t("reset"));
  setAttribute(reset, "aria-labelledby", `${reset.id} ${title.id}`);
}

function nameSliders() {
  const sliders = document.querySelectorAll(".block input[type=range]");
  if (!sliders.length) return void requestAnimationFrame(nameSliders);
  sliders.forEach(nameSlider);
}

/** What of a slider's value is in force: its box may hold nothing, or what lies beyond the ends, until it is left. */
function inForce(name, value) {
  const range = document.querySelector(`#${name} input[type=range]`);
  return range ? Math.min(Math.max(value ?? 0, range.min), range.max) : value;
}

let pickExample = () => {};

function exampleTitle(example) {
  return currentLanguage() === "en" ? example.title.en : example.title[currentLanguage()] || example.title["zh-CN"];
}

function mountExamples(element, examples, pick) {
  window.rrmExamples = examples;
  pickExample = (id) => {
    aboutToDrop(false);
    pick(id);
  };
  // Arrows and letters on a closed list choose at every press; Enter takes what they have come to.
  let looking = false;
  const take = () => select.value && (pickExample(select.value), (select.value = ""));
  const select = h("select", {
    id: "example-select",
    change: () => looking || take(),
    pointerdown: () => (looking = false),
    blur: () => (select.value = ""),
    keydown: (event) => {
      const moves = /^(Arrow|Page|Home|End)/.test(event.key) || (event.key.length === 1 && event.key !== " ");
      if (event.key === "Enter" && select.value && !event.ctrlKey && !event.metaKey) {
        event.preventDefault(); // which would open the list
        take();
      } else if (moves || event.key === " " || event.key === "F4") {
        looking = moves && !event.altKey; // in an opened list the choice itself is taken
      }
    },
  });
  const label = h("label", { for: "example-select", class: "sr" });
  element.querySelector(".rrm").append(label, select);
  const draw = () => {
    setText(label, t("examples_label"));
    select.replaceChildren(
      h("option", { value: "" }, t("examples_choose")),
      ...examples.map((example) => h("option", { value: example.id }, exampleTitle(example))),
    );
    nameSwap();
    nameSliders();
  };
  onLanguage(draw);
  draw();
  const { query, response_a, response_b } = handedComparison() ?? readDraft("compare") ?? {};
  if (query != null) typeIn({ query, response_a, response_b });
  keepDraft("compare", () => readBoxes(["query", "response_a", "response_b"]));
  keepSettings("compare", COMPARE_SETTINGS);
}

const COMPARE_SETTINGS = [
  ...["budget", "votes", "both-orders", "stopping", "close-when-sure"],
  ...["temperature", "top_p", "seed"],
];

/**
 * Hand three texts to the Compare page in a tab of its own: here they would take the place of what was typed there, and
 * leaving may end a ranking. Returns whether it could be done.
 */
function openInCompare(comparison) {
  // Asked for by the new page: a copy of this tab's storage is not to be had everywhere, within another site's frame for one.
  window.rrm.handOn = () => {
    window.rrm.handOn = null;
    return comparison;
  };
  return Boolean(window.open(document.querySelector(".pages a").href));
}

/** What the page that opened this one hands on, once; null where none did. */
function askOpener() {
  try {
    return window.opener?.rrm?.handOn?.() ?? null;
  } catch {
    return null; // another site's
  }
}

let handed; // undefined until it is asked for

/** The texts that another page handed on to this one; null if none did. */
function handedComparison() {
  if (handed === undefined) handed = askOpener();
  if (handed) for (const key of [RANKING_KEY, STAYED_KEY]) takeStored(key); // its opener's, copied with its storage
  return handed;
}

function press(id) {
  document.querySelector(`button#${id}, #${id} button`)?.click();
}

function onKey(event) {
  if (event.isComposing || event.repeat || document.querySelector("dialog[open]")) return; // Enter may end an input method's word
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const box = document.activeElement;
    if (box?.type !== "number") return press("judge");
    // A slider's box takes what lies beyond its ends until it is left; then the nearest end is in force.
    box.blur();
    box.focus();
    requestAnimationFrame(() => press("judge"));
  } else if (event.key === "Escape" && BUSY.includes(document.body.dataset.rrmPhase)) {
    press("stop");
  }
}

document.addEventListener("keydown", onKey, true);

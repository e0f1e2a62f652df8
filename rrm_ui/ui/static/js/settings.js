// What a person has set on a page outlives a reload of its tab, as its texts do.

const SET_BY_MODEL = ["budget", "votes"]; // until a person sets them: another model has other ones
const MODEL_SETS_MS = 10000; // for so long after the page is there an answer may still set them

const inputsOf = (name) => [...document.querySelectorAll(`#${name} input`)];
const numberOf = (name) => inputsOf(name).find((input) => input.type === "number");

/** What one of Gradio's controls stands at: a number as text, a radio's value, whether a box is checked. */
function readControl(name) {
  const [first] = inputsOf(name);
  if (first?.type === "radio") return inputsOf(name).find((input) => input.checked)?.value;
  return numberOf(name)?.value ?? first?.checked;
}

/** Set a control as a person would. */
function setControl(name, value) {
  if (value === undefined || readControl(name) === value) return;
  const box = numberOf(name);
  if (!box) return inputsOf(name).find((input) => input.type !== "radio" || input.value === value)?.click();
  box.value = value;
  for (const type of ["input", "blur"]) box.dispatchEvent(new Event(type, { bubbles: type === "input" }));
}

/** Keep what stands in the controls `names` of `page`, and set them to what was kept before, unless a person was first. */
function keepSettings(page, names, setByModel = SET_BY_MODEL) {
  const kept = readDraft(`${page}-settings`) ?? {};
  const touched = new Set();
  const touch = ({ isTrusted, target }) => {
    if (isTrusted) for (const name of names) if (target.closest?.(`#${name}`)) touched.add(name);
  };
  document.addEventListener("input", touch, true);
  const restore = (some) => some.filter((name) => !touched.has(name)).forEach((name) => setControl(name, kept[name]));
  const ofModel = names.filter((name) => setByModel.includes(name));
  const current = (name) => (ofModel.includes(name) && !touched.has(name) ? kept[name] : readControl(name));
  const whenThere = () => {
    if (names.some((name) => !inputsOf(name).length)) return void setTimeout(whenThere, 50);
    restore(names.filter((name) => !ofModel.includes(name)));
    keepDraft(`${page}-settings`, () => Object.fromEntries(names.map((name) => [name, current(name)])));
    restoreOfModel();
  };
  let until = 0; // once there is a model, which is known by the time that its defaults come
  const restoreOfModel = () => {
    if (shownModel) until ||= performance.now() + MODEL_SETS_MS;
    if (shownModel) restore(ofModel);
    if (!until || performance.now() < until) setTimeout(restoreOfModel, 250);
  };
  whenThere();
}

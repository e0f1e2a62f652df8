// What was set on a page outlives a reload of its tab, as its texts do.

const SET_BY_MODEL = ["budget", "votes"]; // at first, so that what was set here comes after it

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
function keepSettings(page, names) {
  const kept = readDraft(`${page}-settings`) ?? {};
  const touched = new Set();
  const touch = ({ isTrusted, target }) => {
    if (isTrusted) for (const name of names) if (target.closest?.(`#${name}`)) touched.add(name);
  };
  for (const type of ["input", "click"]) document.addEventListener(type, touch, true);
  const restore = (some) => some.filter((name) => !touched.has(name)).forEach((name) => setControl(name, kept[name]));
  const begin = () => {
    if (names.some((name) => !inputsOf(name).length)) return void setTimeout(begin, 50);
    restore(names.filter((name) => !SET_BY_MODEL.includes(name)));
    const once = () => {
      if (!shownModel) return;
      statusWatchers.delete(once);
      setTimeout(() => restore(names.filter((name) => SET_BY_MODEL.includes(name))), 50); // the sliders come in the same answer
      keepDraft(`${page}-settings`, () => Object.fromEntries(names.map((name) => [name, readControl(name)])));
    };
    statusWatchers.add(once);
    once();
  };
  begin();
}

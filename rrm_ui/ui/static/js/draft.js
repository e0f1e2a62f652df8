// What was typed and judged outlives a reload of its tab: Gradio reloads the page when a lost connection comes back.

const RANKING_KEY = "rrm-ranking"; // which ranking was on the Rank page when it was left
const MOST_LEFT = 2e6; // letters; a tab's storage holds about five million, and what was typed lies there too

/** Return what `page` held when it was left in this tab; null if nothing is known. */
function readDraft(page) {
  try {
    return JSON.parse(sessionStorage.getItem(`rrm-draft-${page}`));
  } catch {
    return null; // storage is forbidden, or holds something else
  }
}

/** Store what `read()` returns whenever `page` is left or hidden; null leaves what is stored. */
function keepDraft(page, read) {
  const store = () => {
    const draft = read();
    try {
      if (draft) sessionStorage.setItem(`rrm-draft-${page}`, JSON.stringify(draft));
    } catch {
      takeStored(`rrm-draft-${page}`); // forbidden or full: a reload begins with empty boxes, and not with older texts
    }
  };
  window.addEventListener("pagehide", store);
  // A tab in the background may be thrown away without a word.
  document.addEventListener("visibilitychange", () => document.hidden && store());
}

/** Take what is stored in this tab as `key`, once: a copy of the tab must not begin with the same. */
function takeStored(key) {
  try {
    const stored = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return stored;
  } catch {
    return null; // storage is forbidden, or holds something else
  }
}

/** Store what `read()` returns as `key` whenever the page is left; nothing if it is null or takes too much room. */
function leaveStored(key, read) {
  window.addEventListener("pagehide", () => {
    const text = JSON.stringify(read());
    try {
      if (text === "null" || text.length > MOST_LEFT) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
    } catch {
      // As above: then the next page begins without it.
    }
  });
  // A page that comes back as it was has it still: what lies in storage is for pages that are loaded.
  window.addEventListener("pageshow", (event) => event.persisted && takeStored(key));
}

const boxOf = (name) => document.querySelector(`#${name} textarea`);

let typing = 0; // texts that wait for their boxes

/** Return the texts of Gradio's boxes by name; null while one of them is not there, or not filled yet. */
function readBoxes(names) {
  if (typing) return null;
  const boxes = names.map(boxOf);
  return boxes.every(Boolean) ? Object.fromEntries(names.map((name, index) => [name, boxes[index].value])) : null;
}

/** Type `texts` into Gradio's boxes of these names as a person would, once they are there. */
function typeIn(texts) {
  typing += 1;
  typeOnceThere(texts);
}

function typeOnceThere(texts) {
  const names = Object.keys(texts);
  // No animation frame: a tab in the background has none, and boxes that stay empty would be kept as what was typed.
  if (names.some((name) => !boxOf(name))) return void setTimeout(() => typeOnceThere(texts), 50);
  typing -= 1;
  for (const name of names) {
    const box = boxOf(name);
    if (box.value === texts[name]) continue;
    box.value = String(texts[name] ?? "");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Leaving a page ends what it judges. Whoever leaves in the middle is asked, and finds the votes that had finished.

const STAYED_KEY = "rrm-stayed"; // whether the reader of a page that is loaded anew was asked and stayed

/**
 * Ask whoever leaves while `isUnderWay()`, because leaving ends it. Gradio closes its connection before they answer, and loads
 * the page of one who stays anew: not to be asked about once more, and to go on by itself (`hasStayed`).
 */
function guardLeaving(isUnderWay) {
  let asked = false;
  let stayed = false; // known when the page goes a second time
  window.addEventListener("beforeunload", (event) => {
    stayed = asked; // whatever it looks like by now: behind the question no word of the server was heard
    if (asked || !isUnderWay()) return;
    event.preventDefault();
    setTimeout(() => (asked = true)); // after the answer
  });
  leaveStored(STAYED_KEY, () => stayed || null);
}

/** Whether this page was loaded anew although its reader stayed; known once. */
const hasStayed = () => Boolean(takeStored(STAYED_KEY));

/** Judge once texts and settings are as they were before the page was loaded anew, unless a person does anything first. */
function judgeAsBefore() {
  const texts = readDraft("compare");
  const settings = Object.entries(readDraft("compare-settings") ?? {});
  const isTyped = () => JSON.stringify(readBoxes(TEXT_BOXES)) === JSON.stringify(texts);
  const isCounted = () => TEXT_BOXES.every((name) => "tokens" in (counts.get(name) ?? {})); // earlier Gradio hears no press
  const isSet = () => settings.every(([name, value]) => readControl(name) === value);
  const end = () => clearInterval(looking);
  const looking = setInterval(() => {
    if (!shownModel || !isTyped() || !isCounted() || !isSet()) return;
    end();
    press("judge");
  }, 250);
  for (const type of ["input", "click", "keydown"]) document.addEventListener(type, (event) => event.isTrusted && end(), true);
}

/** A judgment whose page is left in its middle, as it is shown on coming back: `thoughts` are its votes' texts so far. */
function stoppedByLeaving(view, thoughts, comparison) {
  if (!view.panes.length) return null;
  const panes = view.panes.map((row, index) => {
    const ended = IN_MIDDLE.includes(row.state) ? { state: "cancelled", closed_by: "cancelled" } : {};
    return { ...row, ...ended, start: 0, tail: thoughts[index] };
  });
  const votes = panes.filter((row) => row.state === "finished").length;
  const notices = [...view.notices, { code: "left", values: { votes, all: panes.length } }];
  return { ...view, phase: "stopped", panes, tally: { ...view.tally, outstanding: 0 }, notices, comparison };
}

// A line that tells what a press took out of the boxes, and brings it back.

/**
 * What a line says stands until `clear()`: until something else is typed. Not for some seconds only, because who has cleared
 * by mistake may notice late, and boxes in which nothing new stands lose nothing by it.
 */
class UndoLine {
  constructor() {
    this.words = h("span", {});
    this.button = h("button", { type: "button", class: "plain undo", click: () => this.undo() });
    this.element = h("p", { class: "note undo-line", role: "status", hidden: true }, this.words, this.button);
    this.say = () => "";
    onLanguage(() => this.draw());
  }

  /** Tell `say()`; `restore` brings back what was taken, without it there is nothing to bring back. */
  offer(say, restore = null) {
    [this.say, this.restore] = [say, restore];
    this.draw();
    this.element.scrollIntoView({ block: "nearest" });
  }

  clear() {
    this.say = () => "";
    this.draw();
  }

  draw() {
    const words = this.say();
    this.element.hidden = !words;
    setText(this.words, words);
    setText(this.button, this.restore ? t("undo") : "");
    this.button.hidden = !this.restore;
  }

  undo() {
    this.clear();
    this.restore();
  }
}

let aboutToDrop = () => {}; // set below: something is about to take the place of what stands in the boxes

/** The line of the Compare page. An example that was picked can be picked again: only what is not one is told. */
function mountUndo(element) {
  const line = new UndoLine();
  element.querySelector(".rrm").append(line.element);
  let typed = false;
  document.addEventListener("input", ({ target }) => {
    if (!TEXT_BOXES.some((name) => target === boxOf(name))) return;
    typed = true;
    line.clear();
  });
  aboutToDrop = (alsoExamples) => {
    const texts = readBoxes(TEXT_BOXES);
    const isWorth = texts && TEXT_BOXES.some((name) => texts[name].trim()) && (typed || alsoExamples);
    typed = false;
    forgetResult();
    if (!isWorth) return line.clear();
    line.offer(
      () => t("texts_dropped"),
      () => {
        typeIn(texts);
        bringBackResult();
        boxOf("query").focus();
      },
    );
  };
  document.addEventListener("click", ({ target }) => target.closest("#clear") && aboutToDrop(true), true);
}

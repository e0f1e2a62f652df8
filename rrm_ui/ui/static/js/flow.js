// Long growing text. One text node of a hundred thousand letters is laid out anew with every letter added; blocks
// of a few lines are laid out once, and those out of sight not at all (content-visibility).

const BLOCK_SOFT = 1500; // from here on a block ends with the next line
const BLOCK_HARD = 3000; // a line longer than this is cut at a space

class TextFlow {
  constructor(element) {
    this.element = element;
    this.clear();
  }

  clear() {
    this.element.replaceChildren();
    this.length = 0;
    this.node = null;
    this.used = 0;
  }

  /** Show `text`; if it only grew, the new end is all that is touched. Returns whether anything changed. */
  show(text) {
    if (text.length === this.length) return false;
    if (text.length < this.length) this.clear();
    this.append(text.slice(this.length));
    return true;
  }

  append(text) {
    this.length += text.length;
    while (text) {
      if (!this.node) this.open();
      const end = this.cut(text);
      this.node.appendData(end ? text.slice(0, end) : text);
      if (!end) {
        this.used += text.length;
        return;
      }
      this.node = null;
      text = text.slice(end);
    }
  }

  open() {
    this.node = document.createTextNode("");
    this.used = 0;
    this.element.append(h("div", { class: "rrm-block" }, this.node));
  }

  /** Where in `text` the open block ends; 0 if all of it still belongs to the block. */
  cut(text) {
    const from = Math.max(0, BLOCK_SOFT - this.used);
    if (text.length <= from) return 0;
    const most = Math.max(1, BLOCK_HARD - this.used);
    const line = text.indexOf("\n", from);
    if (line >= 0 && line < most) return line + 1;
    if (text.length <= most) return 0;
    const space = text.lastIndexOf(" ", most - 1);
    if (space >= from) return space + 1;
    const splitsPair = /[\uD800-\uDBFF]/.test(text[most - 1]);
    return splitsPair && most > 1 ? most - 1 : most;
  }
}

/** Keep a scrolling element at its end until its reader scrolls up; scrolling back down resumes. */
function followEnd(scroller) {
  let follows = true;
  scroller.addEventListener(
    "scroll",
    () => (follows = scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 40),
    { passive: true },
  );
  return () => {
    if (follows) scroller.scrollTop = 1e9;
  };
}

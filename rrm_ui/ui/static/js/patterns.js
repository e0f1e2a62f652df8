// Reasoning patterns marked in a text on demand: by the same keywords that evaluations count.

const PATTERN_WORDS = window.rrmPatterns; // {pattern: {en: [...], zh: [...]}}
const WORD = "[A-Za-z0-9_]";

/** Every keyword in small letters, with its pattern and the expression that finds it. */
function patternKeywords() {
  const plain = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = (word) => {
    const before = new RegExp(`^${WORD}`).test(word) ? `(?<!${WORD})` : "";
    const after = new RegExp(`${WORD}$`).test(word) ? `(?!${WORD})` : "";
    return before + plain(word) + after;
  };
  // English keywords are whole words, and case does not matter; Chinese has no spaces between words.
  return Object.entries(PATTERN_WORDS).flatMap(([name, { en, zh }]) => [
    ...en.map((word) => ({ word: word.toLowerCase(), name, expression: whole(word) })),
    ...zh.map((word) => ({ word, name, expression: plain(word) })),
  ]);
}

/** Where `text` shows which pattern: [start, end, name], by place and without overlaps, as evaluations count them. */
function findPatterns(text) {
  const keywords = patternKeywords().sort((one, other) => other.word.length - one.word.length);
  const names = new Map(keywords.map(({ word, name }) => [word, name]));
  const expression = new RegExp(keywords.map((keyword) => keyword.expression).join("|"), "gi");
  const folded = text.replaceAll("’", "'").replaceAll("\n", " ");
  return [...folded.matchAll(expression)].map((match) => {
    const [found] = match;
    return [match.index, match.index + found.length, names.get(found.toLowerCase())];
  });
}

/** Mark the patterns inside `body`; return how often each was found. One may begin in one block and end in the next. */
function markPatterns(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".passage-figure")) texts.push(walker.currentNode);
  const counts = Object.fromEntries(Object.keys(PATTERN_WORDS).map((name) => [name, 0]));
  const found = findPatterns(texts.map((node) => node.data).join(""));
  for (const [, , name] of found) counts[name] += 1;
  let from = 0;
  for (const node of texts) {
    const text = node.data;
    let at = 0;
    const inside = found.filter(([start, end]) => start < from + text.length && end > from);
    const parts = inside.flatMap(([start, end, name]) => {
      const before = text.slice(at, Math.max(at, start - from));
      const shown = text.slice(Math.max(0, start - from), end - from);
      at = Math.min(text.length, end - from);
      return [before, h("mark", { class: `pattern pattern-${name}`, title: t(`pattern_${name}`) }, shown)];
    });
    if (parts.length) node.replaceWith(...parts, text.slice(at));
    from += text.length;
  }
  return counts;
}

function unmarkPatterns(body) {
  body.querySelectorAll("mark.pattern").forEach((marked) => marked.replaceWith(...marked.childNodes));
  body.normalize();
}

/** The switch that marks the patterns of `body`, with a legend in words. */
function patternSwitch(body) {
  const legend = h("span", { class: "pattern-legend", role: "status" });
  const show = (on) => {
    unmarkPatterns(body);
    legend.replaceChildren(...(on ? legendParts(markPatterns(body)) : []));
  };
  const box = h("input", { type: "checkbox", id: "mark-patterns", change: () => show(box.checked) });
  return h("div", { class: "patterns" }, h("label", { for: "mark-patterns" }, box, t("patterns")), legend);
}

function legendParts(counts) {
  const found = Object.entries(counts).filter(([, count]) => count);
  if (!found.length) return [t("patterns_none")];
  return found.map(([name, count]) =>
    h("span", {}, h("mark", { class: `pattern pattern-${name}` }, t(`pattern_${name}`)), ` ${number(count)}`),
  );
}

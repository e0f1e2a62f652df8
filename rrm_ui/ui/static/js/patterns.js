// Reasoning patterns marked in a text on demand: by the same keywords that evaluations count.

const PATTERN_WORDS = window.rrmPatterns; // {pattern: {en: [...], zh: [...]}}
const WORD = "[A-Za-z0-9_]";

/** English keywords are whole words, and case does not matter; Chinese has no spaces between words. */
function patternExpression({ en, zh }) {
  const plain = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = (word) => {
    const before = new RegExp(`^${WORD}`).test(word) ? `(?<!${WORD})` : "";
    const after = new RegExp(`${WORD}$`).test(word) ? `(?!${WORD})` : "";
    return before + plain(word) + after;
  };
  const longestFirst = [...en.map((word) => [word, whole(word)]), ...zh.map((word) => [word, plain(word)])];
  longestFirst.sort(([one], [other]) => other.length - one.length);
  return new RegExp(longestFirst.map(([, expression]) => expression).join("|"), "gi");
}

/** Where `text` shows which pattern: [start, end, name], by place, without overlaps. */
function findPatterns(text) {
  const folded = text.replaceAll("’", "'").replaceAll("\n", " ");
  const found = Object.entries(PATTERN_WORDS).flatMap(([name, words]) =>
    [...folded.matchAll(patternExpression(words))].map((match) => [match.index, match.index + match[0].length, name]),
  );
  found.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  let end = 0;
  return found.filter((span) => span[0] >= end && (end = span[1]));
}

/** Mark the patterns inside `body`; return how often each was found. */
function markPatterns(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".passage-figure")) texts.push(walker.currentNode);
  const counts = Object.fromEntries(Object.keys(PATTERN_WORDS).map((name) => [name, 0]));
  for (const node of texts) {
    const text = node.data;
    let at = 0;
    const parts = findPatterns(text).flatMap(([start, end, name]) => {
      counts[name] += 1;
      const before = text.slice(at, start);
      at = end;
      return [before, h("mark", { class: `pattern pattern-${name}`, title: t(`pattern_${name}`) }, text.slice(start, end))];
    });
    if (parts.length) node.replaceWith(...parts, text.slice(at));
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

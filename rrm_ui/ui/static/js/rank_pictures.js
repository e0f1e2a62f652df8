// The pictures of a ranking: ratings with their intervals, the table of all pairs, the bracket of a knockout. Each is
// a whole SVG with a size of its own, so that it can be saved; text is cut to its place.

const MATCH_PARTS = ["first", "second", "votesFirst", "votesSecond", "noVerdict", "p", "outcome", "replays", "failure", "favourite"];

/** Matches by their parts' names. */
const matchOf = (row) => Object.fromEntries(MATCH_PARTS.map((name, index) => [name, row[index]]));

/** Who won: an index, or null without a majority; undefined if nothing was judged. */
function winnerOf(match) {
  if (match.outcome === "failed") return undefined;
  return { A: match.first, B: match.second }[match.outcome] ?? null;
}

/** The probability by which one of a match without a majority goes on; null where the place decides. */
function decidingProbability({ p, first, favourite }) {
  if (favourite !== first) return 1 - p;
  return p === 0.5 ? null : p;
}

/** Why one of a match without a majority goes on in a knockout; empty where nothing is to be said. */
function decisionWords(view, match) {
  if (!view.rounds || winnerOf(match) !== null) return "";
  const p = decidingProbability(match);
  const n = called(view, match.favourite);
  return p === null ? t("match_by_place", { n }) : t("match_by_probability", { n, p: probability(p) });
}

/** The number by which a response is called: where it was given first. */
const called = (view, index) => `#${view.places[index][0]}`;

function shortText(text, letters) {
  const line = text.replace(/[\s\u0000-\u001f]+/g, " ").trim(); // XML holds no control characters
  return line.length > letters ? `${line.slice(0, Math.max(1, letters - 1))}…` : line;
}

const widthOf = (text) => [...text].reduce((sum, sign) => sum + (sign.codePointAt(0) > 0x2e7f ? 13 : 7), 0);

/** `text` cut to about `pixels` of small type. */
function fitText(text, pixels) {
  let line = shortText(text, Math.ceil(pixels / 6));
  while (line.length > 2 && widthOf(line) > pixels) line = `${line.slice(0, -2)}…`;
  return line;
}

function picture(kind, width, height, label, ...children) {
  const box = { class: `rank-picture ${kind}`, width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
  return svg("svg", { ...box, "aria-label": label }, ...children);
}

/** Ratings with their intervals, best first: a line each, on a phone two. */
function ratingsPicture(view, width) {
  const { order, ratings, ranks, elo } = view.standings;
  const narrow = width < 640;
  const row = narrow ? 46 : 30;
  const plot = narrow ? { left: 36, right: width - 12 } : { left: Math.round(width * 0.5), right: width - 64 };
  const classical = elo ? order.map((index) => elo[index]) : []; // known once the ranking has ended
  const low = Math.min(...classical, ...order.map((index) => ratings[index][1]));
  const high = Math.max(...classical, ...order.map((index) => ratings[index][2]));
  const x = (value) => plot.left + ((value - low) / Math.max(1, high - low)) * (plot.right - plot.left);
  const lines = order.map((index, place) => {
    const [rating, from, to] = ratings[index];
    const top = place * row + 20;
    const y = narrow ? top + 14 : top - 4;
    const name = `${called(view, index)}  ${view.responses[index]}`;
    const [figure, least, most] = [rating, from, to].map((value) => number(Math.round(value)));
    const told = t("rating_title", { n: view.places[index][0], rating: figure, low: least, high: most });
    return svg(
      "g",
      { class: place === 0 ? "best" : "" },
      svg("text", { class: "rank-number", x: 24, y: top, "text-anchor": "end" }, `${ranks[index]}.`),
      svg("text", { x: 36, y: top }, fitText(name, narrow ? width - 96 : plot.left - 56)),
      svg("line", { class: "interval", x1: x(from), x2: x(to), y1: y, y2: y }),
      elo ? svg("path", { class: "elo", d: `M${x(elo[index])},${y - 7}v14` }) : null,
      svg("circle", { class: "rating", cx: x(rating), cy: y, r: 5 }),
      svg("text", { class: "figure", x: width - 12, y: top, "text-anchor": "end" }, figure),
      svg("title", {}, elo ? joined("listed", [told, t("rating_elo", { elo: number(Math.round(elo[index])) })]) : told),
    );
  });
  return picture("ratings", width, order.length * row + 12, t("ratings"), ...lines);
}

/** Where a table of `n` responses has its cells, within `width`. */
function tableLayout(n, width) {
  const head = 34;
  const cell = Math.max(9, Math.min(34, Math.floor((width - head - 8) / n)));
  const r = Math.max(2, Math.round(cell * 0.3));
  return { head, cell, r, size: head + n * cell + 8, centre: (index) => head + Math.round((index + 0.5) * cell) };
}

const disc = (x, y, r) => `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0`;
const halfDisc = (x, y, r) => `M${x},${y - r}a${r},${r} 0 0 0 0,${2 * r}z`;
const cross = (x, y, r) => `M${x - r},${y - r}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}`;

/** One path for all matches of a kind: four thousand elements would be slow, four are not. */
function outcomePaths(matches, { centre, r }) {
  const paths = { won: [], lost: [], even: [], failed: [] };
  const place = (row, column, kind) => {
    const [x, y] = [centre(column), centre(row)];
    if (kind === "failed") paths.failed.push(cross(x, y, r));
    else paths[kind === "won" ? "won" : "lost"].push(disc(x, y, r));
    if (kind === "even") paths.even.push(halfDisc(x, y, r));
  };
  for (const match of matches) {
    const winner = winnerOf(match);
    const kindOf = (mine) => (winner === null ? "even" : winner === mine ? "won" : "lost");
    place(match.first, match.second, winner === undefined ? "failed" : kindOf(match.first));
    place(match.second, match.first, winner === undefined ? "failed" : kindOf(match.second));
  }
  return paths;
}

/** Mark the matches that are being judged in a table that is drawn already. */
function markRunning(drawn, view, width) {
  const { centre, r } = tableLayout(view.responses.length, width);
  const cells = view.running.flatMap(([a, b]) => [disc(centre(b), centre(a), r), disc(centre(a), centre(b), r)]);
  setAttribute(drawn.querySelector(".match-running"), "d", cells.join(""));
}

/** The table of all pairs: a row's response against a column's. A disc won, a ring lost, a half disc no majority. */
function tablePicture(view, width, open) {
  const n = view.responses.length;
  const layout = tableLayout(n, width);
  const { head, cell, size, centre } = layout;
  const paths = outcomePaths(view.matches, layout);
  const every = cell < 16 ? 8 : 1; // labels that would touch are left out
  const labels = view.responses.flatMap((_, index) => {
    if (index % every) return [];
    const text = called(view, index);
    return [
      svg("text", { x: centre(index), y: head - 10, "text-anchor": "middle" }, text),
      svg("text", { x: head - 6, y: centre(index) + 4, "text-anchor": "end" }, text),
    ];
  });
  const rules = Array.from({ length: n + 1 }, (_, index) => {
    const at = head + index * cell;
    return `M${head},${at}h${n * cell}M${at},${head}v${n * cell}`;
  });
  const drawn = picture(
    "table",
    size,
    size,
    t("cross_table"),
    svg("path", { class: "rules", d: rules.join("") }),
    ...Object.entries(paths).map(([kind, parts]) => svg("path", { class: `match-${kind}`, d: parts.join("") })),
    svg("path", { class: "match-running" }),
    ...labels,
  );
  drawn.addEventListener("click", (event) => {
    const box = drawn.getBoundingClientRect();
    const scale = size / box.width;
    const cellAt = (pixels) => Math.floor((pixels * scale - head) / cell);
    const [column, row] = [cellAt(event.clientX - box.left), cellAt(event.clientY - box.top)];
    const inside = [row, column].every((place) => place >= 0 && place < n);
    if (inside && row !== column) open(Math.min(row, column), Math.max(row, column));
  });
  return drawn;
}

const BRACKET = { width: 190, gap: 34, row: 24, space: 14 };

/** The bracket of a knockout, its later rounds empty until they are known. */
function bracketPicture(view, open) {
  const known = new Map(view.matches.map((match) => [`${match.first}-${match.second}`, match]));
  const rounds = [...view.rounds];
  const leftAfter = ({ pairs, alone }) => pairs.length + (alone == null ? 0 : 1);
  for (let left = rounds.length ? leftAfter(rounds.at(-1)) : 0; left > 1; left = Math.ceil(left / 2))
    rounds.push({ pairs: Array(Math.floor(left / 2)).fill(null), alone: null });
  const box = 2 * BRACKET.row;
  const most = rounds.length ? leftAfter(rounds[0]) : 1;
  const height = most * (box + BRACKET.space) + 20;
  const ends = new Map(); // where each response's line comes from
  const parts = rounds.flatMap((round, column) => {
    const count = leftAfter(round);
    const x = 10 + column * (BRACKET.width + BRACKET.gap);
    const step = (height - 20) / Math.max(1, count);
    const first = round.alone == null ? 0 : 1; // who has no match stands on top
    const drawn = round.pairs.map((pair, index) =>
      bracketMatch({ view, known, ends, open }, pair, x, 10 + (index + first + 0.5) * step),
    );
    if (round.alone != null) {
      const y = 10 + 0.5 * step;
      drawn.push(svg("text", { class: "bye", x: x + 8, y: y + 4 }, `${called(view, round.alone)} · ${t("bye")}`));
      ends.set(round.alone, [x + BRACKET.width, y]);
    }
    return drawn;
  });
  const width = 10 + rounds.length * (BRACKET.width + BRACKET.gap);
  return picture("bracket", Math.max(width, 60), height, t("bracket"), ...parts);
}

/** What stands beside the votes of the one that goes on without a majority. */
function decisionMark(match) {
  const p = decidingProbability(match);
  return p === null ? "= " : `P ${probability(p)} · `;
}

/** What is said of a bracket: also what decides where votes do not, if that was needed. */
function bracketNote(view) {
  const isDecided = view.matches.some((match) => decisionWords(view, match));
  return joined("sentences", [t("bracket_note"), ...(isDecided ? [t("bracket_note_even")] : [])]);
}

/** A match of the bracket around height `y`, with lines to where its two came from. */
function bracketMatch({ view, known, ends, open }, pair, x, y) {
  const size = { width: BRACKET.width, height: 2 * BRACKET.row };
  const frame = svg("rect", { class: "box", x, y: y - BRACKET.row, ...size, rx: 4 });
  if (!pair) return svg("g", { class: "bracket-match unknown" }, frame);
  const match = known.get(pair.join("-"));
  const failed = match && winnerOf(match) === undefined;
  const on = match && !failed ? match.favourite : null;
  const running = view.running.some(([first, second]) => first === pair[0] && second === pair[1]);
  const decision = match ? decisionWords(view, match) : "";
  const lines = pair.map((response, side) => {
    const middle = y + (side - 0.5) * BRACKET.row;
    const from = ends.get(response);
    const counted = side === 0 ? match?.votesFirst : match?.votesSecond;
    const by = decision && on === response ? decisionMark(match) : "";
    const votes = failed ? "×" : match ? `${by}${counted}` : running ? "…" : "";
    const name = fitText(`${called(view, response)} ${view.responses[response]}`, BRACKET.width - 32 - widthOf(votes) - 5);
    return [
      from ? svg("path", { class: "way", d: bend(from, [x, middle]) }) : null,
      svg("text", { class: on === response ? "on" : "", x: x + 8, y: middle + 4 }, name),
      svg("text", { class: "votes", x: x + BRACKET.width - 8, y: middle + 4, "text-anchor": "end" }, votes),
    ];
  });
  if (on !== null) ends.set(on, [x + BRACKET.width, y]);
  const state = running ? "running" : failed ? "failed" : match ? "over" : "";
  const title = decision ? svg("title", {}, decision) : null;
  const group = svg("g", { class: `bracket-match ${state}` }, title, frame, ...lines.flat());
  if (match) group.addEventListener("click", () => open(...pair));
  return group;
}

const bend = ([x0, y0], [x1, y1]) => `M${x0},${y0}C${x0 + 20},${y0} ${x1 - 20},${y1} ${x1},${y1}`;

const KEPT_STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"];

/** A copy of `drawn` that looks the same outside of this page: what style sheets say is written on every node. */
function standalone(drawn) {
  const copy = drawn.cloneNode(true);
  const twins = [copy, ...copy.querySelectorAll("*")];
  [drawn, ...drawn.querySelectorAll("*")].forEach((node, index) => {
    const style = getComputedStyle(node);
    const kept = KEPT_STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`);
    twins[index].setAttribute("style", kept.join(";"));
    twins[index].removeAttribute("class");
  });
  const ground = getComputedStyle(document.body).getPropertyValue("--rrm-surface").trim() || "#fff";
  copy.prepend(svg("rect", { width: "100%", height: "100%", fill: ground }));
  copy.setAttribute("xmlns", SVG);
  return copy;
}

function savePictureSvg(drawn, name) {
  saveFile(stampedName(`${name}.svg`), new XMLSerializer().serializeToString(standalone(drawn)), "image/svg+xml");
}

/** Save `drawn` as PNG at twice its size. */
async function savePicturePng(drawn, name) {
  const text = new XMLSerializer().serializeToString(standalone(drawn));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: 2 * image.width, height: 2 * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  saveFile(stampedName(`${name}.png`), blob, "image/png");
}

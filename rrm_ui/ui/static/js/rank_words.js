// What a ranking says in words: who is best, how far it is, what does not fit into an order.

const RANK_BUSY = ["waiting", "running"];

/** The best response in words; until the ranking is finished, who leads. */
function rankHeadline(view) {
  const { winner, ranks, order, ratings, matches } = view.standings;
  const busy = RANK_BUSY.includes(view.phase);
  if (winner === null && !order?.length) return { words: t(busy ? "ranking_running" : matches ? "ranking_open" : "ranking_none"), detail: "" };
  const alike = order && order.length > 1 && new Set(order.map((index) => Math.round(ratings[index][0]))).size === 1;
  if (alike) return { words: t(busy ? "ranking_running" : "ranking_even"), detail: "" };
  const n = (index) => view.places[index].map((place) => `#${place}`).join(" = ");
  const level = winner === null ? order.filter((index) => ratings[index][0] === ratings[order[0]][0]) : [];
  if (level.length) return { words: t("ranking_level", { others: joined("listed", level.map(n)) }), detail: "" };
  const words = t(view.phase === "finished" ? "ranking_best" : "ranking_leads", { n: n(winner) });
  if (!ranks) return { words, detail: t("knockout_note") };
  const shared = order.filter((index) => index !== winner && ranks[index] === 1).map(n);
  const others = joined("listed", shared.slice(0, 8)) + (shared.length > 8 ? " …" : "");
  if (shared.length) return { words, detail: t("ranking_shared", { others }) };
  return { words, detail: order.length > 1 ? t("ranking_alone") : "" };
}

function rankFigures(view) {
  const { undecided, no_verdict: silent, replayed, failed, cut, matches } = view.standings;
  const parts = [
    t("rank_matches", { n: number(matches), all: number(view.planned) }),
    t("tokens", { n: number(view.tokens) }),
    t("seconds", { n: number(view.seconds) }),
  ];
  if (replayed) parts.push(t("rank_replayed", { n: number(replayed) }));
  if (undecided) parts.push(t("rank_undecided", { n: number(undecided) }));
  if (silent) parts.push(t("rank_no_verdict", { n: number(silent) }));
  if (failed) parts.push(t("rank_failed", { n: number(failed) }));
  if (cut) parts.push(t("rank_cut", { n: number(cut), budget: number(view.budget) }));
  return parts.join(" · ");
}

/** What does not fit into an order: equal responses, those left out, circles, matches that failed. */
function rankNotes(view) {
  const circles = view.standings.cycles.map((cycle) => [...cycle, cycle[0]].map((index) => called(view, index)).join(" > "));
  const numbers = (places) => places.map((n) => `#${n}`).join(" = ");
  const merged = view.places.filter((places) => places.length > 1).map(numbers);
  const errors = new Set(view.matches.flatMap(({ failure }) => (failure ? [messageSentence(failure)] : [])));
  return [
    ...(merged.length ? [t("rank_merged", { which: joined("listed", merged) })] : []),
    ...view.left_out.map(([places, why]) => t("rank_left_out", { n: numbers(places), reason: messageSentence(why) })),
    ...circles.map((circle) => t("rank_cycle", { circle })),
    ...[...errors].slice(0, 3),
  ];
}

const isOf = (text, start, length) => text.length === length && text.startsWith(start);

/** Whether the boxes hold other texts than the ranking is of, as far as the server told them: their beginnings and lengths. */
function isOtherwise(view) {
  const { query } = readBoxes(["query"]) ?? {};
  const texts = responsesNow();
  if (query === undefined || (!query && !texts.length)) return false; // empty boxes say nothing
  const known = [...view.places.flatMap((places, index) => places.map((place) => [place, index]))];
  const given = known.length + view.left_out.reduce((sum, [places]) => sum + places.length, 0);
  const same = ([place, index]) => isOf(texts[place - 1] ?? "", view.responses[index], view.lengths[index]);
  return texts.length !== given || !isOf(query, view.query, view.query_length) || !known.every(same);
}

/** The ratings for those who cannot see the picture. */
function ratingsTable(view) {
  const { order, ratings, ranks, elo } = view.standings;
  const row = (tag, cells) => h("tr", {}, ...cells.map((cell) => h(tag, {}, cell)));
  const lines = order.map((index) => {
    const [rating, low, high] = ratings[index].map((value) => number(Math.round(value)));
    const classical = elo ? t("rating_elo", { elo: number(Math.round(elo[index])) }) : "";
    const text = shortText(view.responses[index], 80);
    return row("td", [`${ranks[index]}`, called(view, index), rating, `${low} – ${high}`, classical, text]);
  });
  return h("table", { class: "sr" }, h("caption", {}, t("ratings")), h("tbody", {}, ...lines));
}

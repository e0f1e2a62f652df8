// What each method takes for what stands in the form now; how long, once a trial has measured the machine.

/** How many matches each method takes. */
const MATCHES = {
  "round-robin": (n) => (n * (n - 1)) / 2,
  swiss: (n) => (n < 2 ? 0 : Math.min(Math.ceil(Math.log2(n)) + 1, n % 2 ? n : n - 1) * Math.floor(n / 2)),
  knockout: (n) => Math.max(0, n - 1),
};

const dial = (id) => Number(document.querySelector(`#${id} input[type=number]`)?.value ?? 0);

/** What stands in the form. */
function askedRanking() {
  const method = document.querySelector("#method input:checked")?.value;
  return { n: countResponses(), method, votes: dial("votes"), budget: dial("budget") };
}

/** Whether `work`, which was estimated, still speaks of what is asked: of so many votes, so much thinking, and this model. */
function stillHolds(work, { votes, budget }) {
  const { comparisons, model } = work ?? {};
  return Boolean(work) && work.votes === comparisons * votes && work.budget === budget && model === shownModel?.name;
}

function costTable(asked, work) {
  const cells = (tag, values) => values.map((value) => h(tag, tag === "th" ? { scope: "col" } : {}, value));
  const rows = Object.entries(MATCHES).map(([method, matchesOf]) => {
    const matches = matchesOf(asked.n);
    const votes = matches * asked.votes;
    const figures = [number(matches), number(votes), number(votes * asked.budget)];
    if (work) figures.push(duration((work.seconds / work.comparisons) * matches));
    const name = h("th", { scope: "row" }, t(`method_${method.replace("-", "_")}`));
    return h("tr", { class: method === asked.method ? "chosen" : "" }, name, ...cells("td", figures));
  });
  const heads = ["cost_matches", "cost_votes", "cost_tokens", ...(work ? ["cost_time"] : [])].map((key) => t(key));
  return h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), ...cells("th", heads))), h("tbody", {}, ...rows));
}

function mountRankCost(element, props, watch) {
  const place = h("div", {});
  element.querySelector(".rrm").append(place);
  const draw = () => {
    const asked = askedRanking();
    const work = stillHolds(props.value, asked) ? props.value : null;
    const signature = JSON.stringify([asked, work, currentLanguage()]);
    keep(place, signature, () => (asked.n < 2 ? [] : [costTable(asked, work), h("p", { class: "note" }, t("cost_note"))]));
  };
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, 150);
  };
  responsesChanged = soon;
  document.addEventListener("input", soon);
  document.addEventListener("change", soon);
  document.addEventListener("click", soon); // a slider's reset tells nobody
  statusWatchers.add(soon); // and neither do sliders that are set for a model
  watch("value", draw);
  onLanguage(draw);
  nameSliders();
  onLanguage(nameSliders);
  draw();
}

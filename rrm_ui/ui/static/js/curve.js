// P(A) against thinking tokens: a line per vote, ending in a circle (A), a square (B) or a cross (no verdict).

const CURVE = { height: 220, left: 34, right: 12, top: 12, bottom: 26 };

class Curve {
  constructor() {
    this.lines = [];
    this.domain = 1;
    this.grid = svg("g", { class: "curve-grid" });
    this.votes = svg("g", {});
    this.picture = svg("svg", { role: "img" }, this.grid, this.votes);
    this.caption = h("figcaption", {});
    this.empty = h("p", { class: "curve-empty" });
    this.width = 640;
    this.panes = [];
    new ResizeObserver(([entry]) => this.resize(entry.contentRect.width)).observe(this.picture);
    this.element = h(
      "figure",
      { class: "curve" },
      this.caption,
      h("div", { class: "curve-plot" }, this.picture, this.empty),
    );
  }

  /** Draw in pixels of the place there is, so that letters and marks keep their size. */
  resize(width) {
    if (width < 50 || width === this.width) return;
    this.width = width;
    this.domain = 0;
    this.update(this.panes);
  }

  update(panes) {
    this.panes = panes;
    this.caption.rrmSignature === currentLanguage() || this.label();
    const points = panes.map((pane) => this.points(pane));
    const longest = Math.max(1, ...points.flat().map(([tokens]) => tokens));
    this.rescale(longest, panes[0]?.budget ?? 0);
    while (this.lines.length > panes.length) this.lines.pop().group.remove();
    panes.forEach((pane, index) => this.drawLine(index, pane, points[index]));
    this.empty.hidden = points.some((line) => line.length > 0);
  }

  label() {
    keep(this.caption, currentLanguage(), () => [
      h("strong", {}, t("curve")),
      h(
        "span",
        { class: "legend" },
        h("span", {}, t("curve_ends")),
        ...[
          ["A", "curve_end_A"],
          ["B", "curve_end_B"],
          [null, "no_verdict"],
        ].map(([choice, key]) => h("span", {}, this.legendMark(choice), t(key))),
      ),
    ]);
    this.picture.setAttribute("aria-label", t("curve"));
    setText(this.empty, t("curve_empty"));
    this.domain = 0; // the axis has words too
  }

  /** The readings of a pane, and its verdict as the last one. */
  points(pane) {
    const readings = pane.probes
      .split(" ")
      .filter(Boolean)
      .map((word) => word.split(":").map(Number));
    if (pane.p_a != null) readings.push([pane.tokens, pane.p_a]);
    return readings;
  }

  x(tokens) {
    return CURVE.left + (tokens / this.domain) * (this.width - CURVE.left - CURVE.right);
  }

  y(p) {
    return CURVE.top + (1 - p) * (CURVE.height - CURVE.top - CURVE.bottom);
  }

  /** Widen the axis in doublings, so that it changes rarely and never jitters. */
  rescale(longest, budget) {
    let domain = 128;
    while (domain < longest) domain *= 2;
    if (budget > 0) domain = Math.max(longest, Math.min(domain, budget));
    if (domain === this.domain) return;
    this.domain = domain;
    this.lines.forEach((line) => (line.signature = ""));
    this.drawGrid();
  }

  drawGrid() {
    const [left, right] = [CURVE.left, this.width - CURVE.right];
    const rule = (p, kind, label) => [
      svg("line", { class: kind, x1: left, x2: right, y1: this.y(p), y2: this.y(p) }),
      svg("text", { x: left - 8, y: this.y(p) + 4, "text-anchor": "end" }, label),
    ];
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
      svg(
        "text",
        { x: this.x(share * this.domain), y: CURVE.height - 6, "text-anchor": share === 1 ? "end" : "middle" },
        number(Math.round(share * this.domain)),
      ),
    );
    this.grid.replaceChildren(
      ...rule(1, "edge", "1"),
      ...rule(0.5, "middle", "0.5"),
      ...rule(0, "edge", "0"),
      ...ticks,
    );
  }

  drawLine(index, pane, points) {
    const line = (this.lines[index] ??= this.newLine());
    const signature = `${pane.probes.length} ${pane.p_a} ${pane.state} ${pane.choice}`;
    if (line.signature === signature) return;
    line.signature = signature;
    const places = points.map(([tokens, p]) => [this.x(tokens), this.y(p)]);
    line.path.setAttribute("points", places.map((place) => place.map((v) => v.toFixed(1)).join(",")).join(" "));
    line.group.setAttribute("class", `curve-line ${pane.state === "finished" ? `to-${pane.choice ?? "none"}` : ""}`);
    const end = places.at(-1);
    line.end.replaceChildren(...(end ? [this.endMark(end, pane)] : []));
  }

  newLine() {
    const line = { path: svg("polyline", {}), end: svg("g", {}), signature: "" };
    line.group = svg("g", {}, line.path, line.end);
    this.votes.append(line.group);
    return line;
  }

  legendMark(choice) {
    const shape = this.endMark([7, 7], { state: "finished", choice });
    return svg(
      "svg",
      { class: `legend-mark curve-line to-${choice ?? "none"}`, width: 14, height: 14, "aria-hidden": "true" },
      shape,
    );
  }

  endMark([x, y], pane) {
    if (pane.state !== "finished") return svg("circle", { class: "open-end", cx: x, cy: y, r: 2.5 });
    if (pane.choice === "A") return svg("circle", { cx: x, cy: y, r: 5 });
    if (pane.choice === "B") return svg("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
    return svg("path", { class: "cross", d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8` });
  }
}

// Building what is drawn. Text only ever enters through text nodes; nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Make an element: `h("p", {class: "note"}, "text", child)`; functions become listeners. */
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Change text only where it differs, so that an unchanged label costs no layout. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (value == null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** The mark of a response: its letter in a circle (A) or in a square (B); a cross where there is no verdict. */
function mark(choice, extra = "") {
  const kind = choice === "A" ? "mark-a" : choice === "B" ? "mark-b" : "mark-none";
  return h("span", { class: `mark ${kind} ${extra}`, "aria-hidden": "true" }, choice || "×");
}

const FOCUSABLE = "a[href], button, select, input, textarea, summary, [tabindex]";
const rowOf = (control) => control.closest("[data-run]")?.dataset.run;
const nameOf = (control) => `${rowOf(control)} ${control.id || control.getAttribute("aria-label") || control.textContent}`;

/** Keep `element`'s content as `make()` returns it, remaking it only when `signature` changes; focus stays as near as it can. */
function keep(element, signature, make) {
  if (element.rrmSignature === signature) return;
  element.rrmSignature = signature;
  const held = element.contains(document.activeElement) ? document.activeElement : null;
  const before = held ? [...element.querySelectorAll(FOCUSABLE)] : [];
  element.replaceChildren(...[make()].flat().filter((child) => child != null));
  if (!held) return;
  const next = sameControl(before, held, [...element.querySelectorAll(FOCUSABLE)]) ?? landing(element);
  next.focus({ preventScroll: true });
}

/** Where focus goes when nothing of `element` can take it: on the page's body a keyboard would start from the top again. */
function landing(element) {
  const place = element.closest("[hidden]")?.parentElement ?? element;
  if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
  return place;
}

/**
 * Which of `now` does what `held` did: one of its name, or, if only the words have changed, the one in its place; else the
 * first one of its row.
 */
function sameControl(before, held, now) {
  const named = now.find((control) => nameOf(control) === nameOf(held));
  if (named) return named;
  const there = now.length === before.length ? now[before.indexOf(held)] : null;
  if (there && rowOf(there) === rowOf(held)) return there;
  return rowOf(held) && now.find((control) => rowOf(control) === rowOf(held) && !control.disabled);
}

/** Close `dialog` when its backdrop is pressed: not its padding, and not where a selection that began inside ends. */
function closeOnBackdrop(dialog) {
  const isOutside = ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  };
  let pressed = false;
  dialog.addEventListener("pointerdown", (event) => (pressed = isOutside(event)));
  dialog.addEventListener("click", (event) => pressed && isOutside(event) && dialog.close());
}

/** Bring `element` to the window's top: what a press has made may lie below it. */
function bring(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
}

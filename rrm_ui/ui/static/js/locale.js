// The page's language. One place decides it: the language that Gradio's frontend has set on <html lang>, which
// Gradio's own labels follow. Texts that we draw read the same attribute, so the two always agree.

const TEXTS = window.rrmTexts;
const LANGUAGE_NAMES = { en: "English", "zh-CN": "简体中文", "zh-TW": "繁體中文" };
const LANGUAGE_KEY = "rrm-language";

/** Return which of our languages serves a browser's language tag; null if none does. */
function servedLanguage(tag) {
  const [main, ...rest] = String(tag || "")
    .toLowerCase()
    .split("-");
  if (main === "en") return "en";
  if (main !== "zh") return null;
  if (rest.includes("hans")) return "zh-CN"; // a script, if given, says more than a region
  return rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh-TW" : "zh-CN";
}

function currentLanguage() {
  const tag = document.documentElement.lang;
  return TEXTS[tag] ? tag : "en";
}

/** Return the text of `key` in the current language, `{name}` filled and `{name?one:many}` chosen by the number. */
function t(key, values = {}) {
  const text = TEXTS[currentLanguage()][key];
  if (text === undefined) return key;
  const chosen = text.replace(/\{(\w+)\?([^:}]*):([^}]*)\}/g, (_, name, one, many) => (String(values[name]) === "1" ? one : many));
  return chosen.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** A value behind its name. */
const named = (name, value) => t("named", { name, value });

/** Several parts as one text; `joint` is the key of how two of them stand together. */
const joined = (joint, parts) => (parts.length ? parts.reduce((one, next) => t(joint, { one, next })) : "");

const NUMBER_FORMATS = new Map(); // one takes long to make

function number(value, digits = 0) {
  const key = `${currentLanguage()} ${digits}`;
  if (!NUMBER_FORMATS.has(key)) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    NUMBER_FORMATS.set(key, new Intl.NumberFormat(currentLanguage(), options));
  }
  return NUMBER_FORMATS.get(key).format(Number(value));
}

/** A time in the unit that suits it. */
function duration(seconds) {
  if (seconds < 90) return t("seconds", { n: number(seconds) });
  if (seconds < 5400) return t("minutes", { n: number(seconds / 60) });
  return t("hours", { n: number(seconds / 3600, 1) });
}

/** A probability with two digits; what is not quite 0 or 1 never reads as if it were. */
function probability(value) {
  if (value > 0 && value < 0.005) return `< ${number(0.01, 2)}`;
  if (value < 1 && value > 0.995) return `> ${number(0.99, 2)}`;
  return number(value, 2);
}

/** Call `redraw` whenever the language changes. */
function onLanguage(redraw) {
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["lang"] });
}

/** Tell Gradio's frontend the language. It offers no way but the function its own settings page calls. */
async function setLanguage(tag) {
  if (document.documentElement.lang === tag) return;
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const linked = [...document.querySelectorAll("link[rel=modulepreload], script[type=module]")].map(
    (el) => el.href || el.src,
  );
  const core = [...loaded, ...linked].find((url) => /\/assets\/core-[^/]+\.js$/.test(url));
  if (core) (await import(core)).changeLocale(tag);
}

function chooseLanguage(tag) {
  try {
    localStorage.setItem(LANGUAGE_KEY, tag);
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is left.
  }
  return setLanguage(tag);
}

function preferredLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(LANGUAGE_KEY);
  } catch {
    // As above.
  }
  if (TEXTS[chosen]) return chosen;
  const wishes = navigator.languages?.length ? navigator.languages : [navigator.language];
  return wishes.map(servedLanguage).find(Boolean) || "en";
}

setLanguage(preferredLanguage());

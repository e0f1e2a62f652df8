// The temperature that was fitted for this judge, applied to P(A) if the reader wants it. It was fitted on the mean
// probability of whole comparisons, so single votes and the curve stay as the model gave them.

const CALIBRATED_KEY = "rrm-calibrated";
let calibratedWish = readWish();

function readWish() {
  try {
    return localStorage.getItem(CALIBRATED_KEY) === "yes";
  } catch {
    return false; // storage may be forbidden; the wish then lasts until the page is left
  }
}

function wantsCalibrated() {
  return calibratedWish;
}

function isCalibrated(calibration) {
  return Boolean(calibration?.temperature) && calibratedWish;
}

/** Divide the log-odds by the temperature. Clipped as where it is fitted: certainty has no log-odds. */
function atTemperature(p, temperature) {
  const clipped = Math.min(Math.max(p, 1e-6), 1 - 1e-6);
  return 1 / (1 + Math.exp(-Math.log(clipped / (1 - clipped)) / temperature));
}

function shownProbability(p, calibration) {
  return p == null || !isCalibrated(calibration) ? p : atTemperature(p, calibration.temperature);
}

function calibrationNote({ temperature, n, data }) {
  return t("calibrated_note", { temperature: number(temperature, 2), n: number(n), data });
}

function calibrationSwitch() {
  const change = () => {
    calibratedWish = !calibratedWish;
    try {
      localStorage.setItem(CALIBRATED_KEY, calibratedWish ? "yes" : "no");
    } catch {
      // As above.
    }
    window.dispatchEvent(new Event("rrm-calibrated"));
  };
  const attributes = { type: "button", class: "plain calibrate", id: "calibrate", click: change };
  return h("button", { ...attributes, "aria-pressed": String(calibratedWish) }, t("calibrated"));
}
